/// The rank of one copy of a tweet among all: the number of its segment, which ascends by zone order
/// and name, then its line. The smallest wins.
struct CopyRank: Hashable, Comparable {
    var segment: Int32
    /// Counted from 1.
    var line: Int32

    static func < (left: CopyRank, right: CopyRank) -> Bool {
        (left.segment, left.line) < (right.segment, right.line)
    }
}

/// The copies of one tweet that mean the same: those with one digest.
struct DigestGroup: Equatable {
    var digest: Int64
    /// Bits of the zones that have such a copy.
    var zones: Int64
    /// The first of them.
    var first: CopyRank
}

/// Everything that is known of one tweet: a join of copies, so that it does not matter in which
/// order, or how often, they are added (G5).
struct TweetCopies: Equatable {
    private(set) var groups: [DigestGroup] = []

    mutating func removeAll() {
        groups.removeAll(keepingCapacity: true)
    }

    mutating func add(_ copy: DigestGroup) {
        for index in groups.indices where groups[index].digest == copy.digest {
            groups[index].zones |= copy.zones
            groups[index].first = min(groups[index].first, copy.first)
            return
        }
        groups.append(copy)
    }

    var zones: Int64 { groups.reduce(0) { $0 | $1.zones } }

    /// - Precondition: a copy was added.
    var winner: DigestGroup {
        guard var winner = groups.first else { preconditionFailure("no copies") }
        for group in groups.dropFirst() where group.first < winner.first { winner = group }
        return winner
    }

    var isDivergent: Bool { groups.count > 1 }
}
