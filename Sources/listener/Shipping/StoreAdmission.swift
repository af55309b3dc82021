import Logging
import Shared
import Synchronization

/// Keeps segments back until the store has said that it holds their stream: one that did not answer
/// at the start may be another's.
final class StoreAdmission: Sendable {
    private enum State {
        case asked
        case given
        case refused(SegmentError)
    }

    private let state: Mutex<State>
    private let ask: @Sendable () async throws -> Void
    private let whenRefused: @Sendable () -> Void

    /// How often ``wait()`` looks.
    private static let waitInterval = Duration.seconds(1)

    /// - Parameters:
    ///   - isGiven: the store has answered already.
    ///   - ask: throws a `SegmentError` where the store holds another stream, and something else
    ///     where it does not answer.
    ///   - whenRefused: called once.
    init(
        isGiven: Bool, whenRefused: @escaping @Sendable () -> Void,
        ask: @escaping @Sendable () async throws -> Void
    ) {
        state = Mutex(isGiven ? .given : .asked)
        self.whenRefused = whenRefused
        self.ask = ask
    }

    var isGiven: Bool {
        guard case .given = state.withLock({ $0 }) else { return false }
        return true
    }

    /// Why nothing may ever be shipped there.
    var refusal: SegmentError? {
        guard case .refused(let error) = state.withLock({ $0 }) else { return nil }
        return error
    }

    /// Asks the store unless it has answered.
    ///
    /// - Throws: where it did not answer, or has refused before.
    func require() async throws {
        if isGiven { return }
        if let refusal { throw refusal }
        do {
            try await ask()
            state.withLock { $0 = .given }
        } catch let error as SegmentError {
            state.withLock { $0 = .refused(error) }
            whenRefused()
            throw error
        }
    }

    /// Returns when it is given, or the task was cancelled.
    func wait() async {
        while !isGiven {
            guard (try? await Task.sleep(for: Self.waitInterval)) != nil else { return }
        }
    }
}
