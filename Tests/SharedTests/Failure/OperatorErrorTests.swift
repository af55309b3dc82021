import Shared
import Testing

@Suite struct OperatorErrorTests {
    @Test func `an error reads subject, what failed, cause`() {
        let cause = GzipError(.corrupt, "gzip: incorrect data check")
        #expect("\(cause)" == "gzip: incorrect data check")
        let error = SegmentError(.falseManifest, "segment x: cannot be inflated", cause: cause)
        #expect("\(error)" == "segment x: cannot be inflated: gzip: incorrect data check")
    }

    @Test func `the exit codes are those that operators were told`() {
        let told: [ExitCode: Int32] = [
            .done: 0, .failed: 1, .quarantined: 3, .thresholdMissed: 4, .storeUnreachable: 10,
            .locked: 11, .dataMissing: 12, .usage: 64, .configuration: 78, .interrupted: 130,
        ]
        #expect(told.count == ExitCode.allCases.count)
        for (code, number) in told { #expect(code.rawValue == number) }
    }

    @Test func `an unreachable store may be tried again and another stream's may not`() {
        #expect(ObjectStoreError(.unavailable, "x").disposition == .retry)
        #expect(ObjectStoreError(.unavailable, "x").exitCode == .storeUnreachable)
        #expect(ObjectStoreError(.preconditionFailed, "x").disposition == .giveUp)
        #expect(SegmentError(.invalidDataset, "x").disposition == .halt)
        #expect(SegmentError(.invalidDataset, "x").exitCode == .configuration)
        #expect(SegmentError(.invalidManifest, "x").disposition == .giveUp)
        #expect(SegmentError(.latched, "x").disposition == .halt)
        #expect(GzipError(.corrupt, "x").exitCode == .dataMissing)
    }
}
