import Crypto
import FoundationEssentials
import Glibc

/// The bytes of a put, and the digests by which the store can show that it has them.
struct S3Payload: Sendable {
    var body: ObjectBody
    var bytes: Int
    var digest: ContentDigest

    enum Failure: Error {
        case unreadable(HTTPError)
        /// The file holds other bytes than when its digest was computed.
        case changed(path: String)
    }

    init(_ body: ObjectBody) {
        self.body = body
        switch body {
        case .bytes(let content):
            bytes = content.count
            digest = ContentDigest(bytes: Array(SHA256.hash(data: content)))
        case .file(_, let count, let fileDigest):
            bytes = count
            digest = fileDigest
        }
    }

    /// Some of the bytes, as a request sends them.
    func slice(_ range: Range<Int>) -> HTTPBody {
        switch body {
        case .bytes(let content):
            range == content.indices ? .bytes(content) : .bytes(Array(content[range]))
        case .file(let path, _, _):
            .file(path: path, offset: range.lowerBound, bytes: range.count)
        }
    }

    /// The SHA-256 of some of the bytes.
    func digest(of range: Range<Int>) throws(Failure) -> ContentDigest {
        guard range != 0..<bytes else { return digest }
        var hash = SHA256()
        try forEachBlock(range) { hash.update(bufferPointer: $0) }
        return ContentDigest(bytes: Array(hash.finalize()))
    }

    /// The MD5 of the bytes, which is the ETag that most stores give to a single put.
    ///
    /// A file is hashed both ways in the same pass: its MD5 says nothing about ``digest`` if the
    /// file has changed since that was computed.
    func md5() throws(Failure) -> String {
        var md5 = Insecure.MD5()
        var sha256 = SHA256()
        try forEachBlock(0..<bytes) {
            md5.update(bufferPointer: $0)
            sha256.update(bufferPointer: $0)
        }
        if case .file(let path, _, _) = body, Array(sha256.finalize()) != digest.bytes {
            throw .changed(path: path)
        }
        return Array(md5.finalize()).hex
    }

    private func forEachBlock(
        _ range: Range<Int>, _ use: (UnsafeRawBufferPointer) -> Void
    ) throws(Failure) {
        switch body {
        case .bytes(let content):
            content.withUnsafeBytes { use(UnsafeRawBufferPointer(rebasing: $0[range])) }
        case .file:
            do {
                try Self.forEachBlock(of: slice(range), use)
            } catch {
                throw .unreadable(error)
            }
        }
    }

    private static func forEachBlock(
        of slice: HTTPBody, _ use: (UnsafeRawBufferPointer) -> Void
    ) throws(HTTPError) {
        var source = try RequestBody(slice)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: blockBytes, alignment: 1)
        defer { buffer.deallocate() }
        while case let count = try source.read(into: buffer), count > 0 {
            use(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private static let blockBytes = 1 << 20
}

extension ContentDigest {
    /// As the checksum headers of S3 write it.
    package var base64: String { Data(bytes).base64EncodedString() }

    /// Reads a checksum header; nil for a checksum of checksums, which has `-` and a count.
    init?(base64: String) {
        guard let data = Data(base64Encoded: base64), data.count == Self.byteCount else {
            return nil
        }
        self.init(bytes: Array(data))
    }
}
