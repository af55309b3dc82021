private import CPosix
private import Glibc

/// What this process uses of the machine.
package enum ProcessUsage {
    package static var cpu: Duration { .microseconds(cposix_cpu_microseconds()) }

    /// What the calling thread has had of the processors so far.
    package static var threadCPUNanoseconds: Int { Int(cposix_thread_cpu_nanoseconds()) }

    /// Memory that is resident, in bytes: the second number of `/proc/self/statm` is in pages
    /// (proc(5)). Nil where there is no such file.
    package static var residentBytes: Int? {
        guard let text = try? LocalFile.contents(of: "/proc/self/statm") else { return nil }
        let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(getpagesize())
    }
}
