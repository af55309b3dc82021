import Foundation
import Shared
import TestSupport
import Testing

@testable import merger

/// Runs of the program itself that end by SIGKILL.
struct CrashPointTests {
    /// Beside the tests' own executable.
    private let program: String = {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/merger"
    }()

    private let first = SmallWorld.segment("b", [SmallWorld.post(10), SmallWorld.post(20)])
    private let second = SmallWorld.segment(
        "a", instance: "2", [SmallWorld.post(20), .delete(SmallWorld.id(10))])

    private func run(
        _ site: MergeSite, crashAt point: CrashPoint?, _ command: [String] = ["run", "--full"]
    ) -> Bool {
        let crash = point.map { ["\(CrashPoint.variable)=\($0.rawValue)"] } ?? []
        return Shell.succeeds(
            ["env"] + crash + [program] + command + [
                "--store", site.store.name, "--cache", site.directory.file("cache"),
            ])
    }

    private func outcome(_ body: (MergeSite) async throws -> Void) async throws -> MergeOutcome {
        try await MergeSite.with(SmallWorld.dataset) { site in
            try await body(site)
            return try await site.outcome()
        }
    }

    @Test(arguments: CrashPoint.ofRun, [false, true])
    func `a run that is killed at any point is mended by the next`(
        point: CrashPoint, hasBase: Bool
    ) async throws {
        let expected = try await outcome { site in
            try site.add([first.stored(), second.stored()])
            try await site.run()
        }
        let found = try await outcome { site in
            try site.add([first.stored()])
            if hasBase { try await site.run() }
            let before = try? site.bytes(of: StoreLayout.canonical(SmallWorld.hour))
            try site.add([second.stored()])
            #expect(!run(site, crashAt: point))
            // Evidence that it died where it should.
            let index = try? site.index(of: SmallWorld.hour).segments().count
            let after = try? site.bytes(of: StoreLayout.canonical(SmallWorld.hour))
            #expect(index == (point == .filesBuilt ? (hasBase ? 1 : nil) : 2))
            #expect((after == before) == (point != .canonicalPut))
            #expect(run(site, crashAt: nil))
            let leftovers = try site.directory.folder("cache").names()
            #expect(!leftovers.contains { $0.hasPrefix("scratch-") })
        }
        #expect(found.difference(from: expected) == nil)
    }

    @Test(arguments: CrashPoint.ofExpiry)
    func `an expiry that is killed at any point loses nothing and is ended by the next`(
        point: CrashPoint
    ) async throws {
        let expire = ["expire", "--older-than", "1h"]
        // Of two hours, so that there is a state in which one of them is marked.
        let third = SmallWorld.segment("c", instance: "3", [SmallWorld.post(-10)])
        try await MergeSite.with(SmallWorld.dataset) { site in
            try site.add([first.stored(), third.stored()])
            try await site.run()
            #expect(!run(site, crashAt: point, expire))
            let marked = try await site.partitions().flatMap {
                try site.index(of: $0).segments().filter(\.isExpired)
            }.count
            let gone = [first, third].filter { !site.has($0.reference.key) }.count
            let wanted: [CrashPoint: [Int]] = [
                .expiryProved: [0, 0], .hourMarked: [1, 0], .expiryMarked: [3, 0],
                .segmentDeleted: [3, 1],
            ]
            #expect([marked, gone] == wanted[point])
            // No run takes anything for lost, and what comes late is merged.
            try site.add([second.stored()])
            #expect(run(site, crashAt: nil))
            #expect(run(site, crashAt: nil, expire))
            #expect(try await site.audit().isEmpty)
            let outcome = try await site.outcome()
            let expected = try await self.outcome { site in
                try site.add([first.stored(), third.stored(), second.stored()])
                try await site.run()
            }
            #expect(outcome.expiring(expected).difference(from: expected) == nil)
            for segment in [first, second, third] { #expect(!site.has(segment.reference.key)) }
        }
    }
}
