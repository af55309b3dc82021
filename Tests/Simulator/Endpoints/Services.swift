import Foundation

/// What all connections share.
struct Services: Sendable {
    let zones: [String]
    let settings: ServerSettings
    let log: EmissionLog
    let board: FaultBoard
    let ledger: ConnectionLedger
    let oauth: OAuthVerifier
    let rules: RuleBook
    /// Whom every account follows, as of now.
    let friends: Monitor<FriendList>
    let budget: ConnectBudget

    init(zones: [String], settings: ServerSettings, faults: [Fault]) {
        self.zones = zones
        self.settings = settings
        log = EmissionLog(
            secondsKept: settings.backfillZones.isEmpty
                ? 0 : Double(StreamParameters.backfillMinutesMax) * settings.minuteSeconds)
        board = FaultBoard(faults)
        ledger = ConnectionLedger(zones: zones)
        budget = ConnectBudget(
            limit: settings.connectsPerWindow, windowSeconds: settings.rateLimitWindowSeconds)
        rules = RuleBook(rulesMax: settings.rulesMax, lengthMax: settings.ruleLengthMax)
        friends = Monitor(settings.friends)
        oauth = OAuthVerifier(zones: zones)
    }

    /// The time as the simulated servers have it.
    var now: Date { Date(timeIntervalSinceNow: settings.clockOffsetSeconds) }

    var status: Status { Status(services: self) }
}
