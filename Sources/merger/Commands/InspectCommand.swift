import ArgumentParser
import Shared

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say what a gzip NDJSON file holds and where it is damaged.",
        discussion: """
            Reads any local file: a segment, an open segment of a spool, a canonical object, or a \
            foreign file. Of one that is torn or corrupt, counts what inflates, says the places of \
            the rest, and exits 12.

            Examples:
              merger inspect --json tweets.log.gz | jq .damages
              merger inspect 20261122T180000.000Z-0123456789abcdef-00000000.ndjson.gz
            """)

    @Argument(help: "A local file.")
    var file: String

    @Option(help: "Where the id of a line stands, such as /post/id. Not given: where X has it.")
    var idPointer: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    private struct Findings: Encodable {
        var file: String
        var members = 0
        var raw = 0
        var lines = 0
        var emptyLines = 0
        var records = 0
        var notices: [String: Int] = [:]
        var unreadable: [String: Int] = [:]
        var overlong = 0
        var first: TweetID?
        var last: TweetID?
        /// Lines of members that are not whole, part of `lines`.
        var linesSaved = 0
        /// Of which nothing can be had.
        var damages: [GzipDamage] = []

        mutating func add(_ line: ScannedLine) {
            lines += 1
            switch line {
            case .record(let id, _):
                records += 1
                first = first.map { min($0, id) } ?? id
                last = last.map { max($0, id) } ?? id
            case .notice(let kind, _): notices[kind.rawValue, default: 0] += 1
            case .unreadable(let reason): unreadable[reason.rawValue, default: 0] += 1
            }
        }
    }

    func run() async throws {
        let limits = DatasetLimits(created: .now)
        let scanner = RecordScanner(
            idPointer: try JSONPointer(option: "--id-pointer", idPointer))
        var findings = Findings(file: file)
        var lines = try GzipLines(file, lineBytesMax: limits.lineBytes)
        try lines.forEach { line, overlongBytes in
            if overlongBytes == nil {
                findings.add(scanner.scan(line))
            } else {
                findings.overlong += 1
            }
        }
        findings.members = lines.members
        findings.raw = lines.rawBytes
        findings.emptyLines = lines.emptyLines
        findings.linesSaved = lines.linesSaved
        findings.damages = lines.damages
        if json { Output.json(findings) } else { print(findings) }
        if !findings.damages.isEmpty {
            throw ArgumentParser.ExitCode(Shared.ExitCode.dataMissing.rawValue)
        }
    }

    private func print(_ findings: Findings) {
        var rows = [
            ["members", "\(findings.members)"], ["raw bytes", "\(findings.raw)"],
            ["lines", "\(findings.lines)"], ["records", "\(findings.records)"],
        ]
        rows += findings.notices.sorted { $0.key < $1.key }.map {
            ["notice: \($0.key)", "\($0.value)"]
        }
        rows += findings.unreadable.sorted { $0.key < $1.key }
            .map { ["unreadable: \($0.key)", "\($0.value)"] }
        if findings.overlong > 0 { rows.append(["overlong", "\(findings.overlong)"]) }
        if findings.emptyLines > 0 { rows.append(["empty lines", "\(findings.emptyLines)"]) }
        if let first = findings.first, let last = findings.last {
            rows.append(["first id", "\(first) \(first.creationTime)"])
            rows.append(["last id", "\(last) \(last.creationTime)"])
        }
        if !findings.damages.isEmpty {
            rows.append(["lines of torn members", "\(findings.linesSaved)"])
        }
        Output.table(rows)
        for damage in findings.damages { Output.line("\(damage)") }
    }
}
