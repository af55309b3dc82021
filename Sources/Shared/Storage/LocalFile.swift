private import CPosix
private import Glibc

/// An open file of the local disk. Closed when nothing refers to it any more.
///
/// Not buffered: what was written is with the kernel when a call returns, and on the disk after
/// ``sync()``.
package final class LocalFile: Sendable {
    package let path: String
    private let descriptor: Int32

    private init(_ path: String, flags: Int32, operation: String) throws(LocalFileError) {
        let descriptor = open(path, flags | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw LocalFileError.last(operation, path) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        // A lock would last as long as a copy of the descriptor, which a child has until it execs.
        _ = flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// A new file. Throws `exists` where there is one.
    package static func create(_ path: String) throws(LocalFileError) -> LocalFile {
        try LocalFile(path, flags: O_RDWR | O_CREAT | O_EXCL, operation: "create")
    }

    /// An empty file; one that is there is emptied.
    package static func replace(_ path: String) throws(LocalFileError) -> LocalFile {
        try LocalFile(path, flags: O_RDWR | O_CREAT | O_TRUNC, operation: "write")
    }

    /// A file that is written at its end; made where there is none.
    package static func append(_ path: String) throws(LocalFileError) -> LocalFile {
        try LocalFile(path, flags: O_RDWR | O_CREAT | O_APPEND, operation: "append to")
    }

    package static func read(_ path: String) throws(LocalFileError) -> LocalFile {
        try LocalFile(path, flags: O_RDONLY, operation: "open")
    }

    /// The file that holds a lock, made where there is none.
    static func lockable(_ path: String) throws(LocalFileError) -> LocalFile {
        try LocalFile(path, flags: O_RDWR | O_CREAT, operation: "open")
    }

    /// Writes all of `bytes` where the last write ended.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(LocalFileError) {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(
                descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            guard count >= 0 || errno == EINTR else { throw LocalFileError.last("write", path) }
            done += max(0, count)
        }
    }

    package func write(_ bytes: [UInt8]) throws(LocalFileError) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(LocalFileError) in try write(buffer) }
        }
        try result.get()
    }

    /// Fills `buffer` from `offset` on.
    ///
    /// - Returns: how many bytes there were: fewer than asked for only at the end of the file.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(LocalFileError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done,
                offset + done)
            guard count >= 0 || errno == EINTR else { throw LocalFileError.last("read", path) }
            if count == 0 { break }
            done += max(0, count)
        }
        return done
    }

    /// The bytes of `range`, or as many of them as the file holds.
    package func read(_ range: Range<Int>) throws(LocalFileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(LocalFileError) in try read(into: buffer, at: range.lowerBound) }
        }
        bytes.removeLast(bytes.count - (try result.get()))
        return bytes
    }

    /// Cuts off what lies behind this many bytes.
    package func truncate(to bytes: Int) throws(LocalFileError) {
        while ftruncate(descriptor, bytes) != 0 {
            guard errno == EINTR else { throw LocalFileError.last("cut", path) }
        }
    }

    /// Everything written so far survives a power loss once this returns.
    package func sync() throws(LocalFileError) {
        guard fdatasync(descriptor) == 0 else { throw LocalFileError.last("sync", path) }
    }

    package var bytes: Int {
        get throws(LocalFileError) {
            Int(try inspect().bytes)
        }
    }

    var inode: UInt64 {
        get throws(LocalFileError) { try inspect().inode }
    }

    /// Changes whenever another file takes this one's name: inode, size and time of last change.
    var version: String {
        get throws(LocalFileError) {
            let version = try inspect()
            return "\(version.inode)-\(version.bytes)-\(version.seconds).\(version.nanoseconds)"
        }
    }

    /// Everything up to the end, also of a pipe, whose size nobody knows.
    package static func contents(of path: String) throws(LocalFileError) -> [UInt8] {
        let file = try read(path)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: contentsBytesStep)
        while true {
            let count = Glibc.read(file.descriptor, &piece, piece.count)
            guard count >= 0 || errno == EINTR else { throw LocalFileError.last("read", path) }
            if count == 0 { return bytes }
            bytes += piece.prefix(max(0, count))
        }
    }

    private static let contentsBytesStep = 64 << 10

    private func inspect() throws(LocalFileError) -> cposix_version {
        var version = cposix_version()
        guard cposix_file_version(descriptor, &version) == 0 else {
            throw LocalFileError.last("inspect", path)
        }
        return version
    }

    /// Takes the file's advisory lock without waiting.
    ///
    /// - Returns: false where another process has it.
    package func lockExclusively() throws(LocalFileError) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw LocalFileError.last("lock", path) }
        return false
    }

    /// Takes the file's advisory lock, waiting for whoever has it.
    func waitForLock() throws(LocalFileError) {
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw LocalFileError.last("lock", path) }
        }
    }
}
