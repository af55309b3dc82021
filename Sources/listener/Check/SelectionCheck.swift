import Logging
import Shared

/// Asks the stream's server whom `TWITTER_USER` follows, as a start would, and changes nothing.
struct SelectionCheck {
    let configuration: ListenerConfiguration

    func run() async -> [CheckReport.Finding] {
        let planner = StreamPlanner(
            configuration: configuration, client: configuration.makeClient(),
            logger: Logger(label: ListenerProgram.name))
        switch configuration.source {
        case .legacy: return [await followed(planner)]
        case .filtered where configuration.twitterUser != nil: return [await rules(planner)]
        case .filtered, .sampled, .ndjson, .standardInput: return []
        }
    }

    private func followed(_ planner: StreamPlanner) async -> CheckReport.Finding {
        do {
            let count = try await planner.next().endpoint?.followed ?? 0
            return .ok("follow list", "\(count) accounts are followed")
        } catch {
            return .failed("follow list", "\(error)")
        }
    }

    private func rules(_ planner: StreamPlanner) async -> CheckReport.Finding {
        do {
            guard let difference = try await planner.rulesOwner()?.difference() else {
                return .skipped("rules", "TWITTER_USER is not set")
            }
            let words =
                "\(difference.kept) are as they should be, \(difference.add.count) to add, "
                + "\(difference.delete.count) to delete"
            guard !difference.isEmpty, !configuration.ownsRules else { return .ok("rules", words) }
            return .warning(
                "rules", "\(words), and this zone does not own them",
                fix: "look whether the zone with LISTENER_RULES_OWNER=true runs")
        } catch {
            return .failed("rules", "\(error)")
        }
    }
}

extension StreamEndpoint {
    /// How many accounts are asked for.
    fileprivate var followed: Int? {
        form.first { $0.name == "follow" }.map { $0.value.split(separator: ",").count }
    }
}
