import Shared
import Synchronization

/// How much room there is in the spool and on its disk.
///
/// What lies in the spool is summed at the start and after recovery, and carried on from there: a
/// look costs a few calls of `stat` and one of `statvfs`. Only while it is full is it summed at
/// each look, since a person may have moved something away. Used from any thread.
final class SpoolRoom: Sendable {
    struct Measure: Equatable, Sendable {
        /// In the spool, the open segment and `quarantine/` included.
        var usedBytes: Int
        var quarantinedBytes: Int
        var capBytes: Int
        /// 0 where the file system does not say.
        var freeBytes: Int
        var floorBytes: Int
        /// Whether capture must pause, or may not go on yet.
        var isFull: Bool
    }

    private struct State {
        var settledBytes = 0
        var quarantinedBytes = 0
        var open: SegmentFiles?
        var isFull = false
    }

    let policy: RoomPolicy
    /// Whose file system is looked at.
    private let directory: String
    private let state = Mutex(State())

    /// - Parameter directory: a directory that is there.
    init(_ directory: String, policy: RoomPolicy) {
        self.directory = directory
        self.policy = policy
    }

    func measure() -> Measure {
        let free = try? LocalDirectory.freeBytes(directory)
        return state.withLock { state in
            if state.isFull, policy.capBytes < .max { try? scan(&state) }
            let used =
                state.settledBytes + state.quarantinedBytes + (state.open?.bytesOnDisk ?? 0)
            state.isFull = policy.isFull(used: used, free: free, wasFull: state.isFull)
            return Measure(
                usedBytes: used, quarantinedBytes: state.quarantinedBytes,
                capBytes: policy.capBytes, freeBytes: free ?? 0, floorBytes: policy.floorBytes,
                isFull: state.isFull)
        }
    }

    // MARK: What changes it

    /// Reads the sizes of all files.
    func scan() throws(LocalFileError) {
        try state.withLock { state throws(LocalFileError) in try scan(&state) }
    }

    private func scan(_ state: inout State) throws(LocalFileError) {
        let settled = try Self.sum(directory)
        let folder = "\(directory)/\(SegmentFiles.quarantineFolder)"
        state.quarantinedBytes = LocalDirectory.isDirectory(folder) ? try Self.sum(folder) : 0
        state.settledBytes = settled - (state.open?.bytesOnDisk ?? 0)
    }

    private static func sum(_ directory: String) throws(LocalFileError) -> Int {
        try LocalDirectory.list(directory).reduce(0) { sum, entry in
            entry.isDirectory
                ? sum : sum + (LocalDirectory.bytes(of: "\(directory)/\(entry.name)") ?? 0)
        }
    }

    func opened(_ files: SegmentFiles) {
        state.withLock { $0.open = files }
    }

    /// The open segment will not change any more.
    func sealed() {
        state.withLock { state in
            state.settledBytes += state.open?.bytesOnDisk ?? 0
            state.open = nil
        }
    }

    /// Carries out what takes files of a segment away, with no look in between.
    func removing(_ files: SegmentFiles, _ body: () throws -> Void) throws {
        try state.withLock { state in
            let before = files.bytesOnDisk
            defer { state.settledBytes -= before - files.bytesOnDisk }
            try body()
        }
    }

    /// Carries out what moves the files of a segment into `quarantine/`.
    ///
    /// - Returns: false where they would be too much there, and then nothing was done.
    func quarantining(_ files: SegmentFiles, _ body: () throws -> Void) throws -> Bool {
        try state.withLock { state in
            let before = files.bytesOnDisk
            guard state.quarantinedBytes + before <= policy.quarantineBytesMax else { return false }
            defer {
                let moved = before - files.bytesOnDisk
                state.settledBytes -= moved
                state.quarantinedBytes += moved
            }
            try body()
            return true
        }
    }
}
