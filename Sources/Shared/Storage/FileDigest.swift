private import Crypto

/// SHA-256 over bytes that come piece by piece.
package struct DigestBuilder: Sendable {
    private var hash = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: bytes)
    }

    /// The digest so far; more may follow.
    package var digest: ContentDigest {
        ContentDigest(bytes: Array(hash.finalize()))
    }
}

extension ContentDigest {
    package init(of bytes: [UInt8]) {
        var builder = DigestBuilder()
        bytes.withUnsafeBytes { builder.update($0) }
        self = builder.digest
    }

    /// Reads a file once, in pieces of ``fileBytesStep``.
    package static func ofFile(
        _ path: String
    ) throws(LocalFileError) -> (digest: ContentDigest, bytes: Int) {
        let file = try LocalFile.read(path)
        var builder = DigestBuilder()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: fileBytesStep, alignment: 1)
        defer { buffer.deallocate() }
        var offset = 0
        while true {
            let count = try file.read(into: buffer, at: offset)
            if count == 0 { return (builder.digest, offset) }
            builder.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += count
        }
    }

    private static let fileBytesStep = 1 << 20
}
