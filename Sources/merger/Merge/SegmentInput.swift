import Shared

/// A segment that is being merged into a partition: its manifest and its bytes.
final class SegmentInput: Sendable {
    let manifest: SegmentManifest
    /// Its rank among the segments of the partition.
    let number: Int
    let zoneBit: Int
    /// Nil where the segment has no data.
    private let file: LocalFile?
    /// For each member, how many lines are before it.
    private let linesBefore: [Int]

    /// What was found in a segment so far.
    struct Findings {
        /// Members of which everything was taken but records.
        var visited: Set<Int> = []
        /// Lines that belong to the partition.
        var records = 0
        var notices = 0
        var quarantined = 0
    }

    init(_ manifest: SegmentManifest, path: String?, number: Int, zoneBit: Int) throws {
        self.manifest = manifest
        self.number = number
        self.zoneBit = zoneBit
        file = try path.map { try LocalFile.read($0) }
        var lines = 0
        linesBefore = manifest.members.map { member in
            defer { lines += member.lines }
            return lines
        }
    }

    /// - Parameter index: of a line in the member, counted from 0.
    func rank(member: Int, lineIndex index: Int) -> CopyRank {
        CopyRank(segment: Int32(number), line: Int32(linesBefore[member] + index + 1))
    }

    /// - Parameter line: counted from 1, as in a rank.
    func member(ofLine line: Int) -> Int {
        var (low, high) = (0, linesBefore.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if linesBefore[middle] < line { low = middle } else { high = middle }
        }
        return low
    }

    /// Reads the compressed bytes of a member, of which there are fewer where the file is cut off.
    ///
    /// - Returns: how many bytes of `buffer`, which grows where it has to, they are.
    func read(_ member: Int, into buffer: inout [UInt8]) throws -> Int {
        let facts = manifest.members[member]
        guard let file else { return 0 }
        if buffer.count < facts.bytes { buffer = [UInt8](repeating: 0, count: facts.bytes) }
        return try buffer.withUnsafeMutableBytes {
            try file.read(
                into: UnsafeMutableRawBufferPointer(rebasing: $0[..<facts.bytes]),
                at: facts.offset)
        }
    }

    /// Whether lines that are not records belong to the partition, wherever they stand.
    func needsEveryLine(in partition: Partition) -> Bool {
        let hour = manifest.hours.first { $0.hour == partition }
        return hour?.notices ?? 0 > 0
            || (manifest.name.homePartition == partition && manifest.unreadable > 0)
    }

    /// Compares what was found with what the manifest said.
    func check(_ findings: Findings, in partition: Partition) throws {
        let hour = manifest.hours.first { $0.hour == partition }
        let isHome = manifest.name.homePartition == partition
        guard findings.records == hour?.records ?? 0, findings.notices == hour?.notices ?? 0,
            findings.quarantined == (isHome ? manifest.unreadable : 0)
        else {
            throw falseManifest(
                """
                says \(hour?.records ?? 0) records and \(hour?.notices ?? 0) notices for \
                \(partition), found \(findings.records) and \(findings.notices)
                """)
        }
    }

    func falseManifest(_ problem: String, cause: (any Error)? = nil) -> MergeError {
        MergeError(
            .falseManifest(manifest.reference),
            """
            segment \(manifest.reference): its manifest is false: \(problem): left out
            """, cause: cause)
    }
}
