import Shared

/// Tries, in order, everything that a start needs, and goes on after what fails.
struct ListenerCheck {
    let settings: Settings

    func run() async -> CheckReport {
        var report = CheckReport(settings)
        let configuration: ListenerConfiguration
        do {
            configuration = try ListenerConfiguration(settings)
            report.add(.ok("settings", "valid"))
        } catch {
            report.add(.failed("settings", "\(error)"))
            report.add(.skipped("all else", "it depends on the settings"))
            return report
        }
        let spool = SpoolCheck(policy: configuration.room)
        if let path = configuration.outputFile {
            report.add(spool.outputFile(path))
        } else {
            report.add(spool.spool(configuration.spool))
            report.add(await store(configuration))
        }
        report.add(await CredentialCheck(configuration: configuration).run())
        return report
    }

    private func store(_ configuration: ListenerConfiguration) async -> [CheckReport.Finding] {
        let zone: Zone
        var findings: [CheckReport.Finding] = []
        do {
            zone = try await RunCommand.zone(configuration, configuration.makeClient())
            let origin = configuration.zone == nil ? "from the instance metadata" : "as set"
            findings.append(.ok("zone", "\(zone), \(origin)"))
        } catch {
            return [
                .failed("zone", "\(error)", fix: "set LISTENER_ZONE"),
                .skipped("store", "its keys depend on the zone"),
            ]
        }
        do {
            let store = try openObjectStore(
                configuration.storeURL ?? "", environment: settings.environment)
            return findings
                + (await StoreCheck(
                    store: store, zone: zone, stream: configuration.streamName,
                    idPointer: configuration.idPointer,
                    isConditional: configuration.usesConditionalWrites
                ).run())
        } catch {
            return findings + [.failed("store", "\(error)", fix: "correct LISTENER_STORE")]
        }
    }
}
