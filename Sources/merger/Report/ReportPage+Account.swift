import Shared

extension ReportPage {
    var versions: Section {
        Section("versions", "Which tweets came in several versions, and which were deleted?") {
            ReportTable(
                name: "versions", caption: "Versions and deletions",
                columns: [.words("what"), .number("tweets"), .sentence("which")],
                rows: [
                    [
                        [.text("in more than one version")], [.count(report.divergentTweets)],
                        [.code(commands.query("--divergent"))],
                    ],
                    [
                        [.text("deleted by a notice")], [.count(report.deletedTweets)],
                        [.code(commands.query("--deleted"))],
                    ],
                ]
            ).html
            HTML("p") {
                "Of several versions the canonical stream holds the one that ranks first; all are "
                "kept in the segments. Deleted tweets are counted above as seen, and are left out of "
                "the canonical stream where the dataset honours deletions."
            }
        }
    }

    var ledger: Section {
        let ledger = report.ledger
        let parts = [
            ("canonical", ledger.canonical, "in the canonical stream, each tweet once"),
            ("duplicates", ledger.duplicates, "further copies of a tweet"),
            ("notices", ledger.notices, "lines of the stream that are not tweets"),
            ("quarantined", ledger.quarantined, "not understood, and kept"),
            ("deleted", ledger.deleted, "left out because of a deletion"),
        ]
        return Section("ledger", "What became of every line?") {
            ReportTable(
                name: "ledger", caption: "Lines of all segments",
                columns: [
                    .words("became"), .number("lines"), .number("of all"),
                    .sentence("what it means"),
                ],
                rows: parts.map { name, lines, meaning in
                    [
                        [.text(name)], [.count(lines)], [.share(lines, of: ledger.lines)],
                        [.text(meaning)],
                    ]
                },
                sum: [
                    [.text("read")], [.count(ledger.lines)],
                    [.share(ledger.lines, of: ledger.lines)],
                    [
                        .text(
                            ledger.isBalanced
                                ? "equal to the sum: no line is lost"
                                : "not equal to the sum: run merger verify")
                    ],
                ]
            ).html
        }
    }

    var provenance: Section {
        Section("provenance", "Where do these figures come from?") {
            HTML("dl", ["class": "provenance"]) {
                entry("Program", [.text(report.software)])
                entry("Stream", [.foreign(report.stream)])
                entry(
                    "Span", [.moment(report.span.from), .text(" to "), .moment(report.span.to)])
                entry("Zones", [.text(zoneNames)])
                entry(
                    "Inputs",
                    [
                        .text(Figures.count(report.inputs.manifests, "manifest") + ", "),
                        .text(
                            Figures.count(report.inputs.indexes, "hourly index", "hourly indexes")),
                    ])
                if report.inputs.notMerged > 0 {
                    entry(
                        "Not merged", [.text(Figures.count(report.inputs.notMerged, "segment"))])
                }
                if !report.inputs.problems.isEmpty { entry("Left out", leftOut) }
                entry("SHA-256 of the inputs", [.code(report.inputs.sha256.hex)])
                entry("All figures", [.code(commands.coverage)])
            }
            HTML("p") {
                "Nothing on this page depends on when it was made: the same inputs give the same "
                "page, byte for byte."
            }
        }
    }

    private var zoneNames: String {
        report.zones.isEmpty ? "none" : report.zones.map(\.zone.name).joined(separator: ", ")
    }

    private func entry(_ name: String, _ value: [HTML]) -> HTML {
        HTML("div") {
            HTML("dt") { name }
            HTML("dd") { value }
        }
    }
}
