import Logging
import Shared
import TestSupport
import Testing

@testable import listener

/// A spool and a store in directories of their own, and segments as a listener seals them.
struct SpoolSite {
    let directory: TemporaryDirectory
    let store: DirectoryObjectStore

    static let zone = SampleStream.zone("a")
    static let quiet = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    static func with<Value>(_ body: (SpoolSite) async throws -> Value) async throws -> Value {
        try await TemporaryDirectory.withFast { directory in
            _ = try directory.folder("spool")
            let store = DirectoryObjectStore(root: directory.file("store"))
            return try await body(SpoolSite(directory: directory, store: store))
        }
    }

    var spoolPath: String { directory.file("spool") }

    func names() throws -> [String] { try directory.folder("spool").names() }

    static func header(
        sequence: Int, start: Timestamp = .now, zone: Zone = zone
    ) throws -> SegmentHeader {
        let instance = ListenerInstance(contentOf: ContentDigest(of: [7]))
        return SegmentHeader(
            stream: "default", zone: zone,
            name: SegmentName(start: start, instance: instance, sequence: sequence),
            software: "tests/1", source: SegmentManifest.SourceFacts(kind: "x-filtered"))
    }

    /// A segment with lines and a journal, not sealed.
    func open(
        _ lines: [String], overlong: [String] = [], header: SegmentHeader
    ) throws -> SegmentWriter {
        let writer = try SegmentWriter(header, in: spoolPath)
        for line in lines { try writer.append(Array(line.utf8)) }
        for line in overlong {
            try Array(line.utf8).withUnsafeBytes {
                try writer.appendOverlong(head: $0, bytes: line.utf8.count)
            }
        }
        try writer.sync(at: header.name.start.advanced(by: .seconds(1)), heard: nil)
        return writer
    }

    @discardableResult
    func seal(
        _ lines: [String], overlong: [String] = [], header: SegmentHeader
    ) throws -> SegmentManifest {
        try open(lines, overlong: overlong, header: header).seal(
            at: header.name.start.advanced(by: .seconds(2)), heard: nil,
            latestIDTime: SampleStream.limits.latestIDTime)
    }

    /// As it would lie in the spool: how the store must hold it byte for byte.
    func snapshot() throws -> [String: [UInt8]] {
        let spool = try directory.folder("spool")
        var files: [String: [UInt8]] = [:]
        for name in try spool.names() where name != "quarantine" {
            files[name] = try spool.read(name)
        }
        return files
    }

    func shipper(
        _ spool: Spool, through store: (any ObjectStore)? = nil, isConditional: Bool = true,
        admission: StoreAdmission? = nil
    ) -> Shipper {
        Shipper(
            spool: spool, store: store ?? self.store, isConditional: isConditional,
            logger: Self.quiet, admission: admission)
    }

    func stored(_ key: ObjectKey) throws -> [UInt8]? {
        let path = store.localPath(of: key)
        guard LocalDirectory.exists(path) else { return nil }
        let file = try LocalFile.read(path)
        return try file.read(0..<file.bytes)
    }

    func keys() async throws -> [String] { try await store.listAll("").map(\.key.path) }
}

extension Spool {
    /// Recovery of files of which none is damaged.
    func recover(_ fallback: RecoveryFallback) throws -> [SegmentManifest] {
        try recover(fallback, limits: SampleStream.limits) { Issue.record("\($0.message)") }
    }
}
