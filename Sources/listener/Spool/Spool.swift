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

    /// Seals whatever an earlier run left open.
    ///
    /// - Returns: the manifests of the segments that were not sealed before.
    func recover(
        _ fallback: RecoveryFallback, limits: DatasetLimits,
        scanner: RecordScanner = RecordScanner()
    ) throws -> [SegmentManifest] {
        defer { try? room.scan() }
        let names = try names(ending: [
            SegmentFiles.Suffix.journal, SegmentFiles.Suffix.open, SegmentFiles.Suffix.newManifest,
            SegmentFiles.Suffix.salvaged,
        ])
        var manifests: [SegmentManifest] = []
        for name in names {
            let wasSealed = LocalDirectory.exists(files(of: name).manifest)
            let recovery = SegmentRecovery(
                files(of: name), fallback: fallback.header(name), limits: limits,
                scanner: scanner)
            let manifest = try recovery.run()
            if !wasSealed { manifests.append(manifest) }
        }
        return manifests
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

    /// How many segments were put aside.
    func quarantinedCount() throws -> Int {
        let folder = "\(directory)/\(SegmentFiles.quarantineFolder)"
        guard LocalDirectory.exists(folder) else { return 0 }
        return try LocalDirectory.list(folder).count {
            $0.name.hasSuffix(SegmentFiles.Suffix.manifest)
        }
    }

    /// Puts a segment that can never be shipped aside. Nothing in there is ever deleted.
    ///
    /// - Throws: `quarantineFull`, and then the segment stays where it is.
    func quarantine(_ name: SegmentName) throws {
        let files = files(of: name)
        guard try room.quarantining(files, { try moveToQuarantine(files) }) else {
            throw SpoolError(
                .quarantineFull,
                "spool \(directory): quarantine/ has no room for it: look at what lies there and "
                    + "move it elsewhere, or raise LISTENER_SPOOL_BYTES, of which it may take a "
                    + "quarter")
        }
    }

    private func moveToQuarantine(_ files: SegmentFiles) throws(LocalFileError) {
        let folder = files.quarantine
        try LocalDirectory.ensure(folder)
        let pieces = files.quarantinedPieces.map(\.path)
        for path in pieces + [files.data, files.manifest] where LocalDirectory.exists(path) {
            let file = path.split(separator: "/").last.map(String.init) ?? path
            try LocalDirectory.rename(path, to: "\(folder)/\(file)")
        }
        try LocalDirectory.sync(folder)
        try LocalDirectory.sync(directory)
    }

    private func names(ending suffixes: [String]) throws -> [SegmentName] {
        var names: Set<SegmentName> = []
        for entry in try LocalDirectory.list(directory) where !entry.isDirectory {
            for suffix in suffixes where entry.name.hasSuffix(suffix) {
                if let name = SegmentName(entry.name.dropLast(suffix.count)) { names.insert(name) }
            }
        }
        return names.sorted()
    }
}

/// What a segment without a journal is taken for.
struct RecoveryFallback {
    var stream: String
    var zone: Zone
    var source: SegmentManifest.SourceFacts

    func header(_ name: SegmentName) -> SegmentHeader {
        SegmentHeader(
            stream: stream, zone: zone, name: name, software: ListenerProgram.software,
            source: source)
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
