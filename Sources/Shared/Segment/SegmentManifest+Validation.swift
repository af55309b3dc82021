extension SegmentManifest {
    package var name: SegmentName {
        SegmentName(start: received.first, instance: instance, sequence: sequence)
    }

    package func encoded() -> [UInt8] { JSONDocument.encode(self) }

    /// Reads a manifest that lies under `key` of a store, or in the spool under a name of its own.
    ///
    /// - Throws: `invalidManifest` for one that is not JSON, has another format, or contradicts
    ///   itself.
    package static func decode(
        _ bytes: some Collection<UInt8>, from subject: String
    ) throws(SegmentError) -> SegmentManifest {
        let manifest: SegmentManifest
        do {
            manifest = try JSONDocument.decode(SegmentManifest.self, from: bytes)
        } catch {
            let reason = (error as? DecodingError)?.summary ?? "\(error)"
            throw SegmentError(.invalidManifest, "manifest \(subject): \(reason)")
        }
        if let contradiction = manifest.contradiction {
            throw SegmentError(.invalidManifest, "manifest \(subject): \(contradiction)")
        }
        return manifest
    }

    /// The first thing in which the manifest disagrees with itself.
    package var contradiction: String? {
        if format != Self.currentFormat { return "has format \(format), not \(Self.currentFormat)" }
        if !(0...SegmentName.sequenceMax).contains(sequence) { return "sequence \(sequence)" }
        if received.last < received.first { return "was received before it began" }
        return countContradiction ?? arrivalContradiction ?? memberContradiction
    }

    /// All the time that ids can tell: an adopted segment lasts as long as its ids are apart.
    private static let arrivalMillisecondsMax = Int64.max >> TweetID.bitsBelowTime
    /// What S3 takes as one object, in bytes.
    private static let objectBytesMax = 5 << 40
    /// Lines of a segment are numbered in 32 bits.
    private static let linesMax = Int(Int32.max)
    /// Of anything else that is counted, so that sums over a store fit.
    private static let countMax = 1 << 40

    private var countContradiction: String? {
        let counts =
            [lines, records, notices, unreadable] + hours.flatMap { [$0.records, $0.notices] }
            + [
                overlong?.lines, overlong?.bytes, lineFeeds, salvage?.records, salvage?.bytesLost,
            ].map { $0 ?? 0 }
        if counts.contains(where: { $0 < 0 }) { return "has a negative count" }
        if lines != Self.sum([records, notices, unreadable]) {
            return "\(lines) lines are not \(records) records + \(notices) notices + "
                + "\(unreadable) unreadable"
        }
        if Self.sum(hours.map(\.records)) != records { return "its hours hold other records" }
        if Self.sum(hours.map(\.notices)) != notices { return "its hours hold other notices" }
        if zip(hours, hours.dropFirst()).contains(where: { $0.hour >= $1.hour }) {
            return "its hours do not ascend"
        }
        if (ids == nil) != (records == 0) {
            return "has records and no ids, or no records and some"
        }
        if let ids, ids.max < ids.min { return "its ids do not ascend" }
        if (object == nil) != (lines == 0) { return "has lines and no object, or no lines and one" }
        if counts.contains(where: { $0 > Self.countMax }) || lines > Self.linesMax {
            return "has a count that cannot be"
        }
        return nil
    }

    private var arrivalContradiction: String? {
        var soFar = 0
        for arrival in arrivals {
            guard arrival.milliseconds >= 0, arrival.lines > soFar, arrival.lines <= lines else {
                return "its arrivals do not ascend to its lines"
            }
            guard arrival.milliseconds <= Self.arrivalMillisecondsMax else {
                return "has an arrival that cannot be"
            }
            soFar = arrival.lines
        }
        return nil
    }

    private var memberContradiction: String? {
        if let object, object.key != StoreLayout.segment(name, of: zone).path {
            return "its object has another name: \(object.key)"
        }
        var offset = 0
        for member in members {
            guard member.offset == offset, member.bytes > 0, member.raw >= 0, member.lines >= 0,
                let end = Self.sum([offset, member.bytes])
            else { return "its members do not follow one another at \(offset)" }
            offset = end
        }
        if offset > Self.objectBytesMax { return "its object is larger than any" }
        if offset != object?.bytes ?? 0 { return "its members do not cover the object" }
        if Self.sum(members.map(\.raw)) != raw.bytes { return "its members hold other bytes" }
        if Self.sum(members.map(\.lines)) != lines { return "its members hold other lines" }
        guard members.compactMap(\.minID).min() == ids?.min,
            members.compactMap(\.maxID).max() == ids?.max
        else { return "its members hold other ids" }
        // Each line has an LF at least.
        if members.contains(where: { $0.lines > $0.raw }) {
            return "a member holds more lines than bytes"
        }
        return nil
    }

    /// Nil where the sum does not fit, since a manifest may say anything.
    private static func sum(_ counts: [Int]) -> Int? {
        counts.reduce(0) { sum, count in
            guard let (total, overflow) = sum?.addingReportingOverflow(count), !overflow else {
                return nil
            }
            return total
        }
    }
}

extension SegmentManifest {
    /// How much later than its reception an id may say it was made.
    package static let plausibleHoursAhead: Int64 = 24

    /// A clock that is off by more is not used to correct anything.
    package static let clockOffsetMax = Duration.seconds(12 * 3600)

    /// The last partition that a record of this segment may belong to.
    ///
    /// - Parameter latestIDTime: the dataset's bound, for content whose reception nobody saw.
    package func lastPlausiblePartition(latestIDTime: Timestamp) -> Partition {
        Self.lastPlausiblePartition(
            received: received.last, clock: clock, latestIDTime: latestIDTime)
    }

    package static func lastPlausiblePartition(
        received: Timestamp, clock: ClockFacts, latestIDTime: Timestamp
    ) -> Partition {
        if clock.basis == .content { return Partition(containing: latestIDTime) }
        let bound = clockOffsetMax.wholeMilliseconds
        let offset = min(max(clock.offsetMs, -bound), bound)
        let corrected = Timestamp(milliseconds: received.milliseconds + offset)
        let hours = Partition(containing: corrected).hoursSince1970 + plausibleHoursAhead
        return Partition(hoursSince1970: hours)
    }

    /// The partitions that must look at this segment: those of its lines, its home, and those of
    /// which it says that nothing is missing any more, whether it has lines of them or not.
    package var partitions: [Partition] {
        Set(hours.map(\.hour) + [name.homePartition] + (recovered?.partitions ?? [])).sorted()
    }

    /// X re-streams the last 24 hours (docs.x.com, "Recovery and redundancy"). Whoever claims far more
    /// could have every hour of an archive written anew.
    private static let recoveryMax = Duration.seconds(31 * 86_400)

    /// The post time of which a re-stream, which ends its listener, brought all. Nil where it was cut
    /// off, and where it says what no re-stream can have brought.
    package var recovered: ReceivedSpan? {
        let recovery = connections.first { $0.kind == .recovery && $0.cause == Cause.recovered }
        guard let span = recovery?.covers, span.first < span.last,
            span.first.duration(to: span.last) <= Self.recoveryMax,
            Partition(containing: span.last) <= lastPlausiblePartition(latestIDTime: received.last)
        else { return nil }
        return span
    }
}

extension SegmentManifest.ReceivedSpan {
    /// That it has a part in.
    fileprivate var partitions: [Partition] {
        let end = Partition(containing: last.advanced(by: .milliseconds(-1))).hoursSince1970
        return (Partition(containing: first).hoursSince1970...end).map {
            Partition(hoursSince1970: $0)
        }
    }
}

extension SegmentManifest {
    package var reference: SegmentReference { SegmentReference(zone: zone, name: name) }

    /// When a line was received, to a sync interval, by the listener's own clock.
    ///
    /// - Parameter line: counted from 1.
    package func arrivalTime(ofLine line: Int) -> Timestamp {
        var low = 0
        var high = arrivals.count
        while low < high {
            let middle = (low + high) / 2
            if arrivals[middle].lines < line { low = middle + 1 } else { high = middle }
        }
        guard low < arrivals.count else { return received.last }
        return received.first.advanced(by: .milliseconds(arrivals[low].milliseconds))
    }
}
