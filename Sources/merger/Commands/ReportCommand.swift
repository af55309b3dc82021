import ArgumentParser
import Shared

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write one page about what the zones saw, what they lack, and how sure that is.",
        discussion: """
            The page is one file that needs no network and no script: docs/REPORT.md. The same \
            document gives the same page, byte for byte.

            Example:
              merger coverage --json >coverage.json && merger report --coverage coverage.json --html report.html
            """)

    @Option(
        help: "Take the figures from a document of merger coverage --json; - is standard input.")
    var coverage: String

    @Option(help: "The file to write; one that is there is replaced. - is standard output.")
    var html: String

    func run() async throws {
        let page = ReportPage(report: try CoverageDocument.read(coverage)).html
        if html == "-" { return Output.write(page) }
        let temporary = "\(html).new"
        try LocalFile.replace(temporary).write(page)
        try LocalDirectory.rename(temporary, to: html)
        Output.line("\(html): \(ByteCount(bytes: page.count))")
    }
}
