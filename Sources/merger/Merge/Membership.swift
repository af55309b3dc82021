import Shared

/// The numbers that segments and zones have in one index file.
///
/// Segments are numbered from 0 by rank: the dataset's order of zones, then names. Zones get bits in
/// their order. So equal sets get equal numbers, and the smaller number wins.
struct Membership {
    /// In order of their bits.
    let zones: [Zone]
    private let numbers: [SegmentReference: Int]
    private let bits: [Zone: Int]

    /// The bits of a signed 64-bit mask that can be used without a sign.
    static let zonesMax = 63

    init(known: [SegmentRow], new: [SegmentReference], dataset: Dataset) throws {
        let segments = Set(known.map(\.reference) + new).sorted { left, right in
            left.zone == right.zone
                ? left.name < right.name : dataset.precedes(left.zone, right.zone)
        }
        zones = Set(segments.map(\.zone)).sorted(by: dataset.precedes)
        guard zones.count <= Self.zonesMax else {
            throw MergeError(
                .tooManyZones, "\(zones.count) zones: an index tells at most \(Self.zonesMax) apart"
            )
        }
        numbers = Dictionary(uniqueKeysWithValues: zip(segments, 0...))
        bits = Dictionary(uniqueKeysWithValues: zip(zones, 0...))
    }

    func number(of segment: SegmentReference) throws -> Int {
        guard let number = numbers[segment] else {
            preconditionFailure("segment \(segment) is not a member")
        }
        return number
    }

    func numbers(of rows: [SegmentRow]) throws -> [Int] {
        try rows.map { try number(of: $0.reference) }
    }

    func zoneBit(of zone: Zone) throws -> Int {
        guard let bit = bits[zone] else {
            throw DatabaseError(
                code: 11, message: "an index names the zone \(zone) and no segment of it")
        }
        return bit
    }
}
