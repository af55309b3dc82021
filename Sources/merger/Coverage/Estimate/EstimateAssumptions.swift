/// What an estimate rests on, in sentences that are printed with the figure.
enum EstimateAssumptions {
    static func sentences(_ models: ModelSums, _ blind: BlindEstimate) -> [String] {
        var sentences = [
            "Within a minute, whether one zone loses a tweet does not depend on whether another zone loses it.",
            "A tweet that was withheld from all zones for one common reason is not in the figure, which is then a lower bound.",
            "Within a minute, every tweet is as likely to be lost by a zone as any other.",
            "All zones asked for the same posts, and a post that is due to one zone is due to all of them.",
            "Copies are matched by id without error, and all segments have been merged.",
            "A zone that counts as connected could have received every tweet of that time.",
        ]
        if models.reported.name == "log-linear" {
            sentences[0] =
                models.dependentPairs == 0
                ? "Within a minute, zones lose independently of each other; no dependence between two zones was found."
                : "Within a minute, zones lose independently of each other but for \(models.dependentPairs) \(models.dependentPairs == 1 ? "pair of zones that was" : "pairs of zones that were") found to depend on each other; these are allowed for. No cause is shared by three."
        }
        if models.isBoundOnly {
            sentences.append(
                "The figure is Chao's lower bound: the zones are too many, or their counts too odd, for the log-linear model."
            )
        }
        if blind.milliseconds > 0 {
            sentences.append(
                "While fewer than two zones were connected, tweets came at the rate around that time, and a zone that was alone lost as much as it does in company."
            )
        }
        return sentences
    }
}
