#if FastCompression
private import CDeflate
#else
private import CZlib
#endif

/// Inflates a whole gzip member of known size.
package struct MemberInflater: ~Copyable {
    #if FastCompression
    private let decompressor: OpaquePointer
    #endif

    package init() {
        #if FastCompression
        guard let decompressor = libdeflate_alloc_decompressor() else {
            preconditionFailure("libdeflate has no decompressor: out of memory")
        }
        self.decompressor = decompressor
        #endif
    }

    #if FastCompression
    deinit {
        libdeflate_free_decompressor(decompressor)
    }
    #endif

    /// Inflates `member`, which holds one gzip member and nothing else, into `output`, which it must
    /// fill exactly. The CRC is checked.
    package mutating func inflate(
        _ member: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(GzipError) {
        #if FastCompression
        var consumed = 0
        var produced = 0
        let result = libdeflate_gzip_decompress_ex(
            decompressor, member.baseAddress, member.count, output.baseAddress, output.count,
            &consumed, &produced)
        guard result == LIBDEFLATE_SUCCESS else {
            throw result == LIBDEFLATE_INSUFFICIENT_SPACE
                ? GzipError(.tooLarge, "member inflates to more than \(output.count) bytes")
                : GzipError(.corrupt, "member does not inflate, or its CRC is wrong")
        }
        #else
        var decoder = GzipDecoder()
        var consumed = 0
        var produced = 0
        let status = try decoder.decode(
            member, consumed: &consumed, into: output, produced: &produced)
        guard status == .memberEnded else {
            throw produced == output.count
                ? GzipError(.tooLarge, "member inflates to more than \(output.count) bytes")
                : GzipError(.truncated, "member ends too early")
        }
        #endif
        guard consumed == member.count, produced == output.count else {
            throw GzipError(
                .corrupt,
                "member has \(consumed) of \(member.count) bytes and inflates to \(produced) of "
                    + "\(output.count)")
        }
    }
}
