import Shared

/// What is put aside for a person to look at.
extension Spool {
    /// How many segments were put aside, sealed or not.
    func quarantinedCount() throws -> Int {
        let folder = "\(directory)/\(SegmentFiles.quarantineFolder)"
        guard LocalDirectory.exists(folder) else { return 0 }
        // A damaged open file without its journal is the copy of one that was saved.
        let suffixes = [SegmentFiles.Suffix.manifest, SegmentFiles.Suffix.journal]
        return try names(ending: suffixes, in: folder).count
    }

    /// Puts a segment that can never be shipped aside. Nothing in there is ever deleted.
    ///
    /// - Throws: `quarantineFull`, and then the segment stays where it is.
    func quarantine(_ name: SegmentName) throws {
        let files = files(of: name)
        guard try room.quarantining(files, { try moveToQuarantine(files) }) else {
            throw SpoolError(
                .quarantineFull,
                "spool \(directory): quarantine/ has no room for it: look at what lies there and "
                    + "move it elsewhere, or raise LISTENER_SPOOL_BYTES, of which it may take a "
                    + "quarter")
        }
    }

    private func moveToQuarantine(_ files: SegmentFiles) throws(LocalFileError) {
        let folder = files.quarantine
        try LocalDirectory.ensure(folder)
        for path in files.pathsOnDisk {
            let file = path.split(separator: "/").last.map(String.init) ?? path
            try LocalDirectory.rename(path, to: "\(folder)/\(file)")
            // A rename to a second name of the same file, which recovery may have made, does nothing.
            try LocalDirectory.remove(path)
        }
        try LocalDirectory.sync(folder)
        try LocalDirectory.sync(directory)
    }
}
