import Shared

/// What the bytes of a segment say of themselves.
struct SegmentReading {
    private let reference: SegmentReference
    private let tally: SegmentTally
    private let raw: SegmentManifest.RawFacts
    private let object: SegmentManifest.ObjectFacts

    /// Reads a local copy.
    ///
    /// - Returns: nil where it is not a sequence of whole members of whole lines within the limits,
    ///   so that no manifest can speak of it.
    static func read(
        _ path: String, of reference: SegmentReference, _ digest: ContentDigest,
        _ dataset: Dataset
    ) throws -> SegmentReading? {
        let file = try LocalFile.read(path)
        let size = try file.bytes
        let limits = dataset.limits
        let reader = MemberReader(file, rawBytesMax: limits.memberBytes)
        let scanner = dataset.scanner
        var tally = SegmentTally(home: reference.name.homePartition)
        var raw = DigestBuilder()
        var rawBytes = 0
        var offset = 0
        while offset < size {
            let member = try reader.read(at: offset)
            guard let end = member.end else { return nil }
            var longest = 0
            let whole = member.raw.withUnsafeBytes { bytes in
                raw.update(bytes)
                return RawLines.forEach(in: bytes) { line, _ in
                    longest = max(longest, line.count)
                    tally.count(scanner.scan(line))
                }
            }
            guard whole == member.raw.count, longest <= limits.lineBytes else { return nil }
            tally.endMember(bytes: end - offset, raw: member.raw.count)
            rawBytes += member.raw.count
            offset = end
        }
        guard tally.lines > 0 else { return nil }
        return SegmentReading(
            reference: reference, tally: tally,
            raw: SegmentManifest.RawFacts(bytes: rawBytes, sha256: raw.digest),
            object: SegmentManifest.ObjectFacts(
                key: reference.key.path, bytes: size, sha256: digest))
    }

    /// Whether the manifest says of the bytes what they are.
    func agrees(with manifest: SegmentManifest, _ limits: DatasetLimits) -> Bool {
        let counts = tally.finish(
            lastPlausible: manifest.lastPlausiblePartition(latestIDTime: limits.latestIDTime))
        return manifest.object == object && manifest.raw == raw && manifest.lines == counts.lines
            && manifest.records == counts.records && manifest.notices == counts.notices
            && manifest.unreadable == counts.unreadable && manifest.ids == counts.ids
            && manifest.hours == counts.hours && manifest.members == counts.members
    }

    /// The partitions that the bytes have lines for, by the dataset's bound for ids.
    func partitions(_ limits: DatasetLimits) -> [Partition] {
        counts(limits).hours.map(\.hour)
    }

    private func counts(_ limits: DatasetLimits) -> SegmentTally.Result {
        tally.finish(lastPlausible: Partition(containing: limits.latestIDTime))
    }

    /// A manifest that says what the bytes do, and no more: nobody knows any longer when they came
    /// and what the zone was connected to.
    func manifest(of stream: String, _ limits: DatasetLimits) -> SegmentManifest {
        let counts = counts(limits)
        let start = reference.name.start
        let last = counts.ids.map { max(start, $0.max.creationTime) } ?? start
        return SegmentManifest(
            stream: stream, zone: reference.zone, instance: reference.name.instance,
            sequence: reference.name.sequence, software: MergerProgram.software, object: object,
            raw: raw, lines: counts.lines, records: counts.records, notices: counts.notices,
            unreadable: counts.unreadable, overlong: nil, ids: counts.ids, hours: counts.hours,
            received: SegmentManifest.ReceivedSpan(first: start, last: last),
            clock: SegmentManifest.ClockFacts(offsetMs: 0, basis: .content),
            arrivals: [
                SegmentManifest.Arrival(
                    milliseconds: last.milliseconds - start.milliseconds, lines: counts.lines)
            ],
            connections: [], members: counts.members, salvage: nil,
            source: SegmentManifest.SourceFacts(kind: "repaired"))
    }
}
