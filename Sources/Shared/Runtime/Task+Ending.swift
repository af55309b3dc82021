extension Task {
    /// How the task ended, or nil where `other` returned before.
    ///
    /// Unlike a task group this does not wait for the later of the two, which may never end.
    package func result(
        unless other: @escaping @Sendable () async -> Void
    ) async -> Result<Success, Failure>? {
        let (endings, ending) = AsyncStream<Result<Success, Failure>>.makeStream()
        Task<Void, Never> { ending.yield(await result) }
        let otherTask = Task<Void, Never> {
            await other()
            ending.finish()
        }
        defer { otherTask.cancel() }
        for await result in endings { return result }
        return nil
    }

    /// How the task ended, or nil where it has not after `limit`.
    package func result(within limit: Duration) async -> Result<Success, Failure>? {
        await result(unless: { try? await Task<Never, Never>.sleep(for: limit) })
    }
}
