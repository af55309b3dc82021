import Shared

/// Packs accounts into rules such as `from:12 OR from:34`, each account into exactly one.
///
/// Accounts stand by id, which outlives a change of name. They are divided by the bits of a hash of
/// the id, from the first bit on, until each part fits into a rule. So equal lists give equal rules
/// whoever packs them, and one more account changes the rule that its hash leads to and no other.
/// Rules are two thirds full on average; only where that takes more than ``rulesMax`` of them are
/// they filled in ascending order of ids, at the price that one account may change many.
struct RulePacking: Equatable, Sendable {
    static let prefix = "from:"
    static let separator = " OR "
    /// The longest single condition: `from:` and 19 digits.
    static let lengthMin = 24

    /// In characters, as X counts; these rules are ASCII, so that it is bytes as well.
    let lengthMax: Int
    let rulesMax: Int

    /// - Returns: the values, sorted.
    func rules(for accounts: some Sequence<Int64>) throws(StreamError) -> [String] {
        precondition(lengthMax >= Self.lengthMin, "a rule holds at least one account")
        let sorted = Set(accounts).sorted()
        let parts = divided(sorted.map { Account($0) }, bit: 0)
        let groups = parts.count <= rulesMax ? parts : filled(sorted.map { Account($0) })
        guard groups.count <= rulesMax else {
            throw StreamError(
                .misconfigured,
                "rules: \(sorted.count) accounts take \(groups.count) rules of \(lengthMax) "
                    + "characters, and LISTENER_RULES_MAX is \(rulesMax): raise it, or "
                    + "LISTENER_RULE_LENGTH, if the plan allows more, or follow fewer accounts")
        }
        return groups.map { group in
            group.map(\.condition).joined(separator: Self.separator)
        }.sorted()
    }

    private struct Account {
        var condition: String
        var hash: UInt64

        init(_ id: Int64) {
            condition = RulePacking.prefix + String(id)
            hash = Array(String(id).utf8).withUnsafeBytes {
                UInt64(bitPattern: RecordDigest.of($0))
            }
        }
    }

    private func divided(_ accounts: [Account], bit: Int) -> [[Account]] {
        guard !accounts.isEmpty else { return [] }
        guard length(of: accounts) > lengthMax else { return [accounts] }
        guard bit < UInt64.bitWidth else { return filled(accounts) }
        let mask: UInt64 = 1 << (UInt64.bitWidth - 1 - bit)
        return divided(accounts.filter { $0.hash & mask == 0 }, bit: bit + 1)
            + divided(accounts.filter { $0.hash & mask != 0 }, bit: bit + 1)
    }

    private func filled(_ accounts: [Account]) -> [[Account]] {
        var groups: [[Account]] = []
        var length = lengthMax
        for account in accounts {
            length += Self.separator.utf8.count + account.condition.utf8.count
            if length <= lengthMax {
                groups[groups.count - 1].append(account)
            } else {
                groups.append([account])
                length = account.condition.utf8.count
            }
        }
        return groups
    }

    private func length(of accounts: [Account]) -> Int {
        accounts.reduce(-Self.separator.utf8.count) {
            $0 + Self.separator.utf8.count + $1.condition.utf8.count
        }
    }
}
