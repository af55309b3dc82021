import Dispatch
import Glibc
import Testing

@testable import Shared

struct BlockingCallTests {
    /// What the kernel calls the thread, which no other is called soon after.
    private static func thread() -> [UInt8] {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { name in
            guard let start = name.baseAddress else { return [] }
            return Array(name.prefix(max(0, readlink("/proc/thread-self", start, name.count))))
        }
    }

    @Test func `calls one after the other share threads`() async {
        var threads: Set<[UInt8]> = []
        for _ in 0..<500 {
            threads.insert(await BlockingCall.run { Self.thread() })
        }
        // Other tests make calls meanwhile.
        #expect((1...50).contains(threads.count))
        #expect(!threads.contains([]))
    }

    @Test func `a call that hangs holds up no other`() async {
        let release = DispatchSemaphore(value: 0)
        let hung = (0..<20).map { number in
            Task {
                await BlockingCall.run {
                    release.wait()
                    return number
                }
            }
        }
        for number in 0..<100 {
            #expect(await BlockingCall.run { number } == number)
        }
        for _ in hung { release.signal() }
        var ended: [Int] = []
        for task in hung { ended.append(await task.value) }
        #expect(ended == Array(0..<20))
    }
}
