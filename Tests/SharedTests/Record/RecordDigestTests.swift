import Shared
import TestSupport
import Testing

@Suite struct RecordDigestTests {
    @Test func `digests are those of the reference implementation, at every length and alignment`()
        throws
    {
        let fixture = try Shell.text(["cat", Repository.fixture("xxh64.txt")])
        let vectors = fixture.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(vectors.count > 300)
        for vector in vectors {
            let length = try #require(Int(vector[0]))
            let content = (0..<length).map { UInt8(($0 * 167 + length) % 251) }
            for shift in [0, 1, 3, 7] {
                let shifted = [UInt8](repeating: 0xAA, count: shift) + content
                let digest = shifted.withUnsafeBytes {
                    RecordDigest.of(UnsafeRawBufferPointer(rebasing: $0[shift...]))
                }
                #expect(String(digest) == vector[1], "\(length) bytes at \(shift)")
            }
        }
    }

    @Test func `nothing has the digest of no bytes`() {
        // xxhash.xxh64_intdigest(b"") as a signed number.
        #expect(
            RecordDigest.of(UnsafeRawBufferPointer(start: nil, count: 0))
                == Int64(bitPattern: 0xEF46_DB37_51D8_E999))
    }
}
