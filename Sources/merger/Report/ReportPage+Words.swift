import Shared

extension ReportPage {
    /// For the section on methods of a paper.
    var citation: Section {
        Section("citation", "How can this be cited?") {
            HTML("blockquote", ["id": "method"]) { HTML("p") { method } }
            let sources = (report.estimate?.models ?? []).compactMap { model in
                ReportModels.source(of: model.name)
            }
            if !sources.isEmpty {
                HTML("h3") { "Sources of the models" }
                HTML("ul") { for source in sources { HTML("li") { source } } }
            }
        }
    }

    private var method: [HTML] {
        let union = report.union
        let zones = report.zones.map(\.zone.name)
        let collectors =
            switch zones.count {
            case 0: "no collector that the store knows of"
            case 1: "one collector (\(zones[0]))"
            default: "\(zones.count) collectors running independently (\(Figures.list(zones)))"
            }
        let time =
            "At least one collector was connected, or the time was filled afterwards, for "
            + "\(Figures.percent(union.percent)) of the span; "
            + "\(Figures.count(union.gaps.count, "gap")) with "
            + "\(Figures.duration(absentMilliseconds)) in all remained. "
        return [
            .text("Posts of the stream “"), .foreign(report.stream),
            .text(
                "” were collected by \(collectors) from \(Figures.minute(report.span.from)) to "
                    + "\(Figures.minute(report.span.to)) UTC, by the time of the posts’ ids, and "
                    + "merged into one record per post with \(report.software). Together they saw "
                    + "\(Figures.count(tweets, "post")). " + time + estimateInWords
                    + shortcomingsInWords
                    + "The figures were made from \(Figures.count(report.inputs.manifests, "manifest")) and "
                    + "\(Figures.count(report.inputs.indexes, "hourly index", "hourly indexes")) with the SHA-256 "
            ),
            .code(report.inputs.sha256.hex), .text("."),
        ]
    }

    private var estimateInWords: String {
        guard let estimate = report.estimate else {
            return "How many posts all collectors missed was not estimated. "
        }
        let figure = estimate.completeness
        return "By capture-recapture (\(ReportModels.title(of: estimate.model)); by minute, over "
            + "\(Figures.count(estimate.strata, "minute")) in which two collectors or more were "
            + "connected), an estimated \(Figures.estimated(estimate.missedInAll.value)) posts "
            + "(95 % interval \(Figures.interval(estimate.missedInAll))) were missed by all, which "
            + "makes the collection \(Figures.percent(figure.value)) complete "
            + "(\(Figures.percent(figure.low)) to \(Figures.percent(figure.high, .up))). "
    }

    var words: Section {
        Section("words", "What do the words mean?") {
            HTML("dl", ["class": "words"]) {
                for (word, meaning) in Self.glossary {
                    HTML("div") {
                        HTML("dt") { word }
                        HTML("dd") { meaning }
                    }
                }
            }
        }
    }

    private static let glossary = [
        ("zone", "where one collector (listener) runs; all hold the same stream"),
        ("covered", "connected for certain: lag of delivery and doubt of clocks are allowed for"),
        ("gap", "not connected, or not for certain"),
        ("unknown", "the zone’s manifests for this time are missing, so nothing can be said"),
        ("recovered", "not connected, and filled by a back-fill, a recovery or an adopted file"),
        ("manifest", "what a collector says of one file: its lines, times and connections"),
        ("segment", "a file of lines as one zone received them"),
        (
            "canonical stream",
            "every tweet exactly once, in the order of ids, byte for byte as received"
        ),
        ("lacks", "tweets that another zone saw and this one did not"),
        ("only here", "tweets that no other zone saw"),
        ("exposed", "tweets that another zone saw while this one was connected"),
        ("undelivered", "those of the exposed that it did not get"),
        ("completeness", "tweets seen, of those and all that are estimated to be missed"),
        (
            "95 % interval",
            "holds the truth in 95 of 100 cases, if the assumptions hold; its bounds are rounded outward"
        ),
        ("tweet time", "when a tweet was made, which its id tells to the millisecond"),
    ]
}
