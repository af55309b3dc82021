/// A segment among those of all zones.
package struct SegmentReference: Hashable, Sendable {
    package var zone: Zone
    package var name: SegmentName

    package init(zone: Zone, name: SegmentName) {
        self.zone = zone
        self.name = name
    }

    /// Where its data lie, or would lie if it had any: its identity.
    package var key: ObjectKey { StoreLayout.segment(name, of: zone) }
}

extension SegmentReference: CustomStringConvertible {
    package var description: String { "\(zone)/\(name)" }
}
