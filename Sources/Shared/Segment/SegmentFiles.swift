/// The local files of one segment in a directory: `docs/FORMAT.md`, "Spool".
package struct SegmentFiles: Sendable {
    package let directory: String
    package let name: SegmentName

    package init(directory: String, name: SegmentName) {
        self.directory = directory
        self.name = name
    }

    package var open: String { path(Suffix.open) }
    package var journal: String { path(Suffix.journal) }
    package var newManifest: String { path(Suffix.newManifest) }
    package var manifest: String { path(Suffix.manifest) }
    package var data: String { path(Suffix.data) }
    package var salvaged: String { path(Suffix.salvaged) }

    /// The `number`-th piece of quarantined bytes, counted from 1.
    package func quarantined(_ number: Int) -> String { path("-\(number).bin") }

    /// Where files go that could not be shipped or recovered.
    package var quarantine: String { "\(directory)/\(Self.quarantineFolder)" }

    package static let quarantineFolder = "quarantine"

    private func path(_ suffix: String) -> String { "\(directory)/\(name)\(suffix)" }

    package enum Suffix {
        package static let open = ".ndjson.gz.open"
        package static let journal = ".journal"
        package static let newManifest = ".json.new"
        package static let manifest = ".json"
        package static let data = ".ndjson.gz"
        package static let salvaged = ".ndjson.gz.salvaged"
        package static let quarantined = ".bin"
    }

    /// Writes the manifest and gives the files at `data` their final names, in the order that
    /// recovery relies on.
    ///
    /// On return the segment is sealed: data and manifest survive a power loss under their names.
    ///
    /// - Parameter data: the finished, synced data, if there are any.
    func publish(_ manifest: SegmentManifest, data: String?) throws(LocalFileError) {
        precondition((data == nil) == (manifest.object == nil), "an object has data")
        let file = try LocalFile.replace(newManifest)
        try file.write(manifest.encoded() + [UInt8(ascii: "\n")])
        try file.sync()
        try finishPublishing(data: data)
    }

    /// The steps of ``publish(_:data:)`` after the manifest is on the disk; also what recovery does
    /// where a crash came between them.
    func finishPublishing(data: String?) throws(LocalFileError) {
        if let data { try LocalDirectory.rename(data, to: self.data) }
        try LocalDirectory.rename(newManifest, to: manifest)
        try LocalDirectory.sync(directory)
        try LocalDirectory.remove(open)
        try LocalDirectory.remove(journal)
    }
}
