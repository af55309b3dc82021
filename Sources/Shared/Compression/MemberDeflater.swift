#if FastCompression
private import CDeflate
#endif

/// Deflates a whole gzip member that is in hand.
///
/// With the trait `FastCompression` libdeflate does it, otherwise zlib: the content is the same, the
/// compressed bytes are not.
package struct MemberDeflater: ~Copyable {
    #if FastCompression
    private let compressor: OpaquePointer

    /// What libdeflate writes to: it asks for room for more than the content, and needs a quarter.
    private var scratch = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    #else
    private var writer: GzipMemberWriter
    #endif

    package init(profile: CompressionProfile) {
        self.init(level: profile.level)
    }

    /// - Parameter level: 1 to 9, numbered alike by both libraries.
    package init(level: Int) {
        #if FastCompression
        guard let compressor = libdeflate_alloc_compressor(Int32(level)) else {
            preconditionFailure("libdeflate has no compressor of level \(level): out of memory")
        }
        self.compressor = compressor
        #else
        writer = GzipMemberWriter(level: level)
        #endif
    }

    #if FastCompression
    deinit {
        libdeflate_free_compressor(compressor)
        scratch.deallocate()
    }
    #endif

    /// Appends one gzip member that holds `raw` to `output`.
    package mutating func deflate(_ raw: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        #if FastCompression
        let bound = libdeflate_gzip_compress_bound(compressor, raw.count)
        if scratch.count < bound {
            scratch.deallocate()
            scratch = .allocate(byteCount: bound, alignment: 1)
        }
        let written = libdeflate_gzip_compress(
            compressor, raw.baseAddress, raw.count, scratch.baseAddress, scratch.count)
        precondition(written > 0, "libdeflate found its own bound of \(bound) bytes too small")
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: scratch[..<written]))
        #else
        writer.append(raw, to: &output)
        writer.finishMember(to: &output)
        #endif
    }
}
