private import Glibc

/// The lines of inflated bytes, as they are stored: each ended by one LF.
package enum RawLines {
    /// Calls `body` with each whole line, without its LF, and its offset, in order.
    ///
    /// - Returns: the offset behind the last LF; what follows is not a whole line.
    @discardableResult
    package static func forEach(
        in raw: UnsafeRawBufferPointer,
        _ body: (_ line: UnsafeRawBufferPointer, _ offset: Int) throws -> Void
    ) rethrows -> Int {
        guard let base = raw.baseAddress else { return 0 }
        var start = 0
        while start < raw.count,
            let feed = memchr(base + start, Int32(UInt8(ascii: "\n")), raw.count - start)
        {
            let end = UnsafeRawPointer(feed) - base
            try body(UnsafeRawBufferPointer(rebasing: raw[start..<end]), start)
            start = end + 1
        }
        return start
    }
}
