/// XXH64 with seed 0: a 64-bit hash by which copies of one tweet are compared.
///
/// Not made to withstand somebody who seeks collisions; `docs/decisions` says why that is enough.
/// The algorithm is that of the xxHash specification, and tests compare it with the reference
/// implementation.
package enum RecordDigest {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    private static let stripeBytes = 32

    package static func of(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        guard let base = bytes.baseAddress else { return Int64(bitPattern: avalanche(prime5)) }
        var offset = 0
        var hash = prime5
        if bytes.count >= stripeBytes {
            hash = stripes(base, count: bytes.count, offset: &offset)
        }
        hash &+= UInt64(bytes.count)
        return Int64(bitPattern: avalanche(tail(hash, base, count: bytes.count, offset: offset)))
    }

    private static func stripes(
        _ base: UnsafeRawPointer, count: Int, offset: inout Int
    ) -> UInt64 {
        var lane1 = prime1 &+ prime2
        var lane2 = prime2
        var lane3: UInt64 = 0
        var lane4 = 0 &- prime1
        while offset + stripeBytes <= count {
            lane1 = round(lane1, word(base, offset))
            lane2 = round(lane2, word(base, offset + 8))
            lane3 = round(lane3, word(base, offset + 16))
            lane4 = round(lane4, word(base, offset + 24))
            offset += stripeBytes
        }
        var hash =
            rotate(lane1, 1) &+ rotate(lane2, 7) &+ rotate(lane3, 12) &+ rotate(lane4, 18)
        for lane in [lane1, lane2, lane3, lane4] {
            hash = (hash ^ round(0, lane)) &* prime1 &+ prime4
        }
        return hash
    }

    private static func tail(
        _ start: UInt64, _ base: UnsafeRawPointer, count: Int, offset: Int
    ) -> UInt64 {
        var hash = start
        var offset = offset
        while offset + 8 <= count {
            hash = rotate(hash ^ round(0, word(base, offset)), 27) &* prime1 &+ prime4
            offset += 8
        }
        if offset + 4 <= count {
            let half = UInt32(
                littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            hash = rotate(hash ^ (UInt64(half) &* prime1), 23) &* prime2 &+ prime3
            offset += 4
        }
        while offset < count {
            let byte = base.load(fromByteOffset: offset, as: UInt8.self)
            hash = rotate(hash ^ (UInt64(byte) &* prime5), 11) &* prime1
            offset += 1
        }
        return hash
    }

    private static func avalanche(_ value: UInt64) -> UInt64 {
        var hash = value
        hash = (hash ^ (hash >> 33)) &* prime2
        hash = (hash ^ (hash >> 29)) &* prime3
        return hash ^ (hash >> 32)
    }

    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* prime2, 31) &* prime1
    }

    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        value << bits | value >> (64 - bits)
    }

    private static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
