import Shared

extension Spool {
    var memory: StreamMemory { StreamMemory(in: directory) }

    /// Posts that were asked for again come first: before newer ones have come, a connection may have
    /// brought the beginning of the gap and nothing else.
    func noteHeard(_ manifest: SegmentManifest) {
        let latest = manifest.ids.map(\.max.creationTime)
        let heard = manifest.connections.filter { connection in
            connection.kind != .backfill || latest.map { $0 >= connection.from } ?? false
        }.map(\.to).max()
        if let heard { memory.noteHeard(at: heard) }
    }
}
