private import CZlib

/// Deflates one gzip member after another as their content arrives, with flush points inside.
///
/// The only encoder that can make what was appended readable before its member ends; where a whole
/// member is in hand, ``MemberDeflater`` makes the same thing faster. Appends its output to an array
/// of the caller.
package struct GzipMemberWriter: ~Copyable {
    // zlib keeps a pointer to the stream it was initialised with, so it must never move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// How much output space is offered to zlib at a time.
    private static let outputBytesStep = 64 << 10

    /// - Parameter level: zlib's, 1 to 9.
    package init(level: Int) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = czlib_deflate_init_gzip(stream, Int32(level))
        precondition(status == Z_OK, "deflateInit2 failed with \(status): out of memory")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
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
        var status = Z_OK
        repeat {
            let used = output.count
            output.append(contentsOf: repeatElement(0, count: Self.outputBytesStep))
            let unused = output.withUnsafeMutableBufferPointer { buffer in
                stream.pointee.next_out = buffer.baseAddress.map { $0 + used }
                stream.pointee.avail_out = UInt32(Self.outputBytesStep)
                status = deflate(stream, flush)
                return Int(stream.pointee.avail_out)
            }
            output.removeLast(unused)
            precondition(status != Z_STREAM_ERROR, "the deflate state is inconsistent")
        } while stream.pointee.avail_out == 0
        precondition(stream.pointee.avail_in == 0, "deflate left input behind")
    }
}
