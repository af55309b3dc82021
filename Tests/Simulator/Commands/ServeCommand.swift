import ArgumentParser
import Foundation
import Glibc

/// Serves the streams of X until it is told to stop.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the streams of X on 127.0.0.1 until SIGTERM or SIGINT.",
        discussion: """
            A fault is written as zone=a,at=3000,until=6000,kind=refuse,status=503. Positions are \
            numbers of posts, counted from 0; zone=* is every zone; until may be +N. Kinds: cut, \
            hangup (both with reset=true), refuse and refuse-api (status=400, 401, 403, 409, 420, \
            429a, 429b, 429c, 500, 502, 503, 504), stall, repeat (count=K), slow, split, disconnect-notice \
            (type=T, then=stay), end, revoke, and at run time clear.
            """)

    @OptionGroup var worldOptions: WorldOptions

    @Option(help: "Port on 127.0.0.1; 0 takes any that is free.")
    var port: UInt16 = 0

    @Option(help: "File that gets the port once connections are accepted.")
    var portFile: String?

    @Option(help: "Names of the zones, parted by commas.")
    var zones = "a,b,c"

    @Option(help: "Begin when so many streams are open; 0 is at once.")
    var waitFor = 0

    @Flag(help: "Begin only on POST /_simulator/release.")
    var hold = false

    @Option(help: "File that gets every post emitted, one a line.")
    var truth: String?

    @Option(help: "File that gets every notice emitted, one a line.")
    var truthNotices: String?

    @Option(help: "File that always holds the present status, as JSON.")
    var statusFile: String?

    @Option(help: "A fault; may be given many times.")
    var fault: [String] = []

    @Option(help: "Seconds of silence before a keep-alive; else 20 for v2 and 30 for v1.1.")
    var keepAlive: Double?

    @Option(help: "Stream connections a zone may have at once.")
    var connections = 1

    @Option(help: "Bytes a reader may be behind before it is cut off.")
    var slowReaderBytes = 268_435_456

    @Option(help: "Zones that have backfill_minutes, parted by commas.")
    var backfill = ""

    @Option(help: "Seconds a minute of backfill_minutes has.")
    var minute = 60.0

    @Option(help: "Seconds the servers' clock, and so their ids, are ahead of ours.")
    var clockOffset = 0.0

    @Flag(help: "Cut the oldest v2 connection instead of refusing one too many.")
    var replaceOldest = false

    @Option(help: "Requests for a stream a zone has in a window; more get 429. 0 is no limit.")
    var connectsPerWindow = 0

    @Option(help: "Seconds a window has, until x-rate-limit-reset.")
    var rateLimitWindow = 900

    @Flag(help: "Refuse the filtered stream with 409 while the zone has no rules.")
    var requireRules = false

    @Option(help: "Rules that an app may have.")
    var rulesMax = 1000

    @Option(help: "Characters that a rule may have.")
    var ruleLength = 1024

    @Option(help: "How many accounts every account follows.")
    var friends = 12

    @Option(help: "How many of these are suspended: missing in their pages.")
    var friendsSuspended = 0

    @Option(help: "How many of them a page holds at most.")
    var friendsPerPage = 5000

    func validate() throws {
        guard waitFor >= 0, connections >= 1, connectsPerWindow >= 0, rateLimitWindow >= 1 else {
            throw ValidationError(
                "--wait-for, --connections, --connects-per-window, --rate-limit-window: too small")
        }
        guard keepAlive.map({ $0 > 0 }) ?? true, minute > 0, slowReaderBytes > 0 else {
            throw ValidationError("--keep-alive, --minute, --slow-reader-bytes: expected above 0")
        }
        guard 0...1_000_000 ~= friends, 0...friends ~= friendsSuspended, friendsPerPage > 0 else {
            throw ValidationError("--friends, --friends-suspended, --friends-per-page: impossible")
        }
    }

    func run() throws {
        // Threads inherit the mask, so that only `sigwait` below sees these signals.
        var stopSignals = sigset_t()
        sigemptyset(&stopSignals)
        sigaddset(&stopSignals, SIGTERM)
        sigaddset(&stopSignals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &stopSignals, nil)

        let names = try zoneNames(zones, option: "--zones")
        let services = Services(
            zones: names, settings: try settings(zones: names), faults: try faults(zones: names))
        let emitter = Emitter(
            world: World(worldOptions.settings), log: services.log,
            startMilliseconds: worldOptions.startMilliseconds, clockOffsetSeconds: clockOffset,
            truth: try truth.map(LineFile.init), noticeTruth: try truthNotices.map(LineFile.init))
        let listening = try ListeningSocket(port: port)
        start { try emitter.run() }
        let status = statusFile.map { StatusFile(path: $0, services: services) }
        if let status {
            start { try status.run() }
        }
        start {
            while true {
                ConnectionThread(
                    router: Router(services: services), descriptor: listening.accept()
                ).start()
            }
        }
        if let portFile {
            try AtomicFile.replace(portFile, with: Array("\(listening.port)\n".utf8))
        }
        if waitFor == 0 && !hold { services.log.release() }

        var received: Int32 = 0
        sigwait(&stopSignals, &received)
        try status?.update()
    }

    private func settings(zones names: [String]) throws -> ServerSettings {
        let backfillZones = backfill.isEmpty ? [] : try zoneNames(backfill, option: "--backfill")
        if let stranger = backfillZones.first(where: { !names.contains($0) }) {
            throw ValidationError("--backfill \(stranger): there is no such zone")
        }
        return ServerSettings(
            shape: worldOptions.world, posts: worldOptions.posts,
            waitFor: hold ? Int.max : waitFor, keepAliveSeconds: keepAlive,
            connectionsPerZone: connections, replacesOldest: replaceOldest,
            slowReaderBytes: slowReaderBytes, backfillZones: backfillZones, minuteSeconds: minute,
            clockOffsetSeconds: clockOffset, connectsPerWindow: connectsPerWindow,
            rateLimitWindowSeconds: rateLimitWindow, requiresRules: requireRules,
            rulesMax: rulesMax, ruleLengthMax: ruleLength,
            friends: FriendList(count: friends, suspendedCount: friendsSuspended),
            friendsPerPage: friendsPerPage)
    }

    private func faults(zones names: [String]) throws -> [Fault] {
        let parser = FaultParser(zones: names, defaultPosition: 0)
        return try fault.flatMap { text in try parser.faults(from: text) }
    }

    /// A thread whose failure ends the program: half a simulation proves nothing.
    private func start(_ body: @escaping @Sendable () throws -> Void) {
        Thread.detachNewThread {
            do {
                try body()
            } catch {
                let message = Array("simulator: \(error)\n".utf8)
                _ = Glibc.write(STDERR_FILENO, message, message.count)
                Glibc.exit(1)
            }
        }
    }
}
