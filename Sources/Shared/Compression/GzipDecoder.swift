private import CZlib

/// Inflates gzip members piece by piece, and says where each ends.
///
/// Made for files that may be torn or foreign: whatever inflated before a failure has been handed
/// out.
package struct GzipDecoder: ~Copyable {
    package enum Status: Equatable {
        /// All input was taken, or all output space was used.
        case underWay
        /// The member ended at `consumed`, and its CRC and length are right. What follows begins
        /// another member.
        case memberEnded
    }

    // zlib keeps a pointer to the stream it was initialised with, so it must never move.
    private let stream: UnsafeMutablePointer<z_stream>

    package init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = czlib_inflate_init_gzip(stream)
        precondition(status == Z_OK, "inflateInit2 failed with \(status): out of memory")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Inflates from `input` into `output` until either is used up or a member ends.
    ///
    /// - Parameters:
    ///   - consumed: is set to how much of `input` was taken, also where this throws.
    ///   - produced: is set to how much of `output` was filled, also where this throws.
    package mutating func decode(
        _ input: UnsafeRawBufferPointer, consumed: inout Int,
        into output: UnsafeMutableRawBufferPointer, produced: inout Int
    ) throws(GzipError) -> Status {
        let offered = UInt32(clamping: input.count)
        let room = UInt32(clamping: output.count)
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = offered
        stream.pointee.avail_out = room
        // zlib refuses a null pointer, which an empty buffer may have, even without any room.
        var nothing: UInt8 = 0
        let stream = stream
        let status = withUnsafeMutablePointer(to: &nothing) { nothing in
            stream.pointee.next_out =
                output.assumingMemoryBound(to: UInt8.self).baseAddress ?? nothing
            return inflate(stream, Z_NO_FLUSH)
        }
        consumed = Int(offered - stream.pointee.avail_in)
        produced = Int(room - stream.pointee.avail_out)
        switch status {
        case Z_OK, Z_BUF_ERROR:
            return .underWay
        case Z_STREAM_END:
            inflateReset(stream)
            return .memberEnded
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
            inflateReset(stream)
            throw GzipError(.corrupt, "gzip: \(reason)")
        }
    }

    /// Forgets a member that was begun.
    package mutating func reset() {
        inflateReset(stream)
    }
}
