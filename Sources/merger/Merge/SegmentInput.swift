import Shared

/// A segment that is being merged into a partition: its manifest, its bytes, and what was found in
/// them so far.
final class SegmentInput {
    let manifest: SegmentManifest
    /// Its rank among the segments of the partition.
    let number: Int
    let zoneBit: Int
    /// Nil where the segment has no data.
    private let file: LocalFile?
    /// For each member, how many lines are before it.
    private let linesBefore: [Int]

    /// Members whose notices and unreadable lines were taken.
    private var isVisited: [Bool]
    /// Lines that belong to the partition.
    private(set) var records = 0
    private(set) var notices = 0
    private(set) var quarantined = 0

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
        isVisited = manifest.members.map { _ in false }
    }

    func isVisited(_ member: Int) -> Bool { isVisited[member] }

    func markVisited(_ member: Int) {
        isVisited[member] = true
    }

    /// - Parameter index: of a line in the member, counted from 0.
    func rank(member: Int, lineIndex index: Int) -> CopyRank {
        CopyRank(segment: Int32(number), line: Int32(linesBefore[member] + index + 1))
    }

    func countRecord() { records += 1 }
    func countNotice() { notices += 1 }
    func countQuarantined() { quarantined += 1 }

    /// The compressed bytes of a member.
    func compressed(_ member: Int) throws -> [UInt8] {
        let facts = manifest.members[member]
        guard let file else { return [] }
        return try file.read(facts.offset..<facts.offset + facts.bytes)
    }

    /// Compares what was found with what the manifest said.
    func checkCounts(in partition: Partition) throws {
        let hour = manifest.hours.first { $0.hour == partition }
        let isHome = manifest.name.homePartition == partition
        guard records == hour?.records ?? 0, notices == hour?.notices ?? 0,
            quarantined == (isHome ? manifest.unreadable : 0)
        else {
            throw falseManifest(
                """
                says \(hour?.records ?? 0) records and \(hour?.notices ?? 0) notices for \
                \(partition), found \(records) and \(notices)
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
