/// What both programs end with. Part of their interface: documented in `docs/OPERATIONS.md`.
package enum ExitCode: Int32, CaseIterable, Sendable {
    case done = 0
    case failed = 1
    /// Done, with lines quarantined; only where `--strict` asks for it.
    case quarantined = 3
    /// A threshold asked for by `--require` was missed.
    case thresholdMissed = 4
    case storeUnreachable = 10
    case locked = 11
    /// Corrupt or missing data that must not be overwritten.
    case dataMissing = 12
    case usage = 64
    case configuration = 78
    case interrupted = 130
}
