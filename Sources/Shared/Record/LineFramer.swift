private import Glibc

/// Cuts a stream of bytes into lines, whatever pieces it arrives in.
///
/// A line that lies wholly inside one piece is handed on in place; only a line that crosses pieces
/// is copied. At most ``lineBytesMax`` bytes of one line are ever held.
package struct LineFramer: ~Copyable {
    /// What ends a line.
    package enum Terminator: Sendable {
        /// CR LF and nothing else (X's streams). A stored line cannot hold an LF, so a bare one
        /// between JSON tokens becomes a space, which means the same, and is counted. Where it is
        /// not JSON, nothing may be changed: the LF ends a line there.
        case crlf
        /// The same, and a decimal length stands before each line, as v1.1 sends with
        /// `delimited=length`. Lines are cut at CR LF all the same, so that a length that lies
        /// loses nothing.
        case delimitedCRLF
        /// LF; one CR before it belongs to the terminator.
        case lf
    }

    /// What was found. The bytes are valid only while the closure that receives them runs.
    package enum Piece {
        /// At least one byte, without its terminator and without any LF.
        case line(UnsafeRawBufferPointer)
        /// An empty line.
        case keepAlive
        /// A line of `bytes` bytes, of which only `head`, the first ``lineBytesMax``, was kept.
        case overlong(head: UnsafeRawBufferPointer, bytes: Int)
    }

    package let terminator: Terminator
    package let lineBytesMax: Int

    /// Bare LFs that became spaces since the beginning.
    package private(set) var lineFeedsReplaced = 0
    /// Lengths that did not fit their line, and lines without a length, since the beginning.
    package private(set) var lengthMismatches = 0

    /// The beginning of a line whose end has not come.
    private var carry: [UInt8] = []
    /// Bytes of that line that were not kept because it is too long.
    private var bytesCutOff = 0
    /// The last byte of that line so far, kept or not: a CR may be half of its terminator.
    private var lastByte: UInt8 = 0
    /// What the length said that came last; its line has not come.
    private var lengthExpected: Int?

    package init(terminator: Terminator, lineBytesMax: Int) {
        precondition(lineBytesMax > 0, "a line has at least one byte")
        self.terminator = terminator
        self.lineBytesMax = lineBytesMax
    }

    /// Bytes of the line whose end has not come.
    package var partialBytes: Int { carry.count + bytesCutOff }

    /// Takes the next bytes of the stream and hands out each line that ends in them, in order.
    ///
    /// If `body` throws, the framer has lost the rest of `bytes` and must be ``reset()``.
    package mutating func feed(
        _ bytes: UnsafeRawBufferPointer, _ body: (Piece) throws -> Void
    ) rethrows {
        var start = 0
        var searchStart = 0
        while let feed = Self.lineFeed(in: bytes, from: searchStart) {
            searchStart = feed + 1
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<feed])
            if terminator != .lf, !endsWithCarriageReturn(line) {
                continue
            }
            try emit(line, body)
            start = feed + 1
        }
        hold(UnsafeRawBufferPointer(rebasing: bytes[start...]))
    }

    /// The stream is over and its end ends the last line, as at the end of a file.
    package mutating func finish(_ body: (Piece) throws -> Void) rethrows {
        guard partialBytes > 0 else { return }
        try emit(UnsafeRawBufferPointer(start: nil, count: 0), body)
    }

    /// Forgets the line whose end has not come: the connection is over.
    ///
    /// - Returns: how many bytes were given up.
    @discardableResult
    package mutating func reset() -> Int {
        lengthExpected = nil
        return forgetPartial()
    }

    @discardableResult
    private mutating func forgetPartial() -> Int {
        let lost = partialBytes
        carry.removeAll(keepingCapacity: true)
        bytesCutOff = 0
        lastByte = 0
        return lost
    }

    /// - Parameter rest: the part of the line that came with the last piece, CR included.
    private mutating func emit(
        _ rest: UnsafeRawBufferPointer, _ body: (Piece) throws -> Void
    ) rethrows {
        guard !carry.isEmpty else {
            return try emitWhole(rest, body)
        }
        hold(rest)
        let line = carry
        let cutOff = bytesCutOff
        let returnBytes = lastByte == UInt8(ascii: "\r") ? 1 : 0
        forgetPartial()
        try line.withUnsafeBytes { line in
            if cutOff > 0 {
                lengthExpected = nil
                try body(.overlong(head: line, bytes: line.count + cutOff - returnBytes))
            } else {
                try emitWhole(line, body)
            }
        }
        carry = line
        carry.removeAll(keepingCapacity: true)
    }

    private mutating func emitWhole(
        _ terminated: UnsafeRawBufferPointer, _ body: (Piece) throws -> Void
    ) rethrows {
        var line =
            terminated.last == UInt8(ascii: "\r")
            ? UnsafeRawBufferPointer(rebasing: terminated.dropLast()) : terminated
        if terminator == .delimitedCRLF {
            guard let rest = takeLength(from: line) else { return }
            line = rest
        }
        guard line.count <= lineBytesMax else {
            let head = UnsafeRawBufferPointer(rebasing: line.prefix(lineBytesMax))
            return try body(.overlong(head: head, bytes: line.count))
        }
        if line.isEmpty {
            try body(.keepAlive)
        } else if terminator != .lf, Self.lineFeed(in: line, from: 0) != nil {
            try emitWithLineFeeds(line, body)
        } else {
            try body(.line(line))
        }
    }

    /// Whether the line that ends with `rest`, or with what is held if that is empty, ends in CR.
    private func endsWithCarriageReturn(_ rest: UnsafeRawBufferPointer) -> Bool {
        (rest.last ?? lastByte) == UInt8(ascii: "\r")
    }

    private mutating func hold(_ bytes: UnsafeRawBufferPointer) {
        // One more than the limit, for the CR that belongs to the terminator.
        let room = max(0, lineBytesMax + 1 - carry.count)
        carry.append(contentsOf: bytes.prefix(room))
        lastByte = bytes.last ?? lastByte
        bytesCutOff += max(0, bytes.count - room)
        if bytesCutOff > 0, carry.count > lineBytesMax {
            bytesCutOff += carry.count - lineBytesMax
            carry.removeLast(carry.count - lineBytesMax)
        }
    }

    /// In valid JSON an LF stands between tokens, since none may stand in a string.
    private mutating func emitWithLineFeeds(
        _ line: UnsafeRawBufferPointer, _ body: (Piece) throws -> Void
    ) rethrows {
        switch RecordScanner().scan(line) {
        case .unreadable(.notJSON), .unreadable(.tooDeep):
            for piece in line.split(separator: UInt8(ascii: "\n")) {
                try body(.line(UnsafeRawBufferPointer(rebasing: piece)))
            }
        case .record, .notice, .unreadable:
            try replaceLineFeeds(in: line).withUnsafeBytes { try body(.line($0)) }
        }
    }

    /// Takes the length that stands before a line, alone between two terminators or with an LF
    /// behind it, and compares it with the line, whose CR LF it counts.
    ///
    /// - Returns: what is left of `line`; nil where that was a length alone.
    private mutating func takeLength(
        from line: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer? {
        guard !line.isEmpty else { return line }
        let digits = line.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        let isAlone = digits.count == line.count
        var rest = line
        if !digits.isEmpty, isAlone || line[digits.count] == UInt8(ascii: "\n") {
            if lengthExpected != nil { lengthMismatches += 1 }
            // No line is as long as a number that has no room.
            lengthExpected = Int(String(decoding: digits, as: UTF8.self)) ?? .max
            if isAlone { return nil }
            rest = UnsafeRawBufferPointer(rebasing: line[(digits.count + 1)...])
        }
        if lengthExpected != rest.count + Self.terminatorBytes { lengthMismatches += 1 }
        lengthExpected = nil
        return rest
    }

    /// CR and LF.
    private static let terminatorBytes = 2

    private mutating func replaceLineFeeds(in line: UnsafeRawBufferPointer) -> [UInt8] {
        var copy = [UInt8](line)
        for index in copy.indices where copy[index] == UInt8(ascii: "\n") {
            copy[index] = UInt8(ascii: " ")
            lineFeedsReplaced += 1
        }
        return copy
    }

    private static func lineFeed(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count,
            let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
