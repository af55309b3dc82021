/// How often a zone may still ask for a stream in the present window.
final class ConnectBudget: Sendable {
    struct Allowance: Sendable {
        var isGranted: Bool
        var remaining: Int
        /// When the window ends, in seconds since 1970.
        var resetAt: Int
    }

    private struct Window: Sendable {
        var endsAt: Int
        var used = 0
    }

    let limit: Int
    private let isEnforced: Bool
    private let windowSeconds: Int
    private let windows = Monitor<[String: Window]>([:])

    /// - Parameter limit: 0 says what X says, 50, and refuses nobody.
    init(limit: Int, windowSeconds: Int) {
        isEnforced = limit > 0
        self.limit = isEnforced ? limit : 50
        self.windowSeconds = windowSeconds
    }

    /// Takes one request from the zone's window.
    func take(zone: String, nowSeconds: Int) -> Allowance {
        windows.change { windows in
            var window = windows[zone] ?? Window(endsAt: 0)
            if window.endsAt <= nowSeconds {
                window = Window(endsAt: nowSeconds + windowSeconds)
            }
            window.used += 1
            windows[zone] = window
            return Allowance(
                isGranted: !isEnforced || window.used <= limit,
                remaining: max(0, limit - window.used), resetAt: window.endsAt)
        }
    }
}
