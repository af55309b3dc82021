import Shared
private import Synchronization

/// Room for the lines of one member, of which the first ``count`` bytes are used.
struct LineBuffer: Sendable {
    var bytes: [UInt8]
    var count: Int

    func withLine<Result>(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}

/// Buffers that were used before: memory that is new to the process has to be cleared by the kernel,
/// which costs as much as a tenth of what is done in it.
final class LineBufferPool: Sendable {
    /// For one partition after the other: what one gives back to the allocator is not there for the
    /// next, whose threads have other arenas, so that a run would take up twice the memory.
    static let shared = LineBufferPool()

    /// A member ends with the line that reaches its size, and most lines are shorter than the rest.
    private static let bytesUsual = SegmentWriter.memberRawBytes + (64 << 10)

    /// All of the usual size.
    private let free = Mutex<[[UInt8]]>([])

    var freeCount: Int { free.withLock { $0.count } }

    /// How much ``take(_:)`` gives for `count` bytes.
    static func roomBytes(_ count: Int) -> Int { max(count, bytesUsual) }

    /// - Returns: room for at least `count` bytes, with anything in it.
    func take(_ count: Int) -> LineBuffer {
        guard count <= Self.bytesUsual else {
            return LineBuffer(bytes: Self.room(count), count: count)
        }
        let bytes = free.withLock { $0.popLast() }
        return LineBuffer(bytes: bytes ?? Self.room(Self.bytesUsual), count: count)
    }

    /// Not cleared: what is taken is filled.
    private static func room(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { _, used in used = count }
    }

    func give(_ buffer: consuming LineBuffer) {
        guard buffer.bytes.count == Self.bytesUsual else { return }
        let bytes = buffer.bytes
        free.withLock { $0.append(bytes) }
    }
}
