import Shared

/// The lines of a foreign gzip file, however its members are cut. Empty lines are counted and left
/// out; a CR before an LF belongs to the terminator.
struct GzipLines {
    private let file: LocalFile
    private let lineBytesMax: Int

    private static let bufferBytes = 1 << 20

    /// How many empty lines were left out.
    private(set) var emptyLines = 0
    private(set) var members = 0
    /// Where the file stops to be gzip; nil where it is whole.
    private(set) var tornAt: Int?
    private(set) var rawBytes = 0

    init(_ path: String, lineBytesMax: Int) throws {
        file = try LocalFile.read(path)
        self.lineBytesMax = lineBytesMax
    }

    /// Hands out each line, as far as the file inflates. An overlong one comes as its head, with the
    /// length of the whole; others have none.
    mutating func forEach(
        _ body: (UnsafeRawBufferPointer, _ overlongBytes: Int?) throws -> Void
    ) throws {
        var framer = LineFramer(terminator: .lf, lineBytesMax: lineBytesMax)
        var empty = 0
        func accept(_ piece: LineFramer.Piece) throws {
            switch piece {
            case .line(let line): try body(line, nil)
            case .overlong(let head, let bytes): try body(head, bytes)
            case .keepAlive: empty += 1
            }
        }
        try inflate { try framer.feed($0, accept) }
        try framer.finish(accept)
        emptyLines = empty
    }

    private mutating func inflate(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let size = try file.bytes
        var decoder = GzipDecoder()
        let output = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.bufferBytes, alignment: 16)
        defer { output.deallocate() }
        var offset = 0
        var isInMember = false
        while offset < size {
            let input = try file.read(offset..<min(size, offset + Self.bufferBytes))
            var taken = 0
            while taken < input.count {
                var consumed = 0
                var produced = 0
                let status = input.withUnsafeBytes { input in
                    try? decoder.decode(
                        UnsafeRawBufferPointer(rebasing: input[taken...]), consumed: &consumed,
                        into: output, produced: &produced)
                }
                rawBytes += produced
                try body(UnsafeRawBufferPointer(rebasing: output[..<produced]))
                taken += consumed
                guard let status else {
                    tornAt = offset + taken
                    return
                }
                isInMember = status != .memberEnded
                if !isInMember { members += 1 }
            }
            offset += input.count
        }
        if isInMember || size == 0 { tornAt = size }
    }
}
