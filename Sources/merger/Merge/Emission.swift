import Shared

/// Joins the copies of one slice with what was known, and writes what comes out.
struct Emission {
    /// Ascending by id, then rank.
    let copies: [LoadedCopy]
    /// Behind the last id of the slice.
    let end: Int64
    let indexBase: IndexBase?
    let canonicalBase: CanonicalBase?
    /// Ids whose records are left out.
    let deleted: Set<Int64>

    func run(
        _ loader: borrowing SliceLoader, index: IndexWriter,
        canonical: inout CanonicalWriter
    ) throws {
        var tweet = TweetCopies()
        var next = 0
        while let id = nextID(copy: next) {
            tweet.removeAll()
            if indexBase?.id == id {
                try indexBase?.add(to: &tweet)
                try indexBase?.advance()
            }
            let first = next
            while next < copies.count, copies[next].id == id {
                tweet.add(copies[next].group)
                next += 1
            }
            try index.addTweet(id, tweet)
            let isNew = first < next && copies[first].rank == tweet.winner.first
            try writeRecord(id, isNew ? copies[first] : nil, loader, &canonical)
        }
    }

    private func nextID(copy next: Int) -> Int64? {
        let copyID = next < copies.count ? copies[next].id : nil
        let baseID = indexBase?.id.flatMap { $0 < end ? $0 : nil }
        guard let copyID, let baseID else { return copyID ?? baseID }
        return min(copyID, baseID)
    }

    /// - Parameter winner: the winning copy if it is in a new segment; else its bytes are in the base.
    private func writeRecord(
        _ id: Int64, _ winner: LoadedCopy?, _ loader: borrowing SliceLoader,
        _ canonical: inout CanonicalWriter
    ) throws {
        let isInBase = canonicalBase?.id == id
        defer { assert(canonicalBase?.id.map { $0 > id } ?? true, "a record without a row") }
        if !deleted.contains(id) {
            if let winner {
                try loader.withRecord(of: winner) { try canonical.append(id, $0) }
            } else if isInBase {
                try canonicalBase?.withRecord { try canonical.append(id, $0) }
            } else {
                throw MergeError(
                    .cannotRebuild,
                    "tweet \(id): its winning copy is neither in the canonical object nor in a new segment"
                )
            }
        }
        if isInBase { try canonicalBase?.advance() }
    }
}

extension LoadedCopy {
    var group: DigestGroup {
        DigestGroup(digest: digest, zones: 1 << Int64(zoneBit), first: rank)
    }
}
