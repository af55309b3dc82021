import Shared
import TestSupport
import Testing

@testable import listener

struct BeaconStoreTests {
    private static func with(
        _ body: (BeaconStore, DirectoryObjectStore) async throws -> Void
    ) async throws {
        try await TemporaryDirectory.with { directory in
            let store = DirectoryObjectStore(root: directory.path)
            try await body(BeaconStore(store: store), store)
        }
    }

    private static let own = SampleStream.zone("a")

    @Test func `the others' latest beacons are read, and not one's own`() async throws {
        try await Self.with { beacons, _ in
            let second = PeerComparisonTests.beacon("b", [2])
            for beacon in [
                PeerComparisonTests.beacon("a", [9]), PeerComparisonTests.beacon("b", [1]), second,
                PeerComparisonTests.beacon("c.d", [3]),
            ] {
                try await beacons.publish(beacon)
            }
            let found = try await beacons.others(than: Self.own)
            #expect(found.beacons.map(\.zone.name) == ["b", "c.d"])
            #expect(found.beacons.first == second)
            #expect(found.problem == nil)
        }
    }

    @Test func `without any there is nothing, and nothing is wrong`() async throws {
        try await Self.with { beacons, _ in
            let found = try await beacons.others(than: Self.own)
            #expect(found.beacons.isEmpty)
            #expect(found.problem == nil)
        }
    }

    @Test func `one that is none does not hide the others`() async throws {
        try await Self.with { beacons, store in
            for (path, text) in [
                ("beacons/zone=b.json", "no beacon"), ("beacons/zone=d.json", "neither"),
                ("beacons/zone=e.json", ""), ("beacons/README", "not ours"),
                ("beacons/zone=x/y.json", "not ours"),
            ] {
                _ = try await store.put(
                    .bytes(Array(text.utf8)), at: #require(ObjectKey(path)), if: .always)
            }
            try await beacons.publish(PeerComparisonTests.beacon("c", [3]))
            let found = try await beacons.others(than: Self.own)
            #expect(found.beacons.map(\.zone.name) == ["c"])
            #expect(found.problem?.description.hasPrefix("beacons/zone=b.json: ") == true)
        }
    }
}
