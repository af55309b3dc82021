import Glibc

/// Hands out the body of one request from its start to its end, once.
///
/// It cannot go back, on purpose: libcurl sends a request again by itself when a kept-alive
/// connection turns out to be dead, and only a caller knows whether that is safe.
struct RequestBody: ~Copyable {
    private let body: HTTPBody
    private var sent = 0
    private var descriptor: Int32 = -1

    init(_ body: HTTPBody) throws(HTTPError) {
        self.body = body
        if case .file(let path, _, _) = body {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .localFile(path, "cannot be opened") }
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Fills `buffer` as far as the body reaches and returns how many bytes it took; 0 at the end.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(HTTPError) -> Int {
        let wanted = min(buffer.count, body.byteCount - sent)
        guard wanted > 0 else { return 0 }
        let taken = try take(wanted, into: buffer)
        sent += taken
        return taken
    }

    private func take(
        _ wanted: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(HTTPError) -> Int {
        switch body {
        case .none:
            return 0
        case .bytes(let bytes):
            bytes.withUnsafeBytes {
                buffer.copyMemory(from: .init(rebasing: $0[sent..<sent + wanted]))
            }
            return wanted
        case .file(let path, let offset, _):
            while true {
                let count = pread(descriptor, buffer.baseAddress, wanted, off_t(offset + sent))
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { throw .localFile(path, "cannot be read") }
                // The length was promised to the server; a shorter body would hang there.
                guard count > 0 else {
                    throw HTTPError(.localFile, "\(path): ends after \(sent) bytes of this body")
                }
                return count
            }
        }
    }
}
