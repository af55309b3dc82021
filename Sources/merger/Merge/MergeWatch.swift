import Logging
import Shared

/// Runs again and again, with a pause behind each run, until its task is cancelled.
struct MergeWatch: Sendable {
    let interval: Duration
    let logger: Logger
    let round: @Sendable () async throws -> Void

    /// - Throws: what only a person can mend; anything else is tried again in the next round.
    func run() async throws {
        while true {
            do {
                try await round()
            } catch {
                try Task.checkCancellation()
                guard !Self.needsPerson(error) else { throw error }
                logger.error("\(error): trying again in \(interval)")
            }
            try await Task.sleep(for: interval)
        }
    }

    static func needsPerson(_ error: any Error) -> Bool {
        guard let error = error as? any OperatorError else { return false }
        return switch error.disposition {
        case .retry: false
        case .giveUp: error.exitCode == .configuration
        case .halt: true
        }
    }
}
