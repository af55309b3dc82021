/// The keys of a store, both ways: `docs/FORMAT.md`, "Keys".
package enum StoreLayout {
    package static let dataset = key("_tributary.json")

    package static let manifestPrefix = "manifests/"
    package static let segmentPrefix = "segments/"
    package static let indexPrefix = "index/"
    package static let canonicalPrefix = "canonical/"
    package static let pendingPrefix = "pending/"
    package static let beaconPrefix = "beacons/"

    package static func segment(_ name: SegmentName, of zone: Zone) -> ObjectKey {
        key("\(segmentPrefix)\(folder(name, zone))/\(name).ndjson.gz")
    }

    package static func manifest(_ name: SegmentName, of zone: Zone) -> ObjectKey {
        key("\(manifestPrefix)\(folder(name, zone))/\(name).json")
    }

    /// Where a manifest lies that was written from data with this digest.
    package static func repairedManifest(
        _ name: SegmentName, of zone: Zone, data: ContentDigest
    ) -> ObjectKey {
        let digits = ListenerInstance(contentOf: data).hex
        return key("\(manifestPrefix)\(folder(name, zone))/\(name).\(digits).json")
    }

    /// The digits in the key of a repaired manifest; nil for another one.
    package static func repairedDigits(_ key: ObjectKey) -> ListenerInstance? {
        key.name.dropLast(".json".count).split(separator: ".").last
            .flatMap { ListenerInstance(hex: $0) }
    }

    /// The `number`-th piece of quarantined bytes of a segment, counted from 1.
    package static func quarantine(_ name: SegmentName, of zone: Zone, number: Int) -> ObjectKey {
        key("quarantine/\(folder(name, zone))/\(name)-\(number).bin")
    }

    /// What a check of a zone writes and removes again.
    package static func check(_ zone: Zone, _ instance: ListenerInstance) -> ObjectKey {
        key("check/zone=\(zone)/\(instance.hex)")
    }

    package static func pending(_ name: SegmentName) -> ObjectKey {
        key("\(pendingPrefix)\(name).json")
    }

    /// What a zone says of itself, replaced every minute.
    package static func beacon(_ zone: Zone) -> ObjectKey {
        key("\(beaconPrefix)zone=\(zone).json")
    }

    package static func index(_ partition: Partition) -> ObjectKey {
        key("\(indexPrefix)\(folder(partition))/index.sqlite")
    }

    package static func canonical(_ partition: Partition) -> ObjectKey {
        key("\(canonicalPrefix)\(folder(partition))/tweets.ndjson.gz")
    }

    /// - Parameter prefix: of manifests or of segments.
    package static func folder(under prefix: String, zone: Zone, date: String) -> String {
        "\(prefix)zone=\(zone)/date=\(date)/"
    }

    /// What the key of a manifest says; nil for any other key.
    package static func parseManifest(_ key: ObjectKey) -> SegmentReference? {
        let parts = key.path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[3].hasSuffix(".json"),
            let zone = value("zone", of: parts[1]).flatMap({ Zone($0) })
        else { return nil }
        // A repaired manifest has 16 digits of its data's digest behind the name.
        let text = parts[3].dropLast(".json".count)
        let bare =
            repairedDigits(key) == nil ? text : text.dropLast(ListenerInstance.digitCount + 1)
        guard let name = SegmentName(bare), "\(parts[0])/" == manifestPrefix,
            "\(parts[1])/\(parts[2])" == folder(name, zone)
        else { return nil }
        return SegmentReference(zone: zone, name: name)
    }

    /// What the key of a segment says; nil for any other key.
    package static func parseSegment(_ key: ObjectKey) -> SegmentReference? {
        let parts = key.path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[3].hasSuffix(".ndjson.gz"),
            let zone = value("zone", of: parts[1]).flatMap({ Zone($0) }),
            let name = SegmentName(parts[3].dropLast(".ndjson.gz".count)),
            key == segment(name, of: zone)
        else { return nil }
        return SegmentReference(zone: zone, name: name)
    }

    /// Whose beacon lies under a key; nil for any other key.
    package static func parseBeacon(_ key: ObjectKey) -> Zone? {
        let parts = key.path.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, name.hasSuffix(".json"),
            let zone = value("zone", of: name.dropLast(".json".count)).flatMap({ Zone($0) }),
            key == beacon(zone)
        else { return nil }
        return zone
    }

    /// What the key of an index file or a canonical object says; nil for any other key.
    package static func parsePartition(_ key: ObjectKey) -> Partition? {
        let parts = key.path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, let date = value("date", of: parts[1]),
            let hour = value("hour", of: parts[2]), let partition = Partition("\(date)T\(hour)"),
            key == index(partition) || key == canonical(partition)
        else { return nil }
        return partition
    }

    private static func folder(_ name: SegmentName, _ zone: Zone) -> String {
        "zone=\(zone)/date=\(name.start.date)"
    }

    private static func folder(_ partition: Partition) -> String {
        "date=\(partition.date)/hour=\(partition.hour)"
    }

    private static func value(_ name: String, of part: Substring) -> Substring? {
        part.hasPrefix(name + "=") ? part.dropFirst(name.count + 1) : nil
    }

    private static func key(_ path: String) -> ObjectKey {
        guard let key = ObjectKey(path) else {
            preconditionFailure("the layout makes no invalid key: \(path)")
        }
        return key
    }
}
