import Shared

/// What becomes of the segments that an earlier run left open.
extension Spool {
    /// Seals whatever an earlier run left open.
    ///
    /// A segment whose files cannot be understood or read is put aside: it must hold up neither the
    /// others nor capture.
    ///
    /// - Parameter whenDamaged: told of each segment that could not be sealed.
    /// - Returns: the manifests of the segments that were not sealed before.
    /// - Throws: where the disk takes nothing, whatever the segment.
    func recover(
        _ fallback: RecoveryFallback, limits: DatasetLimits,
        scanner: RecordScanner = RecordScanner(), whenDamaged: (DamagedSegment) -> Void
    ) throws -> [SegmentManifest] {
        defer { try? room.scan() }
        let names = try names(ending: [
            SegmentFiles.Suffix.journal, SegmentFiles.Suffix.open, SegmentFiles.Suffix.newManifest,
            SegmentFiles.Suffix.salvaged,
        ])
        var manifests: [SegmentManifest] = []
        for name in names {
            let wasSealed = LocalDirectory.exists(files(of: name).manifest)
            let recovery = SegmentRecovery(
                files(of: name), fallback: fallback.header(name), limits: limits,
                scanner: scanner)
            do {
                let manifest = try recovery.run()
                if !wasSealed { manifests.append(manifest) }
            } catch let error as LocalFileError where error.isOfWholeDisk {
                throw error
            } catch {
                whenDamaged(putAside(name, because: error))
            }
        }
        return manifests
    }

    private func putAside(_ name: SegmentName, because reason: any Error) -> DamagedSegment {
        do {
            // What recovery made before it failed counts too.
            try room.scan()
            try quarantine(name)
            return DamagedSegment(name: name, reason: reason, obstacle: nil)
        } catch {
            return DamagedSegment(name: name, reason: reason, obstacle: error)
        }
    }
}

/// A segment of an earlier run that could not be sealed.
struct DamagedSegment {
    var name: SegmentName
    var reason: any Error
    /// Why its files could not be moved to `quarantine/`; nil where they were.
    var obstacle: (any Error)?

    var message: String {
        let words =
            "segment \(name): an earlier run left it open and it cannot be sealed: \(reason)"
        guard let obstacle else {
            return words
                + ": moved to quarantine/: look at it there: nothing of it was deleted or shipped"
        }
        return words + ": it stays where it is: \(obstacle)"
    }
}

/// What a segment without a journal is taken for.
struct RecoveryFallback {
    var stream: String
    var zone: Zone
    var source: SegmentManifest.SourceFacts

    func header(_ name: SegmentName) -> SegmentHeader {
        SegmentHeader(
            stream: stream, zone: zone, name: name, software: ListenerProgram.software,
            source: source)
    }
}

extension LocalFileError {
    /// Every other segment, and capture, would fail likewise.
    fileprivate var isOfWholeDisk: Bool { code == .noSpace || code == .readOnly }
}
