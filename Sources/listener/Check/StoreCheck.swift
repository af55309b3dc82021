import Shared

/// Tries what a zone does to its store, under `check/` alone, and removes what it wrote.
struct StoreCheck {
    let store: any ObjectStore
    let zone: Zone
    let stream: String
    let idPointer: JSONPointer?
    /// False where the settings do without conditional writes.
    let isConditional: Bool

    private static let content = Array("tributary: written by listener check\n".utf8)
    private static let other = Array("tributary: must be refused\n".utf8)

    func run() async -> [CheckReport.Finding] {
        let key = StoreLayout.check(zone, .random())
        var findings = await put(key)
        if findings.contains(where: { $0.name == "store: put" && $0.outcome == .ok }) {
            findings.append(await read(key))
            findings.append(await delete(key))
        }
        findings.append(await dataset())
        findings.append(await peers())
        return findings
    }

    /// This zone's own beacon is the running listener's to write.
    private func peers() async -> CheckReport.Finding {
        let name = "beacons"
        do throws(ObjectStoreError) {
            let (beacons, problem) = try await BeaconStore(store: store).others(than: zone)
            if let problem {
                return .warning(
                    name, "\(store.name): \(problem)",
                    fix: "look who writes there; that zone replaces it every minute while it runs")
            }
            let seen = beacons.map { "\($0.zone) at \($0.at)" }.joined(separator: ", ")
            return .ok(name, seen.isEmpty ? "no other zone has one" : "last of \(seen)")
        } catch {
            return failure(name, error)
        }
    }

    private func put(_ key: ObjectKey) async -> [CheckReport.Finding] {
        do throws(ObjectStoreError) {
            _ = try await store.put(
                .bytes(Self.content), at: key, if: isConditional ? .absent : .always)
        } catch {
            guard error.code == .unsupported else { return [failure("store: put", error)] }
            return await putWithoutCondition(key)
        }
        let put = CheckReport.Finding.ok("store: put", "\(store.name): \(key) was written")
        return [put, isConditional ? await secondPut(key) : Self.doneWithout]
    }

    /// A store that says that it cannot: the rest may work all the same.
    private func putWithoutCondition(_ key: ObjectKey) async -> [CheckReport.Finding] {
        do throws(ObjectStoreError) {
            _ = try await store.put(.bytes(Self.content), at: key, if: .always)
        } catch {
            return [lacksConditions, failure("store: put", error)]
        }
        return [.ok("store: put", "\(store.name): \(key) was written"), lacksConditions]
    }

    private func secondPut(_ key: ObjectKey) async -> CheckReport.Finding {
        do throws(ObjectStoreError) {
            _ = try await store.put(.bytes(Self.other), at: key, if: .absent)
            // A store that ignores the condition has just been told to write over it.
            _ = try? await store.put(.bytes(Self.content), at: key, if: .always)
            return lacksConditions
        } catch {
            switch error.code {
            case .preconditionFailed:
                return .ok(Self.conditional, "a second write of one key was refused")
            case .unsupported:
                return lacksConditions
            default:
                return failure(Self.conditional, error)
            }
        }
    }

    private static let conditional = "store: conditional put"

    private static let doneWithout = CheckReport.Finding.warning(
        conditional,
        "TRIBUTARY_CONDITIONAL_WRITES is false: two writers of one key may overwrite "
            + "each other",
        fix: "leave it so only for a store that cannot do better")

    private var lacksConditions: CheckReport.Finding {
        .failed(
            Self.conditional, "\(store.name): does not carry out If-None-Match: *",
            fix: "set TRIBUTARY_CONDITIONAL_WRITES=false in listener and merger to go on without: "
                + "two writers of one key may then overwrite each other, and only one merger may "
                + "work on an hour at a time")
    }

    private func read(_ key: ObjectKey) async -> CheckReport.Finding {
        do throws(ObjectStoreError) {
            let content = try await store.get(key)
            guard content.bytes == Self.content else {
                return .failed(
                    "store: get", "\(store.name): \(key) came back as other bytes",
                    fix: "do not use this store: it changes what it is given")
            }
            return .ok("store: get", "\(key) came back as it was written")
        } catch {
            return failure("store: get", error)
        }
    }

    private func delete(_ key: ObjectKey) async -> CheckReport.Finding {
        do throws(ObjectStoreError) {
            try await store.delete(key)
            return .ok("store: delete", "\(key) is gone again")
        } catch {
            return failure("store: delete", error)
        }
    }

    private func dataset() async -> CheckReport.Finding {
        do {
            guard let dataset = try await Dataset.read(from: store) else {
                return .ok("dataset", "\(store.name): has none yet; the first start makes it")
            }
            try dataset.require(stream: stream, in: store)
            try dataset.require(idPointer: idPointer, in: store)
            return .ok("dataset", "\(store.name): holds the stream \"\(dataset.stream)\"")
        } catch {
            return .failed("dataset", "\(error)")
        }
    }

    private func failure(_ name: String, _ error: ObjectStoreError) -> CheckReport.Finding {
        let fix =
            switch error.code {
            case .unavailable, .throttled: "check the address in LISTENER_STORE and the network"
            case .accessDenied: "check AWS_ACCESS_KEY_ID and the like, and the zone's policy"
            case .localFile: "check that the directory can be written"
            default: "check LISTENER_STORE"
            }
        return .failed(name, "\(error)", fix: fix)
    }
}
