import Synchronization
import TestSupport
import Testing

@testable import merger

@Suite(.timeLimit(.minutes(5)))
struct MergePaceTests {
    private let seed = Seed()
    private static let partitions = 20

    private final class Log: Sendable {
        struct Entries {
            var merging = 0
            var mergingMost = 0
            var written: [Int] = []
        }

        let entries = Mutex(Entries())
    }

    @Test func `one partition is merged at a time, and all are written in their order`()
        async throws
    {
        let pace = MergePace()
        let log = Log()
        var generator = seed.generator
        let order = (0..<Self.partitions).shuffled(using: &generator)
        await withTaskGroup(of: Void.self) { group in
            for number in order {
                group.addTask {
                    let turn = MergeTurn(pace, number: number)
                    // Twice, as where somebody else wrote meanwhile.
                    for _ in 0..<2 {
                        await turn.beginMerging()
                        log.entries.withLock {
                            $0.merging += 1
                            $0.mergingMost = max($0.mergingMost, $0.merging)
                        }
                        await Task.yield()
                        log.entries.withLock { $0.merging -= 1 }
                        await turn.endMerging()
                        await turn.awaitWriting()
                    }
                    log.entries.withLock { $0.written.append(number) }
                    await turn.end()
                }
            }
        }
        let entries = log.entries.withLock { $0 }
        #expect(entries.mergingMost == 1)
        #expect(entries.written == Array(0..<Self.partitions), "\(seed)")
    }

    @Test func `a partition that is not written keeps no other from it`() async throws {
        let pace = MergePace()
        await MergeTurn(pace, number: 1).end()
        await MergeTurn(pace, number: 0).end()
        await MergeTurn(pace, number: 2).awaitWriting()
    }
}
