import Shared

/// Standard output for many short lines: written in large pieces.
struct BufferedOutput {
    private var bytes: [UInt8] = []

    private static let bytesMax = 64 << 10

    mutating func line(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\n"))
        flushIfFull()
    }

    /// A document on one line.
    mutating func json(_ value: some Encodable) {
        write(JSONDocument.encode(value))
        write([UInt8(ascii: "\n")])
    }

    mutating func write(_ piece: some Collection<UInt8>) {
        bytes.append(contentsOf: piece)
        flushIfFull()
    }

    /// Without writing anything, however much it becomes.
    mutating func append(_ piece: [UInt8]) {
        bytes += piece
    }

    var isFull: Bool { bytes.count >= Self.bytesMax }

    private mutating func flushIfFull() {
        if isFull { flush() }
    }

    mutating func flush() {
        Output.write(bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
