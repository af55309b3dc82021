import ArgumentParser
import Glibc
import Logging
import Shared
import UnixSignals

/// Lets work end at its next safe point when SIGINT or SIGTERM asks for it.
///
/// There is no unsafe point: a run that is ended anywhere is gone on with by the next. A safe one only
/// leaves no local files behind.
enum Interruption {
    /// How long the next safe point may be away: below what service managers wait before SIGKILL.
    private static let patience = Duration.seconds(5)

    private enum Ending<Value: Sendable>: Sendable {
        case done(Value)
        case signal
    }

    /// - Parameter exitCode: of a process that has to be ended because `body` does not end.
    /// - Returns: what `body` does; nil where a signal came first.
    static func allow<Value: Sendable>(
        _ logger: Logger, exitCode: Shared.ExitCode,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Ending<Value>.self) { group in
            group.addTask { .done(try await body()) }
            group.addTask {
                for await signal in signals {
                    logger.info("\(signal): ending at the next safe point")
                    break
                }
                return .signal
            }
            defer { group.cancelAll() }
            guard case .done(let value)? = try await group.next() else {
                endWithoutPatience(exitCode)
                group.cancelAll()
                _ = try? await group.next()
                return nil
            }
            return value
        }
    }

    /// As ``allow(_:exitCode:_:)``, where half of what `body` makes is of no use.
    static func allow<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let logger = Logger(label: MergerProgram.name)
        guard let value = try await allow(logger, exitCode: .interrupted, body) else {
            throw ArgumentParser.ExitCode(Shared.ExitCode.interrupted.rawValue)
        }
        return value
    }

    private static func endWithoutPatience(_ exitCode: Shared.ExitCode) {
        Task.detached {
            try await Task.sleep(for: patience)
            _exit(exitCode.rawValue)
        }
    }
}
