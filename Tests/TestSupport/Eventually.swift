/// Waits for what another thread or process is about to do.
///
/// - Throws: ``NeverHappened`` after a minute, which is far beyond any machine's bad moment.
package func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverHappened() }
        try await Task.sleep(for: .milliseconds(5))
    }
}

package struct NeverHappened: Error {}
