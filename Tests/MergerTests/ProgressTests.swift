import Shared
import Testing

@testable import merger

struct ProgressTests {
    @Test func `time left follows from the share of the hours that is done`() {
        var state = Progress.State(partitions: 4)
        #expect(state.text(after: .seconds(10)) == "0/4 hours, 0 segments, 0 B, 0 B/s")
        state.partitionsDone = 1
        state.segments = 12
        state.bytes = 100 << 20
        #expect(
            state.text(after: .seconds(10))
                == "1/4 hours, 12 segments, 100 MiB, 10 MiB/s, 30 s left")
    }

    @Test func `the hour that is worked on is named`() {
        let state = Progress.State(partitions: 1, partition: Partition("2026-11-22T18"))
        #expect(state.text(after: .seconds(1)).hasSuffix(", at 2026-11-22T18"))
    }
}
