/// The rules of each zone's app. They outlive connections, as those of X do.
final class RuleBook: Sendable {
    struct Rule: Codable, Sendable {
        var id: String
        var value: String
        var tag: String?
    }

    /// What became of a rule that was to be added.
    enum Addition {
        case created(Rule)
        case duplicate(value: String, id: String)
        case invalid(value: String, reason: String)
    }

    private let rulesMax: Int
    private let lengthMax: Int

    init(rulesMax: Int, lengthMax: Int) {
        self.rulesMax = rulesMax
        self.lengthMax = lengthMax
    }

    private struct State: Sendable {
        var rules: [String: [Rule]] = [:]
        var lastID = 1_600_000_000_000_000_000
    }

    private let state = Monitor(State())

    func rules(of zone: String) -> [Rule] {
        state.access { $0.rules[zone, default: []] }
    }

    /// Adds what can be added; nil, and nothing is added, when there would be too many.
    func add(
        _ wanted: [(value: String, tag: String?)], to zone: String, isDryRun: Bool
    ) -> [Addition]? {
        state.change { state in
            var rules = state.rules[zone, default: []]
            var lastID = state.lastID
            var additions: [Addition] = []
            for (value, tag) in wanted {
                if let reason = objection(to: value) {
                    additions.append(.invalid(value: value, reason: reason))
                } else if let other = rules.first(where: { $0.value == value }) {
                    additions.append(.duplicate(value: value, id: other.id))
                } else {
                    lastID += 1
                    let rule = Rule(id: String(lastID), value: value, tag: tag)
                    rules.append(rule)
                    additions.append(.created(rule))
                }
            }
            guard rules.count <= rulesMax else { return nil }
            guard !isDryRun else { return additions }
            state.rules[zone] = rules
            state.lastID = lastID
            return additions
        }
    }

    /// Deletes the rules that satisfy the predicate; returns how many there were.
    func delete(
        from zone: String, isDryRun: Bool, where isWanted: (Rule) -> Bool
    ) -> Int {
        state.change { state in
            let rules = state.rules[zone, default: []]
            let kept = rules.filter { !isWanted($0) }
            if !isDryRun { state.rules[zone] = kept }
            return rules.count - kept.count
        }
    }

    private func objection(to value: String) -> String? {
        if value.allSatisfy(\.isWhitespace) { return "Rule cannot be empty" }
        if value.unicodeScalars.count > lengthMax {
            return "Rule length must not exceed \(lengthMax) characters"
        }
        var depth = 0
        for scalar in value.unicodeScalars {
            if scalar == "(" { depth += 1 }
            if scalar == ")" { depth -= 1 }
            if depth < 0 { break }
        }
        let quotes = value.unicodeScalars.count { $0 == "\"" }
        guard depth == 0, quotes % 2 == 0 else { return "no viable alternative at input" }
        return nil
    }
}
