import Shared

/// What lies in a spool, read without its lock: a listener may be running, so what is gone between
/// two looks was shipped.
struct SpoolListing {
    enum State: String, Encodable, Comparable {
        case open, quarantined, sealed

        static func < (left: State, right: State) -> Bool { left.rawValue < right.rawValue }
    }

    struct Entry: Encodable {
        var name: String
        var state: State
        var zone: Zone?
        /// Of an open segment: those that were synced. Nil where nothing says it.
        var lines: Int?
        var bytes: Int
        var begun: Timestamp
        var ageSeconds: Int64
    }

    let directory: String

    var quarantine: String { "\(directory)/\(SegmentFiles.quarantineFolder)" }

    /// The segments of the spool and of `quarantine/`, oldest first.
    func segments() throws -> [(files: SegmentFiles, state: State)] {
        var found = try names(directory).map { name -> (files: SegmentFiles, state: State) in
            let files = SegmentFiles(directory: directory, name: name)
            return (files, LocalDirectory.exists(files.manifest) ? .sealed : .open)
        }
        if LocalDirectory.isDirectory(quarantine) {
            found += try names(quarantine).map {
                (SegmentFiles(directory: quarantine, name: $0), .quarantined)
            }
        }
        return found.sorted { ($0.files.name, $0.state) < ($1.files.name, $1.state) }
    }

    func entries(at now: Timestamp) throws -> [Entry] {
        try segments().compactMap { files, state in
            let bytes = files.bytesOnDisk
            guard bytes > 0 else { return nil }
            let facts = state == .open ? Self.synced(files) : Self.claimed(files)
            let begun = files.name.start
            return Entry(
                name: "\(files.name)", state: state, zone: facts.zone, lines: facts.lines,
                bytes: bytes, begun: begun,
                ageSeconds: max(0, begun.duration(to: now).wholeMilliseconds / 1000))
        }
    }

    private typealias Facts = (zone: Zone?, lines: Int?)

    private static func synced(_ files: SegmentFiles) -> Facts {
        guard let journal = try? LocalFile.contents(of: files.journal) else { return (nil, nil) }
        let summary = JournalSummary(journal: journal)
        return (summary.header?.zone, summary.lastSync?.lines ?? 0)
    }

    private static func claimed(_ files: SegmentFiles) -> Facts {
        guard let bytes = try? LocalFile.contents(of: files.manifest),
            let manifest = try? SegmentManifest.decode(bytes, from: files.manifest)
        else { return (nil, nil) }
        return (manifest.zone, manifest.lines)
    }

    private func names(_ directory: String) throws(LocalFileError) -> Set<SegmentName> {
        let suffixes = [
            SegmentFiles.Suffix.journal, SegmentFiles.Suffix.open, SegmentFiles.Suffix.manifest,
            SegmentFiles.Suffix.newManifest, SegmentFiles.Suffix.data,
            SegmentFiles.Suffix.salvaged,
        ]
        var names: Set<SegmentName> = []
        for entry in try LocalDirectory.list(directory) where !entry.isDirectory {
            for suffix in suffixes where entry.name.hasSuffix(suffix) {
                if let name = SegmentName(entry.name.dropLast(suffix.count)) { names.insert(name) }
            }
        }
        return names
    }
}
