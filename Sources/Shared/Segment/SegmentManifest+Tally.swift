extension SegmentManifest {
    /// The manifest of a segment whose lines were counted and whose journal was read.
    init(
        header: SegmentHeader, tally: consuming SegmentTally, summary: JournalSummary,
        raw: RawFacts, object: (bytes: Int, digest: ContentDigest)?, end: Timestamp,
        latestIDTime: Timestamp, salvage: SalvageFacts?
    ) {
        let bound = Self.lastPlausiblePartition(
            received: end, clock: summary.clock, latestIDTime: latestIDTime)
        let counts = tally.finish(lastPlausible: bound)
        let key = StoreLayout.segment(header.name, of: header.zone).path
        self.init(
            stream: header.stream, zone: header.zone, instance: header.name.instance,
            sequence: header.name.sequence, software: header.software,
            object: object.map { ObjectFacts(key: key, bytes: $0.bytes, sha256: $0.digest) },
            raw: raw, lines: counts.lines, records: counts.records, notices: counts.notices,
            unreadable: counts.unreadable, overlong: summary.overlong,
            lineFeeds: summary.lastSync?.lineFeeds, ids: counts.ids,
            hours: counts.hours,
            received: ReceivedSpan(first: header.name.start, last: end), clock: summary.clock,
            arrivals: summary.arrivals, connections: summary.connections,
            members: counts.members, salvage: salvage, source: header.source)
    }
}
