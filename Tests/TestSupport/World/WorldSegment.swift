package import Shared

/// What one zone received in one span: lines in batches, each with the moment it was synced.
package struct WorldSegment: Equatable, Sendable {
    package struct Batch: Equatable, Sendable {
        /// Since 1970.
        package var time: Int64
        package var lines: [WorldLine]

        package init(time: Int64, lines: [WorldLine]) {
            self.time = time
            self.lines = lines
        }
    }

    package var zone: Zone
    package var name: SegmentName
    package var batches: [Batch]
    /// Since 1970.
    package var end: Int64
    package var clockOffsetMs: Int64 = 0
    package var connections: [SegmentManifest.ConnectionFacts] = []
    /// How many lines make a gzip member. Nil: as a listener's own writer cuts them, which for so
    /// few lines is one member.
    package var memberLines: Int?

    package init(zone: Zone, name: SegmentName, batches: [Batch], end: Int64) {
        self.zone = zone
        self.name = name
        self.batches = batches
        self.end = end
    }

    package var reference: SegmentReference { SegmentReference(zone: zone, name: name) }
    package var lines: [WorldLine] { batches.flatMap(\.lines) }
    package var key: String { reference.key.path }

    /// Where lines without a plausible id belong.
    package var homeHour: Int64 { WorldTime.hour(ofTime: name.start.milliseconds) }

    /// The last hour that an id of this segment may carry (`docs/FORMAT.md`, "Line").
    package var lastPlausibleHour: Int64 {
        let bound = 12 * WorldTime.hourMs
        return WorldTime.hour(ofTime: end + min(max(clockOffsetMs, -bound), bound)) + 24
    }

    /// The moment up to which each line was received.
    package var arrivalTimes: [Int64] {
        batches.flatMap { batch in batch.lines.map { _ in batch.time } }
    }

    /// Where a line belongs, and what it is there.
    package func place(_ line: WorldLine) -> (hour: Int64, meaning: WorldLine.Meaning) {
        switch line.meaning {
        case .record(let id, _):
            let hour = WorldTime.hour(ofID: id)
            if hour <= lastPlausibleHour { return (hour, line.meaning) }
            return (homeHour, .unreadable(reason: "implausible id"))
        case .notice(let kind, let id):
            let hour = id.map { WorldTime.hour(ofID: $0) }
            if let hour, hour <= lastPlausibleHour { return (hour, line.meaning) }
            return (homeHour, .notice(kind: kind, id: nil))
        case .unreadable:
            return (homeHour, line.meaning)
        }
    }

    /// The hours that have to look at the segment.
    package var hours: Set<Int64> { Set(lines.map { place($0).hour }).union([homeHour]) }
}

// MARK: As stored

/// A segment as it lies in a store.
package struct StoredSegment: Equatable, Sendable {
    package var manifest: SegmentManifest
    package var data: [UInt8]?

    package var reference: SegmentReference { manifest.reference }

    package init(manifest: SegmentManifest, data: [UInt8]?) {
        self.manifest = manifest
        self.data = data
    }
}

extension WorldSegment {
    package func stored(_ limits: DatasetLimits) throws -> StoredSegment {
        guard let memberLines, !lines.isEmpty else { return try written(limits) }
        return cut(memberLines)
    }

    private var header: SegmentHeader {
        SegmentHeader(
            stream: "default", zone: zone, name: name, software: "world/1",
            source: SegmentManifest.SourceFacts(kind: "x-filtered"))
    }

    /// By the writer that listeners use.
    private func written(_ limits: DatasetLimits) throws -> StoredSegment {
        try TemporaryDirectory.withFast { directory in
            let writer = try SegmentWriter(header, in: directory.path)
            try writer.clockMeasured(
                SegmentManifest.ClockFacts(offsetMs: clockOffsetMs, basis: .dateHeader))
            for connection in connections { try writer.connectionOpened(connection) }
            for batch in batches {
                for line in batch.lines { try writer.append(line.bytes) }
                try writer.sync(at: Timestamp(milliseconds: batch.time), heard: nil)
            }
            let manifest = try writer.seal(
                at: Timestamp(milliseconds: end), heard: nil, latestIDTime: limits.latestIDTime)
            let data = manifest.object.map { _ in "\(name).ndjson.gz" }
            return StoredSegment(manifest: manifest, data: try data.map { try directory.read($0) })
        }
    }

    /// Member by member, with a manifest that the world works out itself.
    private func cut(_ memberLines: Int) -> StoredSegment {
        var deflater = MemberDeflater(level: 6)
        var data: [UInt8] = []
        var members: [SegmentManifest.MemberFacts] = []
        var rest = lines[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(memberLines))
            rest = rest.dropFirst(memberLines)
            let raw = Self.raw(piece)
            let offset = data.count
            raw.withUnsafeBytes { deflater.deflate($0, to: &data) }
            let ids = recordIDs(of: piece)
            members.append(
                SegmentManifest.MemberFacts(
                    offset: offset, bytes: data.count - offset, raw: raw.count,
                    lines: piece.count, minID: ids.min(), maxID: ids.max()))
        }
        return StoredSegment(manifest: manifest(members, data), data: data)
    }

    private static func raw(_ lines: [WorldLine]) -> [UInt8] {
        lines.flatMap { $0.bytes + [UInt8(ascii: "\n")] }
    }

    private func recordIDs(of lines: [WorldLine]) -> [TweetID] {
        lines.compactMap { line in
            if case .record(let id, _) = place(line).meaning { TweetID(id) } else { nil }
        }
    }

    private func manifest(
        _ members: [SegmentManifest.MemberFacts], _ data: [UInt8]
    ) -> SegmentManifest {
        var hours: [Int64: (records: Int, notices: Int)] = [:]
        var unreadable = 0
        for line in lines {
            let (hour, meaning) = place(line)
            switch meaning {
            case .record: hours[hour, default: (0, 0)].records += 1
            case .notice: hours[hour, default: (0, 0)].notices += 1
            case .unreadable: unreadable += 1
            }
        }
        let ids = recordIDs(of: lines)
        let raw = Self.raw(lines)
        var count = 0
        let arrivals = batches.filter { !$0.lines.isEmpty }.map { batch in
            count += batch.lines.count
            return SegmentManifest.Arrival(
                milliseconds: batch.time - name.start.milliseconds, lines: count)
        }
        return SegmentManifest(
            stream: "default", zone: zone, instance: name.instance, sequence: name.sequence,
            software: "world/1",
            object: SegmentManifest.ObjectFacts(
                key: key, bytes: data.count, sha256: ContentDigest(of: data)),
            raw: SegmentManifest.RawFacts(bytes: raw.count, sha256: ContentDigest(of: raw)),
            lines: lines.count, records: ids.count,
            notices: hours.values.reduce(0) { $0 + $1.notices }, unreadable: unreadable,
            overlong: nil,
            ids: ids.min().map { SegmentManifest.IDRange(min: $0, max: ids.max() ?? $0) },
            hours: hours.sorted { $0.key < $1.key }.map {
                SegmentManifest.HourFacts(
                    hour: WorldTime.partition($0.key), records: $0.value.records,
                    notices: $0.value.notices)
            },
            received: SegmentManifest.ReceivedSpan(
                first: name.start, last: Timestamp(milliseconds: end)),
            clock: SegmentManifest.ClockFacts(offsetMs: clockOffsetMs, basis: .dateHeader),
            arrivals: arrivals, connections: connections, members: members, salvage: nil,
            source: SegmentManifest.SourceFacts(kind: "x-filtered"))
    }
}
