import Logging
import Shared

/// Asks every `LISTENER_REFRESH` for what decides which posts come, beside the capture, and tells
/// the capture where that has changed.
struct SelectionWatch: Sendable {
    let planner: StreamPlanner
    let interval: Duration
    let control: CaptureControl
    let logger: Logger

    /// Between attempts while the rules endpoint does not answer: segments have no selection
    /// meanwhile, so it is asked sooner than the interval.
    private static let floor = Duration.seconds(5)

    /// Runs until the task is cancelled.
    func run(from first: StreamPlan) async {
        guard planner.isRefreshed else { return }
        var generator = SystemRandomNumberGenerator()
        let backoff = Backoff(floor: min(Self.floor, interval), ceiling: interval)
        var plan = first
        var failures = 0
        // An owner's first sync, and rules that were not read at the start, do not wait.
        var delay =
            planner.configuration.ownsRules || first.facts.selection == nil ? .zero : interval
        while true {
            do {
                try await Task.sleep(for: delay)
                adopt(try await planner.next(), after: &plan)
                failures = 0
                delay = interval
            } catch {
                guard !Task.isCancelled else { return }
                failures += 1
                let mayPass = (error as? any OperatorError)?.disposition == .retry
                delay =
                    mayPass && planner.configuration.source == .filtered
                    ? backoff.delay(attempt: failures, using: &generator) : interval
                adopt(planner.unanswered(plan), after: &plan)
                logger.warning(
                    "\(error): what was asked for stays in force: next attempt in \(delay.readable)"
                )
            }
        }
    }

    private func adopt(_ next: StreamPlan, after plan: inout StreamPlan) {
        guard let change = plan.change(to: next) else { return }
        plan = next
        if change.endpoint != nil {
            logger.info("\(SelectionChange.cause): connecting again")
        } else {
            let state = next.facts.selection == nil ? "are not known" : "changed"
            logger.info("rules: \(state): a segment begins that says so")
        }
        control.change(change)
    }
}
