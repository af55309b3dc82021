import Glibc

/// A growing run of bytes.
///
/// Appends are plain copies of memory, so that a debug build renders thousands of posts a second.
struct ByteBuilder: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        precondition(capacity > 0, "a capacity is positive, got \(capacity)")
        self.capacity = capacity
        guard let memory = malloc(capacity) else { fatalError("out of memory") }
        base = memory
    }

    deinit {
        free(base)
    }

    var contents: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count)
    }

    func bytes() -> [UInt8] {
        [UInt8](contents)
    }

    mutating func removeAll() {
        count = 0
    }

    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        memcpy(base + count, start, bytes.count)
        count += bytes.count
    }

    mutating func append(byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Appends the number in decimal, with leading zeros up to `width`.
    mutating func append(_ number: Int, width: Int = 1) {
        precondition(number >= 0 && width <= 20, "numbers here are not negative, got \(number)")
        var digits = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        let length = max(digits, width)
        reserve(length)
        rest = number
        for offset in 1...length {
            base.storeBytes(
                of: UInt8(48 + rest % 10), toByteOffset: count + length - offset, as: UInt8.self)
            rest /= 10
        }
        count += length
    }

    private mutating func reserve(_ extra: Int) {
        guard count + extra > capacity else { return }
        capacity = max(capacity * 2, count + extra)
        guard let moved = realloc(base, capacity) else { fatalError("out of memory") }
        base = moved
    }
}
