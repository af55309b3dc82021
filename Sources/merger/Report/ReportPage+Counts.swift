import Shared

extension ReportPage {
    var rate: Section {
        Section("rate-section", "How many tweets a minute?") {
            RateChart(report: report, axis: TimeAxis(report.span)).html
        }
    }

    var sets: Section {
        Section("sets", "Which zones saw the same tweets?") {
            if report.sets.isEmpty {
                HTML("p") { "No zone saw a tweet." }
            } else {
                ZoneSetChart(report, commands).html
            }
        }
    }

    var zones: Section {
        Section("zones", "What did each zone see, and what does it lack?") {
            HTML("p") {
                "A tweet counts as undelivered where a zone was connected when another one saw it, "
                "and yet did not get it: loss in delivery, not an outage."
            }
            ReportTable(
                name: "zone-tweets", caption: "Tweets by zone",
                columns: [
                    .words("zone"), .number("tweets"), .number("of all"), .number("lacks"),
                    .number("only here"), .number("exposed"), .number("undelivered"),
                    .number("of exposed"),
                ],
                rows: report.zones.map { zone in
                    [
                        [.text(zone.zone.name)], [.count(zone.tweets)],
                        [.share(zone.tweets, of: tweets)], [.count(zone.lacks)],
                        [.count(zone.onlyHere)], [.count(zone.exposed)],
                        [.count(zone.undelivered)], [.share(zone.undelivered, of: zone.exposed)],
                    ]
                },
                sum: [
                    [.text("all zones")], [.count(tweets)], [.share(tweets, of: tweets)],
                    [.count(0)], [], [], [], [],
                ]
            ).html
            ReportTable(
                name: "zone-time", caption: "Time by zone",
                columns: [
                    .words("zone"), .number("covered"), .number("recovered"), .number("gap"),
                    .number("unknown"), .number("covered or recovered"),
                ],
                rows: report.zones.map { zone in
                    time(
                        zone.zone.name, zone.coveredMs, zone.recoveredMs, zone.gapMs,
                        zone.unknownMs)
                },
                sum: time(
                    "all zones", report.union.coveredMs, report.union.recoveredMs,
                    report.union.gapMs, report.union.unknownMs)
            ).html
        }
    }

    private func time(
        _ name: String, _ covered: Int64, _ recovered: Int64, _ gap: Int64, _ unknown: Int64
    ) -> [[HTML]] {
        [
            [.text(name)], [.duration(covered)], [.duration(recovered)], [.duration(gap)],
            [.duration(unknown)], [.share(covered + recovered, of: spanMilliseconds)],
        ]
    }
}
