import Shared
import Synchronization
import TestSupport
import Testing

@testable import merger

struct MergeWatchTests {
    /// Runs until a round throws for good, and counts rounds.
    private func rounds(
        _ errors: [any Error]
    ) async -> (count: Int, error: (any Error)?) {
        let count = Mutex(0)
        let watch = MergeWatch(interval: .milliseconds(1), logger: MergeSite.quiet) {
            let number = count.withLock { count in
                count += 1
                return count - 1
            }
            throw number < errors.count ? errors[number] : CancellationError()
        }
        let task = Task { try await watch.run() }
        let error: (any Error)?
        if errors.contains(where: MergeWatch.needsPerson) {
            error = await Result.catching { try await task.value }.failure
        } else {
            while count.withLock({ $0 }) <= errors.count { await Task.yield() }
            task.cancel()
            error = await Result.catching { try await task.value }.failure
        }
        return (count.withLock { $0 }, error)
    }

    @Test(arguments: [ObjectStoreError.Code.unavailable, .throttled, .accessDenied, .conflict])
    func `a failure of the store is tried again in the next round`(
        code: ObjectStoreError.Code
    ) async {
        let (count, error) = await rounds([
            ObjectStoreError(code, "x"), ObjectStoreError(code, "y"),
        ])
        #expect(count >= 3)
        #expect(error is CancellationError)
    }

    @Test func `a run that is cancelled reports no problem and leaves no hour half done`()
        async throws
    {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([SmallWorld.segment("a", [SmallWorld.post(10)]).stored()])
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await site.run()
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await site.partitions().isEmpty)
            #expect(try await site.run().partitionsWritten == 1)
        }
    }

    @Test func `what only a person can mend ends it`() async {
        for failure: any Error in [
            ObjectStoreError(.invalidRequest, "no such bucket"), ConfigurationError("x"),
            SegmentError(.invalidDataset, "x"),
        ] {
            let (count, error) = await rounds([ObjectStoreError(.unavailable, "x"), failure])
            #expect(count == 2)
            #expect(error is any OperatorError)
        }
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
