import Glibc

/// Small local files that are read whole: profiles and tokens.
enum TextFile {
    /// Far above any token or profile file; a device or a log given by mistake stops here.
    static let bytesMax = 1 << 20

    struct Unreadable: Error, CustomStringConvertible {
        var path: String
        var reason: String
        var isAbsent: Bool

        var description: String { "\(path): \(reason)" }
    }

    static func read(_ path: String) throws(Unreadable) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
            guard bytes.count <= bytesMax else {
                throw Unreadable(
                    path: path, reason: "larger than \(ByteCount(bytes: bytesMax))",
                    isAbsent: false)
            }
        }
    }

    private static func failure(_ path: String) -> Unreadable {
        let isAbsent = errno == ENOENT || errno == ENOTDIR
        return Unreadable(
            path: path, reason: String(cString: strerror(errno)), isAbsent: isAbsent)
    }
}
