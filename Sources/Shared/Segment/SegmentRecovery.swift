/// Brings the files of one segment, as a crash left them, to the sealed state.
///
/// May itself be interrupted anywhere and run again: every step either leaves its inputs in place or
/// has already put what replaces them on the disk.
package struct SegmentRecovery {
    private let files: SegmentFiles
    /// What the segment is taken for if its journal is gone.
    private let fallback: SegmentHeader
    private let limits: DatasetLimits
    private let scanner: RecordScanner

    /// Why a connection that was open at the crash ended.
    package static let crashCause = "the listener ended without closing it"

    package init(
        _ files: SegmentFiles, fallback: SegmentHeader, limits: DatasetLimits,
        scanner: RecordScanner = RecordScanner()
    ) {
        self.files = files
        self.fallback = fallback
        self.limits = limits
        self.scanner = scanner
    }

    /// - Returns: the manifest of the segment, now sealed.
    package func run() throws -> SegmentManifest {
        if LocalDirectory.exists(files.manifest) {
            let manifest = try read(files.manifest)
            try restoreData(of: manifest)
            try removeLeftovers()
            return manifest
        }
        if let manifest = try finishInterruptedPublishing() {
            try removeLeftovers()
            return manifest
        }
        return try salvage()
    }

    /// Gives the data their name where only the manifest has its own: of two renames that were not
    /// synced, a file system may keep the second alone.
    private func restoreData(of manifest: SegmentManifest) throws {
        guard let object = manifest.object, !LocalDirectory.exists(files.data),
            let data = try file(with: object.sha256, among: [files.salvaged, files.open])
        else { return }
        try LocalDirectory.rename(data, to: files.data)
        try LocalDirectory.sync(files.directory)
    }

    private func file(with digest: ContentDigest, among paths: [String]) throws -> String? {
        try paths.first { path in
            try LocalDirectory.exists(path) && ContentDigest.ofFile(path).digest == digest
        }
    }

    private func removeLeftovers() throws {
        for path in [files.newManifest, files.salvaged, files.open, files.journal] {
            try LocalDirectory.remove(path)
        }
    }

    /// A manifest that reached the disk speaks of data that did so before it, under one of three
    /// names.
    private func finishInterruptedPublishing() throws -> SegmentManifest? {
        guard LocalDirectory.exists(files.newManifest) else { return nil }
        guard let manifest = try? read(files.newManifest) else {
            try LocalDirectory.remove(files.newManifest)
            return nil
        }
        guard let object = manifest.object else {
            try files.finishPublishing(data: nil)
            return manifest
        }
        guard
            let data = try file(
                with: object.sha256, among: [files.data, files.salvaged, files.open])
        else {
            try LocalDirectory.remove(files.newManifest)
            return nil
        }
        try files.finishPublishing(data: data == files.data ? nil : data)
        return manifest
    }

    private func salvage() throws -> SegmentManifest {
        let summary = try readJournal()
        var header = fallback
        if let known = summary.header, known.name == files.name { header = known }
        let end = header.name.start.advanced(by: .milliseconds(summary.lastSync?.ms ?? 0))
        guard LocalDirectory.exists(files.open) else {
            let manifest = SegmentManifest(
                header: header, tally: SegmentTally(home: header.name.homePartition),
                summary: closed(summary, lines: 0, at: end),
                raw: SegmentManifest.RawFacts(bytes: 0, sha256: ContentDigest(of: [])),
                object: nil, end: end, latestIDTime: limits.latestIDTime,
                salvage: SegmentManifest.SalvageFacts(records: 0, bytesLost: 0))
            try files.publish(manifest, data: nil)
            return manifest
        }
        var salvage = SegmentSalvage(
            from: try LocalFile.read(files.open), to: try LocalFile.replace(files.salvaged),
            home: header.name.homePartition, syncedBytes: summary.lastSync?.bytes ?? 0,
            lineBytesMax: limits.lineBytes, scanner: scanner)
        try salvage.run()
        if salvage.isDamaged { try keepDamaged() }
        let manifest = SegmentManifest(
            header: header, tally: salvage.tally,
            summary: closed(summary, lines: salvage.tally.lines, at: end), raw: salvage.raw,
            object: salvage.object, end: end, latestIDTime: limits.latestIDTime,
            salvage: salvage.facts)
        try files.publish(manifest, data: salvage.object == nil ? nil : files.salvaged)
        try LocalDirectory.remove(files.salvaged)
        return manifest
    }

    /// Gives the open file a second name, under which it outlives its recovery.
    private func keepDamaged() throws {
        try LocalDirectory.ensure(files.quarantine)
        let name = files.open.split(separator: "/").last ?? ""
        do throws(LocalFileError) {
            try LocalDirectory.link(files.open, to: "\(files.quarantine)/\(name)")
        } catch {
            guard error.code == .exists else { throw error }
        }
        try LocalDirectory.sync(files.quarantine)
    }

    private func readJournal() throws -> JournalSummary {
        guard LocalDirectory.exists(files.journal) else { return JournalSummary() }
        return JournalSummary(journal: try LocalFile.contents(of: files.journal))
    }

    /// Ends what was open at the crash at the last moment that is known.
    private func closed(_ summary: JournalSummary, lines: Int, at end: Timestamp) -> JournalSummary
    {
        var summary = summary
        if let last = summary.connections.indices.last, summary.connections[last].cause == nil {
            summary.connections[last].cause = Self.crashCause
        }
        // A disk may have lost lines that it said it had.
        summary.arrivals.removeAll { $0.lines > lines }
        // Lines behind the last sync point that reached the disk all the same.
        if lines > summary.arrivals.last?.lines ?? 0 {
            let milliseconds = end.milliseconds - fallback.name.start.milliseconds
            summary.arrivals.append(
                SegmentManifest.Arrival(milliseconds: max(0, milliseconds), lines: lines))
        }
        return summary
    }

    private func read(_ path: String) throws -> SegmentManifest {
        try SegmentManifest.decode(try LocalFile.contents(of: path), from: path)
    }
}
