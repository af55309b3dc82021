import Crypto
import Glibc

/// Collects the body of one reply where its request wants it.
///
/// Writing to a file happens on the thread of the transfers: a page cache takes the bytes faster
/// than a network brings them, and a copy handed to another thread would need a bound of its own.
struct ResponseBody: ~Copyable {
    private(set) var bytes: [UInt8] = []
    private(set) var byteCount = 0
    private var hash = SHA256()
    private let sink: HTTPSink
    private let keepsInMemory: Bool
    private var descriptor: Int32 = -1

    /// - Parameter isSuccess: false keeps the body in memory whatever the sink, since it explains
    ///   the refusal and is not what the sink is for.
    init(_ sink: HTTPSink, isSuccess: Bool) throws(HTTPError) {
        self.sink = isSuccess ? sink : .memory(bytesMax: HTTPSink.bytesMaxByDefault)
        switch self.sink {
        case .memory: keepsInMemory = true
        case .file, .digest: keepsInMemory = false
        }
        if case .file(let path) = self.sink {
            descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw .localFile(path, "cannot be created") }
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The digest of a body that is not in memory.
    var digest: ContentDigest? {
        keepsInMemory ? nil : ContentDigest(bytes: Array(hash.finalize()))
    }

    mutating func append(_ chunk: UnsafeRawBufferPointer) throws(HTTPError) {
        byteCount += chunk.count
        switch sink {
        case .memory(let bytesMax):
            guard byteCount <= bytesMax else { throw .bodyTooLarge(bytesMax) }
            bytes.append(contentsOf: chunk)
        case .file(let path):
            hash.update(bufferPointer: chunk)
            try write(chunk, to: path)
        case .digest:
            hash.update(bufferPointer: chunk)
        }
    }

    /// Closes the file, which is when some file systems tell of a failed write.
    mutating func finish() throws(HTTPError) {
        guard case .file(let path) = sink, descriptor >= 0 else { return }
        let result = close(descriptor)
        descriptor = -1
        guard result == 0 else { throw .localFile(path, "cannot be written") }
    }

    private func write(_ chunk: UnsafeRawBufferPointer, to path: String) throws(HTTPError) {
        var rest = chunk
        while let start = rest.baseAddress, rest.count > 0 {
            let written = Glibc.write(descriptor, start, rest.count)
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw .localFile(path, "cannot be written") }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}

extension HTTPError {
    static func bodyTooLarge(_ bytesMax: Int) -> HTTPError {
        HTTPError(.bodyTooLarge, "the reply is larger than \(ByteCount(bytes: bytesMax))")
    }

    /// With the reason that `errno` gives.
    static func localFile(_ path: String, _ failure: String) -> HTTPError {
        HTTPError(.localFile, "\(path): \(failure): \(String(cString: strerror(errno)))")
    }
}
