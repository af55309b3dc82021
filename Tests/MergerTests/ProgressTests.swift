import Shared
import Testing

@testable import merger

struct ProgressTests {
    private let hours = (0..<4).map { Partition(hoursSince1970: 494_000 + $0) }

    private func state() -> Progress.State {
        Progress.State(
            partitions: 4,
            bytesLeft: Dictionary(uniqueKeysWithValues: hours.map { ($0, 100 << 20) }))
    }

    @Test func `time left follows from the share of the bytes that is done`() {
        var state = state()
        #expect(
            state.text(after: .seconds(10))
                == "0/4 hours, 0 segments, 0 B of 400 MiB merged, 0 B fetched, 0 B/s")
        state.partitionsDone = 1
        state.segments = 12
        state.bytesLeft[hours[0]] = nil
        state.bytesDone = 100 << 20
        state.bytesFetched = 200 << 20
        #expect(
            state.text(after: .seconds(10))
                == "1/4 hours, 12 segments, 100 MiB of 400 MiB merged, 200 MiB fetched, 10 MiB/s, "
                + "30 s left")
    }

    @Test func `the part of an hour that is merged counts, and the hour is named`() {
        var state = state()
        state.partition = hours[1]
        state.share = 0.5
        #expect(
            state.text(after: .seconds(1))
                == "0/4 hours, 0 segments, 50 MiB of 400 MiB merged, 0 B fetched, 50 MiB/s, "
                + "7 s left, at \(hours[1]) (50 %)")
    }

    @Test func `an hour of which less is read shortens the time left`() {
        var state = state()
        state.bytesDone = 100 << 20
        state.bytesLeft = [hours[1]: 10 << 20]
        #expect(state.text(after: .seconds(10)).contains("100 MiB of 110 MiB merged"))
        #expect(state.text(after: .seconds(10)).hasSuffix(", 1 s left"))
    }
}
