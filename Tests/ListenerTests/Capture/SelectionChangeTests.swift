import Shared
import TestSupport
import Testing

@testable import listener

/// What a change of the selection does to a capture: which segment says what, and who connects.
struct SelectionChangeTests {
    private static let first = SegmentManifest.SourceFacts(kind: "x-filtered", selection: "aa")
    private static let second = SegmentManifest.SourceFacts(kind: "x-filtered", selection: "bb")

    private func line(_ id: Int) -> String { #"{"id":\#(id),"text":"t"}"# }

    private func endpoint(_ follow: Int64) throws -> StreamEndpoint {
        let credential = OAuth1Credential(
            consumerKey: "k", consumerSecret: Secret("s"), accessToken: "t",
            accessTokenSecret: Secret("u"))
        return try .legacy(credential: credential, follow: [follow])
    }

    private func run(
        _ steps: (CaptureControl) -> [ScriptedSource.Step],
        _ check: ([SegmentManifest], ScriptedSource) throws -> Void
    ) throws {
        try TemporaryDirectory.withFast { directory in
            let spool = try Spool(directory.path)
            let control = CaptureControl()
            var manifests: [SegmentManifest] = []
            let sink = try SegmentSink(
                SegmentSink.Configuration(
                    stream: "default", zone: SampleStream.zone("a"), source: Self.first,
                    rotation: RotationPolicy(
                        segmentBytesMax: 64 << 20, segmentAge: .seconds(100_000 * 86_400)),
                    syncInterval: .seconds(1), limits: SampleStream.limits),
                spool: spool
            ) { manifests.append($0) }
            let source = ScriptedSource(steps(control))
            try Capture(
                source: source, terminator: .crlf, lineBytesMax: 1 << 20, sink: sink,
                control: control, remark: { _ in }
            ).run()
            try check(manifests, source)
            try SegmentCheck.verify(manifests.map { spool.files(of: $0.name).manifest })
        }
    }

    @Test func `other rules rotate the segment, and the connection goes on under its id`() throws {
        let steps: (CaptureControl) -> [ScriptedSource.Step] = { control in
            [
                .connected(), .bytes("\(line(1))\r\n{\"id\""),
                .call { control.change(SelectionChange(facts: Self.second)) },
                .bytes(":2}\r\n"), .disconnected("a cable"),
            ]
        }
        try run(steps) { manifests, source in
            #expect(manifests.map(\.source.selection) == ["aa", "bb"])
            #expect(manifests.map(\.lines) == [1, 1])
            let pieces = manifests.flatMap(\.connections)
            #expect(pieces.count == 2)
            #expect(Set(pieces.map(\.id)).count == 1)
            #expect(pieces.map(\.cause) == [nil, "a cable"])
            #expect(source.replacements.isEmpty)
        }
    }

    @Test func `a selection that did not change makes no segment`() throws {
        try run({ control in
            [.connected(), .call { control.change(SelectionChange(facts: Self.first)) }, .idle]
        }) { manifests, _ in #expect(manifests.count == 1) }
    }

    @Test func `a selection that is not known any more is absent in the next segment`() throws {
        let unknown = SegmentManifest.SourceFacts(kind: "x-filtered")
        try run({ control in
            [.connected(), .call { control.change(SelectionChange(facts: unknown)) }, .idle]
        }) { manifests, _ in
            #expect(manifests.map(\.source.selection) == ["aa", nil])
        }
    }

    @Test func `another follow list ends the connection in the segment that it belongs to`() throws
    {
        let endpoint = try endpoint(5)
        let steps: (CaptureControl) -> [ScriptedSource.Step] = { control in
            [
                .connected(), .bytes("\(line(1))\r\n"),
                .call { control.change(SelectionChange(facts: Self.second, endpoint: endpoint)) },
                .connected(), .bytes("\(line(2))\r\n"), .disconnected("a cable"),
            ]
        }
        try run(steps) { manifests, source in
            #expect(source.replacements.map(\.selection) == [endpoint.selection])
            #expect(manifests.map(\.source.selection) == ["aa", "bb"])
            #expect(manifests.map(\.lines) == [1, 1])
            #expect(
                manifests.map { $0.connections.map(\.cause) }
                    == [["the follow list changed"], ["a cable"]])
            #expect(Set(manifests.flatMap(\.connections).map(\.id)).count == 2)
        }
    }

    @Test func `of two changes at once the last facts and the last request count`() throws {
        let control = CaptureControl()
        let endpoint = try endpoint(7)
        control.change(SelectionChange(facts: Self.first, endpoint: endpoint))
        control.change(SelectionChange(facts: Self.second))
        let change = try #require(control.takeChange())
        #expect(change.facts == Self.second)
        #expect(change.endpoint?.selection == endpoint.selection)
        #expect(control.takeChange() == nil)
    }
}
