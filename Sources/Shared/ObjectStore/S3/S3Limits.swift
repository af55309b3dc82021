/// The sizes that S3 sets, and those chosen here.
struct S3Limits: Sendable {
    /// Larger objects are sent in parts. S3 takes no more than 5 GiB in one request.
    var singlePutBytesMax = 5 << 30
    /// At least 5 MiB, but for the last part.
    var partBytes = 64 << 20
    /// Of S3, for one object.
    var partsMax = 10_000
    /// What ``ObjectStore/get(_:range:matching:)`` reads into memory at most.
    var getBytesMax = 256 << 20

    /// The parts of an object of `bytes` bytes.
    func parts(of bytes: Int) -> [Range<Int>] {
        let size = max(partBytes, (bytes + partsMax - 1) / partsMax)
        return stride(from: 0, to: bytes, by: size).map { $0..<min($0 + size, bytes) }
    }
}
