import Shared

/// A manifest in the store, as far as a run must know it to find its work. The rest is read where
/// lines are merged.
struct CatalogEntry: Sendable {
    var object: StoredObject
    var reference: SegmentReference
    var facts: ManifestFacts

    /// Of the data that it was written from; nil for a claim.
    var repairedDigits: ListenerInstance? { StoreLayout.repairedDigits(object.key) }
}

/// What a manifest says that decides where its segment belongs.
struct ManifestFacts: Equatable, Sendable {
    /// That must look at the segment, ascending.
    var partitions: [Partition]
    /// Of the segment's object.
    var bytes: Int
    /// Of the data that it speaks of; nil where it speaks of none.
    var data: ListenerInstance?
    /// The segment whose damaged data this one stands for.
    var standsFor: SegmentReference?
    /// Whether it tells of a connection that delivered posts as they were made.
    var isLive: Bool

    init(_ manifest: SegmentManifest) {
        partitions = manifest.partitions
        bytes = manifest.object?.bytes ?? 0
        data = manifest.object.map { ListenerInstance(contentOf: $0.sha256) }
        standsFor = manifest.standsFor
        isLive = manifest.connections.contains(where: \.isLive)
    }
}

extension ManifestFacts {
    private static let tab = UInt8(ascii: "\t")
    private static let comma = UInt8(ascii: ",")
    private static let fieldCount = 5
    private static let live = "live"

    /// As fields of a line: bytes, digits of the data, key of what it stands for, whether it is live,
    /// hours since 1970.
    var line: String {
        let hours = partitions.map { "\($0.hoursSince1970)" }.joined(separator: ",")
        return [
            "\(bytes)", data?.hex ?? "", standsFor?.key.path ?? "", isLive ? Self.live : "", hours,
        ].joined(separator: "\t")
    }

    /// Reads ``line``; nil for anything else.
    init?(line: ArraySlice<UInt8>) {
        let fields = line.split(separator: Self.tab, omittingEmptySubsequences: false)
        guard fields.count == Self.fieldCount, let bytes = Self.number(fields[0]) else {
            return nil
        }
        self.bytes = Int(bytes)
        if !fields[1].isEmpty {
            guard let data = ListenerInstance(hex: String(decoding: fields[1], as: UTF8.self))
            else { return nil }
            self.data = data
        }
        if !fields[2].isEmpty {
            guard let key = ObjectKey(String(decoding: fields[2], as: UTF8.self)),
                let original = StoreLayout.parseSegment(key)
            else { return nil }
            standsFor = original
        }
        isLive = fields[3].elementsEqual(Self.live.utf8)
        partitions = []
        for hour in fields[4].split(separator: Self.comma) {
            guard let hours = Self.number(hour) else { return nil }
            partitions.append(Partition(hoursSince1970: hours))
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        Int64(String(decoding: digits, as: UTF8.self))
    }
}
