import Shared

extension SegmentFiles {
    /// What the files of this segment take up, in whatever state it is.
    var bytesOnDisk: Int {
        pathsOnDisk.reduce(0) { $0 + (LocalDirectory.bytes(of: $1) ?? 0) }
    }

    /// The files that are there, the manifest last.
    var pathsOnDisk: [String] {
        let named = [open, journal, newManifest, salvaged, data, manifest]
        return (quarantinedPieces.map(\.path) + named).filter { LocalDirectory.exists($0) }
    }

    /// The pieces of lines that were too long, in order.
    var quarantinedPieces: [(number: Int, path: String)] {
        var pieces: [(number: Int, path: String)] = []
        while case let path = quarantined(pieces.count + 1), LocalDirectory.exists(path) {
            pieces.append((pieces.count + 1, path))
        }
        return pieces
    }
}
