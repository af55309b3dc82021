package import Shared

/// What has to be known of one hour once a set of segments is merged, by a model of the rules that
/// shares nothing with the merger: dictionaries, and one pass over all lines.
///
/// Rows are texts with names in place of numbers, which are private to a file.
package struct WorldAnswer: Equatable, Sendable {
    /// The canonical stream of the hour.
    package var raw: [UInt8]
    /// The rows of each table, sorted.
    package var tables: [String: [String]]
    package var canonicalIDs: [Int64]
}

extension Dataset {
    /// Every hour that one of the segments concerns.
    package func answers(of segments: [WorldSegment]) -> [Int64: WorldAnswer] {
        let ranked = segments.sorted { left, right in
            (rank(left.zone), left.name.description) < (rank(right.zone), right.name.description)
        }
        var hours: [Int64: WorldHour] = [:]
        for (number, segment) in ranked.enumerated() {
            for hour in segment.hours {
                hours[hour, default: WorldHour()].add(segment, number: number, hour: hour)
            }
        }
        return hours.reduce(into: [:]) { answers, entry in
            answers[entry.key] = entry.value.answer(self, hour: entry.key) { rank($0) }
        }
    }

    /// Listed zones before all others, which rank by name.
    private func rank(_ zone: Zone) -> String {
        let place = zones.firstIndex(of: zone) ?? 999
        return "\(1000 + place) \(zone.name)"
    }
}

private struct WorldCopy {
    var number: Int
    var line: Int
    var segment: WorldSegment
    var bytes: [UInt8]
    var digest: Int64

    var rank: (Int, Int) { (number, line) }
}

/// One hour while segments are added.
private struct WorldHour {
    private var copies: [Int64: [WorldCopy]] = [:]
    private var deletions: [Int64: [(at: Int64, number: Int, line: Int, key: String)]] = [:]
    private var zones: Set<Zone> = []
    private var tables: [String: [String]] = [:]

    init() {
        for table in [
            "tweet", "divergence", "notice", "deletion", "quarantine", "segment", "connection",
        ] { tables[table] = [] }
    }

    mutating func add(_ segment: WorldSegment, number: Int, hour: Int64) {
        zones.insert(segment.zone)
        var records = 0
        var notices = 0
        var quarantined = 0
        let arrivals = segment.arrivalTimes
        for (index, line) in segment.lines.enumerated() {
            let (place, meaning) = segment.place(line)
            guard place == hour else { continue }
            switch meaning {
            case .record(let id, let body):
                records += 1
                copies[id, default: []].append(
                    WorldCopy(
                        number: number, line: index + 1, segment: segment, bytes: line.bytes,
                        digest: body.withUnsafeBytes { RecordDigest.of($0) }))
            case .notice(let kind, let id):
                notices += 1
                let json = String(decoding: line.bytes, as: UTF8.self)
                let at = arrivals[index]
                row("notice", [segment.key, index + 1, kind, id ?? "null", at, json])
                if kind == "delete", let id {
                    deletions[id, default: []].append((at, number, index + 1, segment.key))
                }
            case .unreadable(let reason):
                quarantined += 1
                let content = String(decoding: line.bytes, as: UTF8.self)
                row("quarantine", [segment.key, index + 1, reason, line.bytes.count, content])
            }
        }
        let stored = segment.lines.isEmpty ? "null" : "present"
        row(
            "segment",
            [
                segment.key, segment.zone, stored, segment.name.start.milliseconds, segment.end,
                records, notices, quarantined,
                segment.lines.count - records - notices - quarantined, "present",
            ])
        guard segment.homeHour == hour else { return }
        for connection in segment.connections {
            row(
                "connection",
                [
                    segment.key, connection.id, connection.from.milliseconds,
                    connection.to.milliseconds, connection.kind.rawValue, "null", "null",
                    connection.cause ?? "null",
                ])
        }
    }

    private mutating func row(_ table: String, _ values: [Any]) {
        tables[table, default: []].append(values.map { "\($0)" }.joined(separator: "|"))
    }

    func answer(_ dataset: Dataset, hour: Int64, rank: (Zone) -> String) -> WorldAnswer {
        var hourly = self
        var raw: [UInt8] = []
        var ids: [Int64] = []
        for (id, copies) in copies.sorted(by: { $0.key < $1.key }) {
            let winner = hourly.addTweet(id, copies, rank)
            if dataset.deletions == .honour, deletions[id] != nil { continue }
            raw += winner.bytes + [UInt8(ascii: "\n")]
            ids.append(id)
        }
        for (id, notices) in deletions {
            guard
                let first = notices.min(by: {
                    ($0.at, $0.number, $0.line) < ($1.at, $1.number, $1.line)
                })
            else { continue }
            hourly.row("deletion", [id, first.at, first.key, first.line])
        }
        hourly.tables["zone"] = zones.map(\.name)
        hourly.row(
            "partition",
            [
                WorldTime.partition(hour), ids.count, raw.count, ContentDigest(of: raw),
                dataset.deletions == .honour ? 1 : 0,
            ])
        return WorldAnswer(
            raw: raw, tables: hourly.tables.mapValues { $0.sorted() }, canonicalIDs: ids)
    }

    private mutating func addTweet(
        _ id: Int64, _ copies: [WorldCopy], _ rank: (Zone) -> String
    ) -> WorldCopy {
        guard let winner = copies.min(by: { $0.rank < $1.rank }) else {
            preconditionFailure("a tweet has a copy")
        }
        row(
            "tweet",
            [id, names(copies, rank), winner.segment.key, winner.line, winner.digest])
        let versions = Dictionary(grouping: copies, by: \.digest)
        guard versions.count > 1 else { return winner }
        for (digest, copies) in versions {
            guard let first = copies.min(by: { $0.rank < $1.rank }) else { continue }
            row(
                "divergence", [id, digest, names(copies, rank), first.segment.key, first.line])
        }
        return winner
    }

    private func names(_ copies: [WorldCopy], _ rank: (Zone) -> String) -> String {
        Set(copies.map(\.segment.zone)).sorted { rank($0) < rank($1) }.map(\.name)
            .joined(separator: " ")
    }
}
