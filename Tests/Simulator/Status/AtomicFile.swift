import Glibc

/// A file that is replaced as a whole, so that a reader sees the old or the new content.
enum AtomicFile {
    static func replace(_ path: String, with bytes: [UInt8]) throws {
        let temporary = path + ".new"
        let file = try LineFile(path: temporary)
        try bytes.withUnsafeBytes { try file.append($0) }
        try file.close()
        guard rename(temporary, path) == 0 else { throw Failure.system("\(path): rename") }
    }
}
