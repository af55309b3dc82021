import Shared

/// What a zone tells the others about itself: `docs/FORMAT.md`, "Beacon".
///
/// It lets a zone find out that it is connected and sees less than the rest. Nothing is merged by
/// it, and one that is missing or wrong costs that comparison alone.
struct Beacon: Codable, Equatable, Sendable {
    static let currentFormat = 1

    /// Over a minute of the clock of ids in which the zone was connected all the time.
    struct Minute: Codable, Equatable, Sendable {
        /// When it begins.
        var minute: Timestamp
        var records: Int
    }

    var format = Self.currentFormat
    var stream: String
    var zone: Zone
    var instance: ListenerInstance
    /// As in the manifests; nil where it is not known what was asked for.
    var selection: String?
    /// When it was written, by the server's clock as far as that is known.
    var at: Timestamp
    var connected: Bool
    /// Of the connection that is open, ascending.
    var minutes: [Minute]

    /// A minute's records, by what no stream comes near: sums of them stay in range.
    private static let recordsMax = 1 << 40

    /// - Parameter key: where the bytes lay.
    init(_ bytes: [UInt8], at key: ObjectKey) throws(BeaconError) {
        do {
            self = try JSONDocument.decode(Beacon.self, from: bytes)
        } catch {
            throw BeaconError(key, (error as? DecodingError)?.summary ?? "\(error)")
        }
        guard format == Self.currentFormat else {
            throw BeaconError(key, "has format \(format): use a newer program")
        }
        guard StoreLayout.beacon(zone) == key else {
            throw BeaconError(key, "is of zone \(zone)")
        }
        guard minutes.count <= RecentMinutes.countMax,
            minutes.allSatisfy({ (0...Self.recordsMax).contains($0.records) }),
            zip(minutes, minutes.dropFirst()).allSatisfy({ $0.minute < $1.minute })
        else {
            throw BeaconError(key, "its minutes are not such as a listener writes")
        }
    }

    init(
        stream: String, zone: Zone, instance: ListenerInstance, selection: String? = nil,
        at time: Timestamp, connected: Bool, minutes: [Minute]
    ) {
        self.stream = stream
        self.zone = zone
        self.instance = instance
        self.selection = selection
        at = time
        self.connected = connected
        self.minutes = minutes
    }
}

/// A beacon that is none.
struct BeaconError: Error, CustomStringConvertible {
    let description: String

    init(_ key: ObjectKey, _ cause: String) {
        description = "\(key): \(cause)"
    }
}
