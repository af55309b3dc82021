import ArgumentParser
import Glibc
import Logging
import Shared

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Capture the stream and ship it until SIGTERM.",
        discussion: """
            SIGHUP seals the open segment now. SIGTERM seals it, ships what it can, and leaves the \
            rest in the spool for the next start.

            Every setting is also read from the environment and from the file given with --config, \
            under its name there: --zone is LISTENER_ZONE. Secrets are read from there only.

            Examples:
              listener run --config /etc/tributary/listener.conf
              some-program | listener run --source stdin --zone a --store file:///srv/posts \
            --spool /tmp/spool
            """)

    @OptionGroup var options: ListenerOptions

    func run() async throws {
        let configuration = try options.resolve(environment: Environment.current)
        let client = configuration.makeClient()
        let logger = Logger(label: ListenerProgram.name)
        let memory =
            configuration.outputFile.map { StreamMemory(beside: $0) }
            ?? StreamMemory(in: configuration.spool)
        let planner = StreamPlanner(
            configuration: configuration, client: client, logger: logger, memory: memory)
        if let path = configuration.outputFile {
            try await OutputFileListener(
                path: path, configuration: configuration, planner: planner, logger: logger
            ).run()
            return
        }
        let zone = try await Self.zone(configuration, client)
        let store = try openObjectStore(
            configuration.storeURL ?? "", environment: configuration.settings.environment)
        logger.info(
            "zone \(zone): source \(configuration.source.rawValue), store \(store.name), spool \(configuration.spool)"
        )
        try await Listener(
            configuration: configuration, zone: zone, store: store, planner: planner, logger: logger
        ).run()
    }

    static func zone(
        _ configuration: ListenerConfiguration, _ client: HTTPClient
    ) async throws -> Zone {
        if let zone = configuration.zone { return zone }
        let id = try? await availabilityZoneID(environment: configuration.settings.environment)
        guard let zone = id.flatMap({ Zone($0) }) else {
            throw ConfigurationError(
                "LISTENER_ZONE is not set, and there is no instance metadata to take it from")
        }
        return zone
    }
}
