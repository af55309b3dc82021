import Shared
import TestSupport
import Testing

@Suite struct ContentDigestTests {
    @Test func `a digest is what sha256sum prints, in memory, in pieces and from a file`() throws {
        let seed = Seed()
        var generator = seed.generator
        try TemporaryDirectory.with { directory in
            for count in [0, 1, 63, 64, 65, 1000, 1 << 20, (1 << 20) + 1, 2_500_000] {
                let bytes = generator.bytes(count)
                try directory.write(bytes, to: "x")
                let text = try Shell.text(["sha256sum", directory.file("x")]).prefix(64)
                #expect(ContentDigest(of: bytes).hex == text, "\(seed)")
                let file = try ContentDigest.ofFile(directory.file("x"))
                #expect(file.digest.hex == text, "\(seed)")
                #expect(file.bytes == count)
                var builder = DigestBuilder()
                let cut = generator.below(count + 1)
                for piece in [bytes[..<cut], bytes[cut...]] {
                    piece.withUnsafeBytes { builder.update($0) }
                }
                #expect(builder.digest.hex == text, "\(seed)")
            }
        }
    }

    @Test func `asking for a digest does not end it`() {
        var builder = DigestBuilder()
        #expect(builder.digest == ContentDigest(of: []))
        [UInt8]("abc".utf8).withUnsafeBytes { builder.update($0) }
        // FIPS 180-2, appendix B.1.
        let published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(builder.digest.hex == published)
        #expect(builder.digest.description == published)
        #expect(ContentDigest(hex: published) == builder.digest)
    }

    @Test(arguments: [
        "", "ba", String(repeating: "a", count: 63), String(repeating: "a", count: 65),
        String(repeating: "A", count: 64), String(repeating: "g", count: 64),
        String(repeating: "a", count: 66), String(repeating: "é", count: 32),
    ])
    func `only 64 lower-case hexadecimal digits are a digest`(hex: String) {
        #expect(ContentDigest(hex: hex) == nil)
        let json = JSONDocument.encode([hex])
        #expect(throws: DecodingError.self) {
            try JSONDocument.decode([ContentDigest].self, from: json)
        }
    }

    @Test func `hexadecimal goes both ways for every byte`() throws {
        let all = (0...255).map { UInt8($0) }
        let python = try Shell.text(["python3", "-c", "print(bytes(range(256)).hex())"])
        #expect(all.hex == python)
        #expect([UInt8](hex: python) == all)
        #expect([UInt8](hex: "0") == nil)
        #expect([UInt8](hex: "0g") == nil)
        #expect([UInt8](hex: "g0") == nil)
    }
}
