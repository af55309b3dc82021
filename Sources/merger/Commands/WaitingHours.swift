import Shared

/// Says what the daily sweep is left to do.
enum WaitingHours {
    static func print(_ count: Int) {
        guard count > 0 else { return }
        Output.line(
            "\(count) hours get notices alone and wait for the daily sweep: --deletions now")
    }
}
