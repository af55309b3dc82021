/// What is known of a segment before its first line.
package struct SegmentHeader: Equatable, Sendable {
    package var stream: String
    package var zone: Zone
    package var name: SegmentName
    package var software: String
    package var source: SegmentManifest.SourceFacts

    package init(
        stream: String, zone: Zone, name: SegmentName, software: String,
        source: SegmentManifest.SourceFacts
    ) {
        self.stream = stream
        self.zone = zone
        self.name = name
        self.software = software
        self.source = source
    }
}
