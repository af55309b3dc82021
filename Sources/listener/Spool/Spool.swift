import Shared

/// The local directory of segments that the store has not confirmed.
///
/// Holds the lock that keeps a second process out. `docs/FORMAT.md`, "Spool", says what lies in it.
final class Spool: Sendable {
    let directory: String
    let room: SpoolRoom
    private let lock: DirectoryLock

    /// Opens the directory, which is made where it is missing.
    ///
    /// - Throws: `locked` where another process has it.
    init(_ directory: String, room policy: RoomPolicy = .unbounded) throws {
        self.directory = directory
        try LocalDirectory.ensure(directory)
        guard let lock = try DirectoryLock.acquire(directory) else {
            throw SpoolError(
                .locked,
                "spool \(directory): another listener uses it: give each its own "
                    + "LISTENER_SPOOL, or stop that one")
        }
        self.lock = lock
        room = SpoolRoom(directory, policy: policy)
        try room.scan()
    }

    func files(of name: SegmentName) -> SegmentFiles {
        SegmentFiles(directory: directory, name: name)
    }

    /// The segments that wait to be shipped, oldest first.
    func sealed() throws -> [SegmentName] {
        try names(ending: [SegmentFiles.Suffix.manifest])
    }

    func readManifest(_ name: SegmentName) throws -> SegmentManifest {
        let path = files(of: name).manifest
        return try SegmentManifest.decode(try LocalFile.contents(of: path), from: path)
    }

    /// The quarantined pieces of a segment, in order.
    func quarantinedPieces(of name: SegmentName) -> [(number: Int, path: String)] {
        files(of: name).quarantinedPieces
    }

    /// Takes away a segment that the store has confirmed: the data first, the manifest last, so that
    /// a crash between them leaves a manifest to go on from.
    func removeShipped(_ name: SegmentName) throws {
        let files = files(of: name)
        try room.removing(files) {
            for piece in files.quarantinedPieces.reversed() {
                try LocalDirectory.remove(piece.path)
            }
            try LocalDirectory.remove(files.data)
            try LocalDirectory.sync(directory)
            try LocalDirectory.remove(files.manifest)
        }
    }

    func names(ending suffixes: [String], in folder: String? = nil) throws -> [SegmentName] {
        var names: Set<SegmentName> = []
        for entry in try LocalDirectory.list(folder ?? directory) where !entry.isDirectory {
            for suffix in suffixes where entry.name.hasSuffix(suffix) {
                if let name = SegmentName(entry.name.dropLast(suffix.count)) { names.insert(name) }
            }
        }
        return names.sorted()
    }
}

/// A failure of the spool itself.
struct SpoolError: OperatorError {
    enum Code {
        case locked
        case quarantineFull
    }

    var code: Code
    var message: String
    var cause: (any Error)? { nil }
    var disposition: Disposition { .halt }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var exitCode: ExitCode {
        switch code {
        case .locked: .locked
        case .quarantineFull: .failed
        }
    }
}
