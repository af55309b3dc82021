import Shared

/// A small file of the cache that proves itself: what a crash or a bad disk left is as good as none.
///
/// The SHA-256 of the content in hexadecimal, an LF, the content.
enum CheckedFile {
    private static let headBytes = ContentDigest.byteCount * 2 + 1

    /// Appears whole, by another name first.
    static func write(_ content: [UInt8], to path: String) throws(LocalFileError) {
        if let folder = LocalDirectory.parent(of: path) { try LocalDirectory.ensure(folder) }
        let temporary = "\(path).\(ListenerInstance.random().hex)"
        defer { try? LocalDirectory.remove(temporary) }
        let head = Array("\(ContentDigest(of: content).hex)\n".utf8)
        try LocalFile.create(temporary).write(head + content)
        try LocalDirectory.rename(temporary, to: path)
    }

    /// Nil where there is none, or it does not hold what was written.
    static func read(_ path: String) -> [UInt8]? {
        guard LocalDirectory.exists(path), let bytes = try? LocalFile.contents(of: path),
            bytes.count >= headBytes
        else { return nil }
        let content = Array(bytes[headBytes...])
        let head = Array("\(ContentDigest(of: content).hex)\n".utf8)
        return bytes[..<headBytes].elementsEqual(head) ? content : nil
    }
}
