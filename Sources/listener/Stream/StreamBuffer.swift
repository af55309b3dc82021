/// The bounded buffer between network and disk: allocated once, filled from the start, emptied as a
/// whole.
///
/// A piece is taken whole or not at all, as libcurl's pausing wants it: what is refused, libcurl
/// keeps and offers again.
final class StreamBuffer {
    private let storage: UnsafeMutableRawBufferPointer
    private var count = 0

    init(capacity: Int) {
        precondition(capacity > 0, "a buffer holds at least one byte")
        storage = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        storage.deallocate()
    }

    var capacity: Int { storage.count }
    var isEmpty: Bool { count == 0 }

    /// Valid until the buffer changes.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }

    /// Whether `piece` had room.
    func append(_ piece: UnsafeRawBufferPointer) -> Bool {
        guard piece.count <= storage.count - count else { return false }
        storage[count..<count + piece.count].copyBytes(from: piece)
        count += piece.count
        return true
    }

    func clear() {
        count = 0
    }
}
