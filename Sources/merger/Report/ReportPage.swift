import Shared

/// `merger report`: what a coverage document says, as one page that needs nothing beside itself.
///
/// The same document gives the same bytes; `docs/REPORT.md` says what the page promises.
struct ReportPage {
    let report: CoverageReport

    var commands: ReportCommands { ReportCommands(report: report) }
    var spanMilliseconds: Int64 {
        report.span.to.milliseconds - report.span.from.milliseconds
    }
    /// Tweets that at least one zone saw.
    var tweets: Int { report.sets.reduce(0) { $0 + $1.tweets } }

    struct Section {
        var id: String
        var title: String
        var content: [HTML]

        init(_ id: String, _ title: String, @HTMLBuilder _ content: () -> [HTML]) {
            self.id = id
            self.title = title
            self.content = content()
        }

        var html: HTML {
            HTML("section", ["aria-labelledby": id]) {
                HTML("h2", ["id": id]) { title }
                content
            }
        }
    }

    private var sections: [Section] {
        [
            timeline, rate, sets, zones, missed, versions, ledger, gaps, provenance, citation,
            words,
        ]
    }

    var html: [UInt8] {
        let sections = sections
        return HTML("html", ["lang": "en"]) {
            head
            HTML("body") {
                ReportStyle.patterns
                HTML("header") {
                    HTML("p", ["class": "kind"]) { "Coverage report" }
                    HTML("h1") {
                        "Stream " + HTML.shortened(report.stream, to: ReportLimits.nameCharacters)
                    }
                    HTML("p", ["class": "span"]) { spanInWords }
                }
                HTML("main") {
                    headline.html
                    HTML("nav", ["aria-label": "Sections"]) {
                        HTML("ul") {
                            for section in sections {
                                HTML("li") {
                                    HTML("a", ["href": "#\(section.id)"]) { section.title }
                                }
                            }
                        }
                    }
                    sections.map(\.html)
                }
                HTML("footer") {
                    HTML("p") {
                        "Made by \(report.software) of the inputs with the SHA-256 "
                        HTML.code(report.inputs.sha256.hex)
                    }
                }
            }
        }.page
    }

    private var head: HTML {
        HTML("head") {
            HTML("meta", ["charset": "utf-8"])
            HTML(
                "meta",
                ["http-equiv": "Content-Security-Policy", "content": ReportStyle.policy])
            HTML(
                "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
            HTML("meta", ["name": "color-scheme", "content": "light dark"])
            HTML("title") {
                "Coverage of stream \(HTML.shortened(report.stream, to: ReportLimits.nameCharacters)), "
                    + "\(Figures.minute(report.span.from)) to \(Figures.minute(report.span.to)) UTC"
            }
            HTML("style") { HTML.literal(ReportStyle.sheet) }
        }
    }

    private var spanInWords: [HTML] {
        [
            HTML("time", ["datetime": "\(report.span.from)"]) { Figures.minute(report.span.from) },
            .text(" to "),
            HTML("time", ["datetime": "\(report.span.to)"]) { Figures.minute(report.span.to) },
            .text(" UTC, \(Figures.duration(spanMilliseconds))"),
        ]
    }
}
