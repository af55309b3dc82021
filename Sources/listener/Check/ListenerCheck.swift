import Shared

/// Tries, in order, everything that a start needs, and goes on after what fails.
struct ListenerCheck {
    let settings: Settings

    func run() async -> CheckReport {
        var report = CheckReport(settings)
        let (found, problems) = Self.configuration(settings)
        guard let configuration = found else {
            report.add(problems.map { .failed("settings", $0) })
            report.add(.skipped("all else", "it depends on the settings"))
            return report
        }
        report.add(.ok("settings", "valid"))
        let spool = SpoolCheck(policy: configuration.room)
        if let path = configuration.outputFile {
            report.add(spool.outputFile(path))
        } else {
            report.add(spool.spool(configuration.spool))
            report.add(await store(configuration))
        }
        report.add(await CredentialCheck(configuration: configuration).run())
        report.add(await SelectionCheck(configuration: configuration).run())
        return report
    }

    /// Nil with every setting that is wrong: each is left out in turn, to find the next.
    private static func configuration(
        _ settings: Settings
    ) -> (ListenerConfiguration?, problems: [String]) {
        var settings = settings
        var problems: [String] = []
        var wrong: Set<String> = []
        while true {
            do {
                let configuration = try ListenerConfiguration(settings)
                return (problems.isEmpty ? configuration : nil, problems)
            } catch {
                let name = settings.subject(of: "\(error)")
                let isNew = name.map { wrong.insert($0).inserted } ?? true
                if isNew { problems.append("\(error)") }
                // One that must be set and is not stays wrong without it.
                guard isNew, let name else { return (nil, problems) }
                settings = settings.leavingOut(name)
            }
        }
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
