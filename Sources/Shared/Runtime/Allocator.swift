private import CPosix

/// Where `malloc` of glibc takes memory from.
package enum Allocator {
    /// What glibc begins with (mallopt(3)).
    private static let mappedBytesMin: Int32 = 128 << 10

    /// From now on memory of 128 KiB and more is mapped by itself, and the kernel's again once freed.
    ///
    /// Left alone, glibc raises that bound to the largest block that it saw freed. Larger blocks then
    /// lie in the heaps of all threads, where those that stay keep what was freed between them from the
    /// kernel: a process that works for hours would take up twice what it holds.
    package static func mapLargeBlocks() {
        cposix_map_blocks(mappedBytesMin)
    }
}
