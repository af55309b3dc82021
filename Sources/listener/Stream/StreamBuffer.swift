/// The bounded buffer between network and disk: allocated once, filled from the start, emptied as a
/// whole.
///
/// A piece is taken whole or not at all, as libcurl's pausing wants it: what is refused, libcurl
/// keeps and offers again.
final class StreamBuffer {
    private let storage: UnsafeMutableRawBufferPointer
    private var count = 0
    /// How often something found no room, so that the server had to wait.
    private(set) var timesFull = 0

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
        guard piece.count <= storage.count - count else {
            timesFull += 1
            return false
        }
        storage[count..<count + piece.count].copyBytes(from: piece)
        count += piece.count
        return true
    }

    /// Room for what comes in smaller portions, to be claimed with ``grow(by:)``.
    var freeSpace: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: storage[count...])
    }

    /// - Returns: whether there is room left.
    func grow(by bytes: Int) -> Bool {
        precondition(bytes <= storage.count - count, "more than there was room for")
        count += bytes
        guard count == storage.count else { return true }
        timesFull += 1
        return false
    }

    func clear() {
        count = 0
    }
}
