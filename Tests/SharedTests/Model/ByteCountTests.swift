import Shared
import Testing

@Suite struct ByteCountTests {
    @Test(arguments: [
        ("0", 0), ("1", 1), ("512", 512), ("512B", 512), ("1KiB", 1024), ("64MiB", 67_108_864),
        ("3GiB", 3_221_225_472), ("2TiB", 2_199_023_255_552), ("007KiB", 7168),
        ("9223372036854775807", Int.max), ("8388607TiB", 9_223_370_937_343_148_032),
    ])
    func `a whole number and a unit are read`(text: String, bytes: Int) {
        #expect(ByteCount(text)?.bytes == bytes)
    }

    @Test(arguments: [
        "", "MiB", "-1", "+1", "1.5MiB", "64 MiB", "64mib", "64MB", "64M", "64MiBs", "0x10",
        "1_000",
        "9223372036854775808", "8388608TiB", "1EiB", "６４MiB",
    ])
    func `anything else, and what 63 bits do not hold, is refused`(text: String) {
        #expect(ByteCount(text) == nil)
    }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (-1536, "-1.5 KiB"),
        (67_108_864, "64 MiB"), (1_288_490_189, "1.2 GiB"), (5_497_558_138_880, "5 TiB"),
    ])
    func `a count is shown in the largest unit that fits`(bytes: Int, text: String) {
        #expect(ByteCount(bytes: bytes).description == text)
    }

    @Test func `the units are powers of 1024`() {
        #expect(ByteCount.kibibytes(3).bytes == 3 * 1024)
        #expect(ByteCount.mebibytes(3).bytes == 3 * 1024 * 1024)
        #expect(ByteCount.gibibytes(3).bytes == 3 * 1024 * 1024 * 1024)
        #expect(ByteCount.kibibytes(1023) < ByteCount.mebibytes(1))
    }
}
