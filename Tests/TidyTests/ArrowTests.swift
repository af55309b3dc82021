import Foundation
import Testing

/// The arrows of ARCHITECTURE.md: who may use what. SwiftPM cannot hold those inside a target, nor
/// keep `listener` from a C module that `Shared` depends on.
struct ArrowTests {
    /// A module, and the folders below `Sources` whose files may import it.
    private static let importers: [(module: String, folders: [String])] = [
        ("CCurl", ["Shared/HTTP", "listener/Stream"]),
        ("CScan", ["Shared/Record"]),
        ("CZlib", ["Shared/Compression"]),
        ("CDeflate", ["Shared/Compression"]),
        ("CSQLite", ["merger/Database"]),
        ("CPosix", ["Shared/Storage", "Shared/Runtime"]),
        ("ArgumentParser", ["listener/Commands", "merger/Commands", "merger/MergerCommand.swift"]),
        ("UnixSignals", ["listener/Capture", "merger/Commands/Interruption.swift"]),
        ("CoreMetrics", ["listener/Metrics"]),
        ("NIOCore", ["listener/Admin"]),
        ("NIOHTTP1", ["listener/Admin"]),
        ("NIOPosix", ["listener/Admin"]),
        // Full Foundation makes a static program four times as large.
        ("Foundation", []),
        ("FoundationNetworking", []),
    ]

    @Test(arguments: importers.map(\.module))
    func `a module is imported only where it is wrapped`(module: String) throws {
        let folders = Self.importers.first { $0.module == module }?.folders ?? []
        for file in try SourceTree.files where file.imports.contains(module) {
            #expect(
                folders.contains { file.path.hasPrefix($0) }, "\(file.path) imports \(module)")
        }
    }

    /// Folders of `Shared`, and types of other folders that must not be named there.
    private static let strangers: [(folder: String, words: [String])] = [
        ("Shared/Model", ["ObjectStore", "LocalFile", "SegmentManifest", "Logger"]),
        ("Shared/Failure", ["ObjectStore", "LocalFile", "SegmentManifest", "Logger"]),
        ("Shared/Record", ["ObjectStore", "LocalFile", "SegmentManifest", "Logger", "Task"]),
        ("Shared/Compression", ["ObjectStore", "LocalFile", "SegmentManifest", "Logger", "Task"]),
        ("Shared/Segment", ["ObjectStore", "Logger", "Task", "ContinuousClock", ".now"]),
        ("Shared/HTTP", ["ObjectStore", "SegmentManifest"]),
        ("listener/Stream", ["Spool", "Shipper", "SegmentWriter", "ObjectStore"]),
        ("listener/Shipping", ["SegmentWriter", "Capture"]),
        ("listener/Admin", ["Capture", "Shipper"]),
        ("listener/Check", ["SegmentWriter", "Shipper", "Spool", "Capture"]),
    ]

    @Test(arguments: strangers.map(\.folder))
    func `a folder names nothing of a layer above it`(folder: String) throws {
        let words = Self.strangers.first { $0.folder == folder }?.words ?? []
        let files = try SourceTree.files.filter { $0.path.hasPrefix(folder + "/") }
        #expect(!files.isEmpty)
        for file in files {
            for word in words {
                #expect(!file.codeNames(word), "\(file.path) names \(word)")
            }
        }
    }
}

struct ShapeTests {
    private static let linesMax = 300

    @Test func `no source file is longer than three hundred lines`() throws {
        for file in try SourceTree.files {
            #expect(file.lines.count <= Self.linesMax, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test(arguments: ["TODO", "FIXME", "XXX", "for now", "not yet implemented"])
    func `no source file holds a promise`(promise: String) throws {
        for file in try SourceTree.files {
            #expect(!file.text.contains(promise), "\(file.path) says \(promise)")
        }
    }

    @Test func `an unchecked claim of safety is nowhere outside the wrappers of C`() throws {
        for file in try SourceTree.files
        where file.text.contains("@unchecked Sendable") || file.text.contains("nonisolated(unsafe)")
        {
            #expect(file.path.hasPrefix("Shared/HTTP/"), "\(file.path)")
        }
    }
}

/// The Swift files below `Sources`.
private enum SourceTree {
    struct File {
        /// Below `Sources`.
        var path: String
        var text: String

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

        var imports: [String] {
            lines.compactMap { line in
                let words = line.split(separator: " ")
                guard let place = words.firstIndex(of: "import"), place <= 1,
                    words.count == place + 2
                else { return nil }
                return String(words[place + 1])
            }
        }

        /// Whether a line that is no comment holds `word` as a word of its own.
        func codeNames(_ word: String) -> Bool {
            lines.contains { line in
                let code = line.drop { $0 == " " }
                guard !code.hasPrefix("//"), let found = code.firstRange(of: word) else {
                    return false
                }
                let next = code[found.upperBound...].first
                return !(next?.isLetter ?? false)
            }
        }
    }

    static var files: [File] {
        get throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")
            let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap {
                $0 as? String
            }
            let files = try #require(paths).filter { $0.hasSuffix(".swift") }.sorted()
            try #require(files.count > 50)
            return try files.map { path in
                let data = try Data(contentsOf: root.appending(path: path))
                return File(path: path, text: String(decoding: data, as: UTF8.self))
            }
        }
    }
}
