import Shared

/// When the stream was last heard, beyond the segments that tell and the run that heard it: what
/// was posted since may be asked for again.
extension Spool {
    private var heardPath: String { "\(directory)/heard" }

    /// Only a help for a later start, so that a disk that refuses it holds nothing up.
    func noteHeard(_ manifest: SegmentManifest) {
        guard let heard = manifest.connections.map(\.to).max()
        else { return }
        if let last = lastHeard, heard <= last { return }
        try? write(heard)
    }

    var lastHeard: Timestamp? {
        guard let text = try? LocalFile.contents(of: heardPath) else { return nil }
        return Timestamp(String(decoding: text, as: UTF8.self))
    }

    private func write(_ heard: Timestamp) throws {
        let file = try LocalFile.replace(heardPath + ".new")
        try file.write(Array(heard.description.utf8))
        try LocalDirectory.rename(heardPath + ".new", to: heardPath)
    }
}
