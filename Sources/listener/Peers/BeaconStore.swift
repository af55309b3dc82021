import Shared

/// The beacons in the object store.
struct BeaconStore: Sendable {
    let store: any ObjectStore

    /// Beyond this many zones somebody else writes there.
    static let peersMax = 64
    /// A beacon of ``RecentMinutes.countMax`` minutes has about 4 KiB.
    static let bytesMax = 64 << 10

    /// In place of the zone's last one. No condition: the latest is right, and a zone's own.
    func publish(_ beacon: Beacon) async throws(ObjectStoreError) {
        _ = try await store.put(
            .bytes(JSONDocument.encode(beacon)), at: StoreLayout.beacon(beacon.zone), if: .always)
    }

    /// Those of all zones but this, and what is wrong with the first that cannot be read.
    func others(
        than zone: Zone
    ) async throws(ObjectStoreError) -> (beacons: [Beacon], problem: BeaconError?) {
        let page = try await store.list(StoreLayout.beaconPrefix, after: nil)
        let objects = page.objects.filter { object in
            StoreLayout.parseBeacon(object.key).map { $0 != zone } ?? false
        }
        var beacons: [Beacon] = []
        var problem: BeaconError?
        for object in objects.prefix(Self.peersMax) {
            do throws(BeaconError) {
                if let beacon = try await read(object) { beacons.append(beacon) }
            } catch {
                problem = problem ?? error
            }
        }
        return (beacons, problem)
    }

    /// Nil where it has gone meanwhile.
    private func read(_ object: StoredObject) async throws(BeaconError) -> Beacon? {
        guard (1...Self.bytesMax).contains(object.bytes) else {
            throw BeaconError(object.key, "has \(object.bytes) bytes")
        }
        let content: ObjectContent
        do throws(ObjectStoreError) {
            content = try await store.get(object.key, range: 0..<Self.bytesMax, matching: nil)
        } catch {
            if error.code == .notFound { return nil }
            throw BeaconError(object.key, "\(error)")
        }
        return try Beacon(content.bytes, at: object.key)
    }
}
