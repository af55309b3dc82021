import Shared
import TestSupport
import Testing

@testable import merger

struct AbsenceEvidenceTests {
    private func evidence(
        second: Int64 = 10, _ states: [CoverageReport.State] = []
    ) throws -> AbsenceEvidence {
        let id = try #require(TweetID(SmallWorld.id(second)))
        var evidence = AbsenceEvidence(id: id, now: SmallWorld.time(3600))
        evidence.archiveStart = SmallWorld.time(0)
        evidence.archiveEnd = SmallWorld.time(9999)
        evidence.states = states.enumerated().map { number, state in
            Absence.ZoneState(
                zone: SampleStream.zone("z\(number)"),
                stretch: CoverageReport.Stretch(
                    from: SmallWorld.time(0), to: SmallWorld.time(60), state: state, cause: nil,
                    filledBy: nil))
        }
        return evidence
    }

    @Test(
        arguments: [
            ([.covered, .gap], Absence.Reason.undelivered), ([.gap, .recovered], .undelivered),
            ([.gap, .gap], .unconnected), ([.gap, .unknown], .unknown), ([], .unknown),
            ([.unknown, .covered], .undelivered),
        ] as [([CoverageReport.State], Absence.Reason)])
    func `what the zones were decides where nothing else is known`(
        states: [CoverageReport.State], reason: Absence.Reason
    ) throws {
        #expect(try evidence(states).absence.reason == reason)
    }

    @Test func `an id outside of the archive is told from one in a gap`() throws {
        #expect(try evidence(second: -1, [.gap]).absence.reason == .outside)
        var late = try evidence(second: 100, [.unknown])
        #expect(late.absence.reason == .unknown)
        late.archiveEnd = SmallWorld.time(100)
        #expect(late.absence.reason == .outside)
        late.archiveEnd = SmallWorld.time(101)
        #expect(late.absence.reason == .unknown)
        late.archiveStart = nil
        #expect(late.absence.because == "the archive is empty")
    }

    @Test(arguments: [CoverageReport.State.recovered, .covered])
    func `what a zone had comes before where segments begin and end`(
        state: CoverageReport.State
    ) throws {
        #expect(try evidence(second: -1, [state]).absence.reason == .undelivered)
        #expect(try evidence(second: -1, [.gap, state]).absence.reason == .undelivered)
        var late = try evidence(second: 100, [state])
        late.archiveEnd = SmallWorld.time(100)
        #expect(late.absence.reason == .undelivered)
        late.states = []
        #expect(late.absence.reason == .outside)
    }

    @Test func `an id of the future or of no time is implausible`() throws {
        #expect(try evidence(second: 3600 + 61, [.covered]).absence.reason == .implausible)
        #expect(try evidence(second: 3600 + 59, [.covered]).absence.reason == .undelivered)
        var old = try evidence([.covered])
        old.id = try #require(TweetID(20))
        #expect(old.absence.reason == .implausible)
        #expect(old.absence.created == nil)
        // The epoch is 2010-11-04T01:42:54.657Z, and the next hour begins 17 min 5.343 s later.
        old.id = try #require(TweetID(1_025_343 << 22))
        #expect(old.absence.created != nil)
        old.states = []
        #expect(old.absence.reason == .outside)
    }

    @Test func `what is known for certain comes before what follows from times`() throws {
        var found = try evidence(second: 9000, [.covered])
        found.unmerged = [SmallWorld.segment("a", [SmallWorld.post(1)]).reference]
        #expect(found.absence.reason == .unmerged)
        found.quarantine = [
            Absence.QuarantinedLine(segment: "s", line: 3, reason: "two different ids")
        ]
        #expect(found.absence.reason == .quarantined)
        #expect(found.absence.because == "a line that holds it was quarantined: two different ids")
    }
}
