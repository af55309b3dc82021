import Shared

/// Finds every copy of some tweets of one partition in the segments of the zones that saw them.
///
/// Manifests say which members may hold an id; each such member is read once, by a ranged read.
struct CopySearch {
    let archive: ArchiveReader
    let index: PartitionIndex

    struct Findings {
        var copies: [TweetID: [Sighting.Copy]] = [:]
        /// What could not be searched for an id.
        var unread: [TweetID: [Sighting.Unread]] = [:]
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
            if let manifest = manifests[row.reference] {
                if row.isExpired {
                    findings.skip(
                        manifest.reference, ids.held(by: manifest.members[...]),
                        "its data have expired")
                } else {
                    try await search(manifest, ids, &findings)
                }
            } else {
                let cause =
                    row.isExpired ? "its data have expired" : "its manifest cannot be read"
                findings.skip(row.reference, ids, cause)
            }
        }
        return findings
    }

    /// - Parameter ids: ascending.
    private func search(
        _ manifest: SegmentManifest, _ ids: [TweetID], _ findings: inout Findings
    ) async throws {
        var line = 0
        for (place, member) in manifest.members.enumerated() {
            defer { line += member.lines }
            guard let first = member.minID, let last = member.maxID,
                let next = ids.first(where: { $0 >= first }), next <= last
            else { continue }
            let raw: [UInt8]
            do {
                raw = try await archive.inflate(member, of: manifest)
            } catch let error as any OperatorError where error.disposition == .giveUp {
                findings.skip(
                    manifest.reference, ids.held(by: manifest.members[place...]), "\(error)")
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
    fileprivate mutating func skip(
        _ segment: SegmentReference, _ ids: [TweetID], _ cause: String
    ) {
        for id in ids {
            unread[id, default: []].append(
                Sighting.Unread(segment: segment.key.path, cause: cause))
        }
    }
}

extension [TweetID] {
    /// Those that one of the members may hold.
    fileprivate func held(by members: ArraySlice<SegmentManifest.MemberFacts>) -> [TweetID] {
        filter { id in members.contains { $0.mayHold(id) } }
    }
}
