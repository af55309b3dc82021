private import Foundation

/// A directory that is there while a test's closure runs.
package struct TemporaryDirectory: Sendable {
    package let path: String

    package static func with<Value>(_ body: (TemporaryDirectory) throws -> Value) throws -> Value {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        return try body(directory)
    }

    package static func with<Value>(
        _ body: (TemporaryDirectory) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        return try await body(directory)
    }

    /// Where the system has it, a directory that lies in memory: syncs take no time there, for tests
    /// of which durability is not the subject.
    package static func withFast<Value>(
        _ body: (TemporaryDirectory) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory(in: fastRoot)
        defer { directory.remove() }
        return try await body(directory)
    }

    package static func withFast<Value>(_ body: (TemporaryDirectory) throws -> Value) throws
        -> Value
    {
        let directory = try TemporaryDirectory(in: fastRoot)
        defer { directory.remove() }
        return try body(directory)
    }

    private static var fastRoot: String {
        let memory = "/dev/shm"
        return FileManager.default.isWritableFile(atPath: memory)
            ? memory : FileManager.default.temporaryDirectory.path
    }

    private init(in root: String = FileManager.default.temporaryDirectory.path) throws {
        path = "\(root)/tributary-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    private init(path: String) {
        self.path = path
    }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// A new directory in this one.
    package func folder(_ name: String) throws -> TemporaryDirectory {
        try FileManager.default.createDirectory(
            atPath: file(name), withIntermediateDirectories: true)
        return TemporaryDirectory(path: file(name))
    }

    /// The files and folders in here, ascending.
    package func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    package func has(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: file(name))
    }

    package func read(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
    }

    package func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    }

    package func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: file(name))
    }

    /// The content of each file in here by its name, as a crash at this moment would leave it.
    package func snapshot() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try names() { files[name] = try read(name) }
        return files
    }

    /// Puts the files of a snapshot here, instead of what is here.
    package func restore(_ files: [String: [UInt8]]) throws {
        for name in try names() { try remove(name) }
        for (name, bytes) in files { try write(bytes, to: name) }
    }

    private func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
