import Logging
import Shared

/// Publishes this zone's beacon each time that another minute is whole, and reads those of the
/// others then. It waits for the store by itself: neither capture nor shipping waits for it.
struct PeerWatch: Sendable {
    let board: PeerBoard
    let beacons: BeaconStore
    let logger: Logger

    /// How often the clock is looked at: it may be set meanwhile.
    private static let lookInterval = Duration.seconds(1)

    /// Runs until the task is cancelled. A failure is said once, and when it is over.
    func run() async {
        var publishing = Episode("other zones cannot compare themselves with this one")
        var reading = Episode("this zone cannot compare itself with others")
        var turn = board.turn()
        while (try? await Task.sleep(for: Self.lookInterval)) != nil {
            guard turn != board.turn() else { continue }
            turn = board.turn()
            publishing.say(await publish(), to: logger)
            reading.say(await read(), to: logger)
        }
    }

    /// What went wrong.
    private func publish() async -> String? {
        do throws(ObjectStoreError) {
            try await beacons.publish(board.own())
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func read() async -> String? {
        do throws(ObjectStoreError) {
            let (found, problem) = try await beacons.others(than: board.zone)
            board.heard(found)
            return problem.map { "\(beacons.store.name): \($0)" }
        } catch {
            return "\(error)"
        }
    }

    /// One stretch of failures.
    private struct Episode {
        private let consequence: String
        private var isOn = false

        init(_ consequence: String) {
            self.consequence = consequence
        }

        mutating func say(_ problem: String?, to logger: Logger) {
            if Task.isCancelled || isOn == (problem != nil) { return }
            isOn = problem != nil
            if let problem {
                logger.warning("beacons: \(problem): \(consequence)")
            } else {
                logger.info("beacons: again as they should be")
            }
        }
    }
}
