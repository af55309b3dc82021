/// What a gzip member ends with (RFC 1952 §2.3.1): the CRC-32 of its content and its length, four bytes
/// each, the lowest first.
package enum GzipTrailer {
    package static let byteCount = 8

    /// The CRC-32 that a whole member carries.
    package static func crc32(of member: [UInt8]) -> UInt32 {
        member.suffix(byteCount).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
