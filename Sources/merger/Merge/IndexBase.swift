import Shared

/// The tweets of an existing index, in order, read once, in the numbers of the index to be written.
final class IndexBase {
    private let index: PartitionIndex
    private let tweets: Statement
    private let divergences: Statement
    private let segmentNumbers: [Int]
    private let zoneBits: [Int]
    private var divergentID: Int64?

    /// The tweet at hand; nil behind the last one.
    private(set) var id: Int64?

    /// - Parameters:
    ///   - segmentNumbers: the new number of each segment.
    ///   - zoneBits: the new bit of each zone.
    init(_ index: PartitionIndex, segmentNumbers: [Int], zoneBits: [Int]) throws {
        self.index = index
        tweets = try index.database.prepare(
            "SELECT id, digest, zones, segment, line FROM tweet ORDER BY id")
        divergences = try index.database.prepare(
            "SELECT id, digest, zones, segment, line FROM divergence ORDER BY id, digest")
        self.segmentNumbers = segmentNumbers
        self.zoneBits = zoneBits
        try advanceDivergence()
        try advance()
    }

    func advance() throws {
        id = try tweets.step() ? tweets.integer(0) : nil
    }

    /// Adds what is known of the tweet at hand.
    func add(to copies: inout TweetCopies) throws {
        guard divergentID == id else { return copies.add(try group(tweets)) }
        while let id, divergentID == id {
            copies.add(try group(divergences))
            try advanceDivergence()
        }
    }

    private func advanceDivergence() throws {
        divergentID = try divergences.step() ? divergences.integer(0) : nil
    }

    private func group(_ row: Statement) throws -> DigestGroup {
        let old = row.integer(2)
        var zones: Int64 = 0
        for (bit, newBit) in zoneBits.enumerated() where old & (1 << Int64(bit)) != 0 {
            zones |= 1 << Int64(newBit)
        }
        return DigestGroup(
            digest: row.integer(1), zones: zones,
            first: try index.rank(of: row, column: 3, numbers: segmentNumbers))
    }
}
