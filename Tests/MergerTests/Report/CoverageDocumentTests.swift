import Shared
import TestSupport
import Testing

@testable import merger

struct CoverageDocumentTests {
    private func read(_ bytes: [UInt8]) throws -> CoverageReport {
        try TemporaryDirectory.withFast { folder in
            try folder.write(bytes, to: "coverage.json")
            return try CoverageDocument.read(folder.file("coverage.json"))
        }
    }

    private func refusal(_ change: (inout CoverageReport) throws -> Void) throws -> String {
        var report = try ReportSite("a", "b").report()
        #expect(throws: Never.self) { try read(JSONDocument.encode(report)) }
        try change(&report)
        let error = #expect(throws: ConfigurationError.self) {
            try read(JSONDocument.encode(report))
        }
        return error?.message ?? ""
    }

    @Test func `what coverage writes is read as it was`() throws {
        let bytes = JSONDocument.encode(try ReportSite("a", "b", "c").report())
        #expect(JSONDocument.encode(try read(bytes)) == bytes)
    }

    @Test func `another format is refused`() throws {
        let message = try refusal { $0.format = 2 }
        #expect(message.hasSuffix("format 2 is not 1: make it again"), "\(message)")
    }

    @Test func `an empty span is refused`() throws {
        #expect(try refusal { $0.span.to = $0.span.from }.contains("span"))
    }

    @Test func `stretches with a hole, out of order or beyond the span are refused`() throws {
        let late = ReportSite.at(milliseconds: 1)
        #expect(try refusal { $0.zones[0].stretches[0].from = late }.contains("zones: a"))
        #expect(try refusal { $0.union.stretches[0].to = late }.contains("union"))
        #expect(try refusal { $0.zones[1].stretches = [] }.contains("zones: b"))
    }

    @Test(arguments: [-1, Int.max])
    func `a number of tweets that cannot be is refused`(count: Int) throws {
        #expect(try refusal { $0.sets[0].tweets = count }.contains("\(count) is no count"))
        #expect(try refusal { $0.zones[0].lacks = count }.contains("\(count) is no count"))
        #expect(try refusal { $0.hours[0].tweets = count }.contains("\(count) is no count"))
        #expect(try refusal { $0.ledger.lines = count }.contains("\(count) is no count"))
        #expect(try refusal { $0.inputs.notMerged = count }.contains("\(count) is no count"))
    }

    @Test(arguments: [-1, Int64.max])
    func `a time that is no part of the span is refused`(time: Int64) throws {
        #expect(try refusal { $0.zones[1].coveredMs = time }.contains("zones: b: \(time) ms"))
        #expect(try refusal { $0.zones[0].recoveredMs = time }.contains("\(time) ms"))
        #expect(try refusal { $0.union.gapMs = time }.contains("union: \(time) ms"))
        #expect(try refusal { $0.union.msByZoneCount[0] = time }.contains("\(time) ms"))
    }

    @Test func `gaps out of order are refused`() throws {
        let gaps = [5, 3].map { minute in
            CoverageReport.Gap(
                startTime: ReportSite.at(milliseconds: minute * 60_000),
                endTime: ReportSite.at(milliseconds: minute * 60_000 + 1), milliseconds: 1,
                isUnknown: false, causes: [:])
        }
        #expect(try refusal { $0.union.gaps = gaps }.contains("out of order"))
    }

    @Test func `a zone that is there twice is refused`() throws {
        #expect(try refusal { $0.zones[1] = $0.zones[0] }.contains("twice"))
    }

    @Test(arguments: ["", "{}", "[1]", "{\"format\":1}", "\0"])
    func `what is no such document is refused by name`(text: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try read(Array(text.utf8)) }
        #expect(error?.message.contains("coverage.json: is not a document of") == true)
    }
}
