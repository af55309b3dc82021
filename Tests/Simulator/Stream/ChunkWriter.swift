/// Writes lines as chunks of a chunked response.
struct ChunkWriter {
    let format: StreamFormat
    /// Asked while the client does not read.
    let isAbandoned: () -> Bool
    private var generator: SeededGenerator

    init(format: StreamFormat, seed: UInt64, isAbandoned: @escaping () -> Bool) {
        self.format = format
        self.isAbandoned = isAbandoned
        generator = SeededGenerator(seed: seed, item: 0, purpose: 6)
    }

    mutating func write(
        _ batch: Batch, style: FaultBoard.WritingStyle, to socket: borrowing Socket
    ) throws(Socket.SendError) {
        switch style {
        case .whole:
            try writeChunk(payload(of: batch.bytes, lineEnds: batch.lineEnds), to: socket)
        case .slow:
            try writeSlowly(payload(of: batch.bytes, lineEnds: batch.lineEnds), to: socket)
        case .split:
            var start = 0
            for end in batch.lineEnds {
                let line = Array(batch.bytes[start..<end])
                try writeSplit(payload(of: line, lineEnds: [line.count]), to: socket)
                start = end
            }
        }
    }

    /// A message of ours, with its terminator.
    func write(message: [UInt8], to socket: borrowing Socket) throws(Socket.SendError) {
        let line = message + [13, 10]
        try writeChunk(payload(of: line, lineEnds: [line.count]), to: socket)
    }

    func writeKeepAlive(to socket: borrowing Socket) throws(Socket.SendError) {
        try writeChunk([13, 10], to: socket)
    }

    func writeEnd(to socket: borrowing Socket) throws(Socket.SendError) {
        try send(Array("0\r\n\r\n".utf8), to: socket)
    }

    /// The first half of a line, in a chunk that promises all of it.
    func writeHalf(of line: [UInt8], to socket: borrowing Socket) throws(Socket.SendError) {
        let whole = payload(of: line, lineEnds: [line.count])
        try send(Self.chunkHead(whole.count) + whole.prefix(whole.count / 2), to: socket)
    }

    /// With `delimited=length` each line has its length before it, on a line of its own.
    private func payload(of bytes: [UInt8], lineEnds: [Int]) -> [UInt8] {
        guard format.isDelimited else { return bytes }
        var delimited: [UInt8] = []
        var start = 0
        for end in lineEnds {
            delimited += Array("\(end - start)\r\n".utf8)
            delimited += bytes[start..<end]
            start = end
        }
        return delimited
    }

    private func writeChunk(
        _ bytes: [UInt8], to socket: borrowing Socket
    ) throws(Socket.SendError) {
        try send(Self.chunkHead(bytes.count) + bytes + [13, 10], to: socket)
    }

    /// One chunk, but its framing as well as its content comes a few bytes at a time.
    private mutating func writeSlowly(
        _ bytes: [UInt8], to socket: borrowing Socket
    ) throws(Socket.SendError) {
        let wire = Self.chunkHead(bytes.count) + bytes + [13, 10]
        var rest = wire[...]
        while !rest.isEmpty {
            let length = 1 + generator.below(16)
            try send(Array(rest.prefix(length)), to: socket)
            rest = rest.dropFirst(length)
        }
    }

    /// One line in several chunks: parted after a byte that begins a character of several bytes,
    /// at a place drawn by lot, and between CR and LF.
    private mutating func writeSplit(
        _ line: [UInt8], to socket: borrowing Socket
    ) throws(Socket.SendError) {
        var cuts = [1 + generator.below(line.count - 2), line.count - 1]
        if let lead = line.firstIndex(where: { $0 >= 0xC2 }) { cuts.append(lead + 1) }
        var start = 0
        for cut in Set(cuts).sorted() + [line.count] where cut > start {
            try writeChunk(Array(line[start..<cut]), to: socket)
            start = cut
        }
    }

    private func send(
        _ bytes: [UInt8], to socket: borrowing Socket
    ) throws(Socket.SendError) {
        var failure: Socket.SendError?
        bytes.withUnsafeBytes { buffer in
            do throws(Socket.SendError) {
                try socket.send(buffer, unless: isAbandoned)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private static func chunkHead(_ count: Int) -> [UInt8] {
        Array((String(count, radix: 16) + "\r\n").utf8)
    }
}
