import Shared

/// Finds every copy of some tweets of one partition in the segments of the zones that saw them.
///
/// Manifests say which members may hold an id; each such member is read once, by a ranged read.
struct CopySearch {
    let archive: ArchiveReader
    let index: PartitionIndex

    struct Findings {
        var copies: [TweetID: [Sighting.Copy]] = [:]
        /// By zone, what could not be searched.
        var unread: [Zone: [Sighting.Unread]] = [:]
    }

    /// - Parameter wanted: the ids that each zone saw.
    func run(_ wanted: [Zone: Set<TweetID>]) async throws -> Findings {
        var findings = Findings()
        let rows = try index.segments().filter {
            $0.records > 0 && wanted[$0.reference.zone] != nil
        }
        let listing = try await archive.catalog.list(rows.map(\.reference))
        let manifests = Dictionary(
            listing.manifests.map { ($0.reference, $0) }, uniquingKeysWith: { first, _ in first })
        for row in rows {
            let ids = (wanted[row.reference.zone] ?? []).sorted()
            if row.isExpired {
                findings.skip(row.reference, "its data have expired")
            } else if let manifest = manifests[row.reference] {
                try await search(manifest, ids, &findings)
            } else {
                findings.skip(row.reference, "its manifest cannot be read")
            }
        }
        return findings
    }

    /// - Parameter ids: ascending.
    private func search(
        _ manifest: SegmentManifest, _ ids: [TweetID], _ findings: inout Findings
    ) async throws {
        var line = 0
        for member in manifest.members {
            defer { line += member.lines }
            guard let first = member.minID, let last = member.maxID,
                let next = ids.first(where: { $0 >= first }), next <= last
            else { continue }
            let raw: [UInt8]
            do {
                raw = try await archive.inflate(member, of: manifest)
            } catch let error as any OperatorError where error.disposition == .giveUp {
                findings.skip(manifest.reference, "\(error)")
                return
            }
            take(Set(ids), from: raw, behind: line, of: manifest, &findings)
        }
    }

    private func take(
        _ ids: Set<TweetID>, from raw: [UInt8], behind lines: Int, of manifest: SegmentManifest,
        _ findings: inout Findings
    ) {
        let scanner = archive.dataset.scanner
        var line = lines
        raw.withUnsafeBytes { raw in
            _ = RawLines.forEach(in: raw) { bytes, _ in
                line += 1
                guard case .record(let id, let body) = scanner.scan(bytes), ids.contains(id) else {
                    return
                }
                let digest = RecordDigest.of(UnsafeRawBufferPointer(rebasing: bytes[body]))
                findings.copies[id, default: []].append(
                    Sighting.Copy(
                        zone: manifest.zone, segment: manifest.reference.key.path, line: line,
                        received: manifest.arrivalTime(ofLine: line),
                        digest: RecordDigest.text(digest)))
            }
        }
    }
}

extension CopySearch.Findings {
    fileprivate mutating func skip(_ segment: SegmentReference, _ cause: String) {
        unread[segment.zone, default: []].append(
            Sighting.Unread(segment: segment.key.path, cause: cause))
    }
}
