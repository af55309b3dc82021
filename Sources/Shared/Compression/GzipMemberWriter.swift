private import CZlib

/// Deflates one gzip member after another as their content arrives, with flush points inside.
///
/// The only encoder that can make what was appended readable before its member ends; where a whole
/// member is in hand, ``MemberDeflater`` makes the same thing faster. Appends its output to an array
/// of the caller.
package struct GzipMemberWriter: ~Copyable {
    // zlib keeps a pointer to the stream it was initialised with, so it must never move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// What zlib writes to, before it goes to the caller's array: most appends yield no output at
    /// all, and so cost no room.
    private let scratch: UnsafeMutableBufferPointer<UInt8>

    private static let scratchBytes = 64 << 10

    /// - Parameter level: zlib's, 1 to 9.
    package init(level: Int) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        scratch = .allocate(capacity: Self.scratchBytes)
        let status = czlib_deflate_init_gzip(stream, Int32(level))
        precondition(status == Z_OK, "deflateInit2 failed with \(status): out of memory")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        scratch.deallocate()
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        run(bytes, flush: Z_NO_FLUSH, to: &output)
    }

    /// Makes everything appended so far readable from `output`.
    package mutating func syncFlush(to output: inout [UInt8]) {
        run(UnsafeRawBufferPointer(start: nil, count: 0), flush: Z_SYNC_FLUSH, to: &output)
    }

    /// Ends the member. The next append begins another one.
    package mutating func finishMember(to output: inout [UInt8]) {
        run(UnsafeRawBufferPointer(start: nil, count: 0), flush: Z_FINISH, to: &output)
        let status = deflateReset(stream)
        precondition(status == Z_OK, "deflateReset failed with \(status)")
    }

    private mutating func run(
        _ bytes: UnsafeRawBufferPointer, flush: Int32, to output: inout [UInt8]
    ) {
        precondition(bytes.count <= UInt32.max, "zlib counts input in 32 bits")
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        repeat {
            stream.pointee.next_out = scratch.baseAddress
            stream.pointee.avail_out = UInt32(scratch.count)
            let status = deflate(stream, flush)
            precondition(status != Z_STREAM_ERROR, "the deflate state is inconsistent")
            let produced = scratch.count - Int(stream.pointee.avail_out)
            output.append(contentsOf: UnsafeBufferPointer(rebasing: scratch[..<produced]))
        } while stream.pointee.avail_out == 0
        precondition(stream.pointee.avail_in == 0, "deflate left input behind")
    }
}
