import Shared

/// Reads which ids the delete notices of a segment speak of. What was found is kept in the cache.
struct DeletionReader: Sendable {
    private let archive: ArchiveReader
    private var store: any ObjectStore { archive.cache.store }

    /// Members are read together up to this many bytes, so that a segment takes few requests.
    private static let bytesStep = 8 << 20

    init(_ archive: ArchiveReader) {
        self.archive = archive
    }

    /// Of a segment that cannot be read this is what can be: a run says what is wrong with it.
    func deletedIDs(of manifest: SegmentManifest) async throws -> [TweetID] {
        guard let object = manifest.object, manifest.notices > 0 else { return [] }
        let name = "\(object.key).\(object.sha256.hex).deletions"
        if let kept = archive.cache.kept(as: name) {
            return String(decoding: kept, as: UTF8.self).split(separator: "\n").compactMap {
                TweetID(String($0))
            }
        }
        var ids: [TweetID] = []
        do {
            for piece in pieces(of: manifest.members) {
                ids += try await self.ids(of: piece, of: manifest)
            }
        } catch let error where isDamage(error) {
            return ids
        }
        let text = ids.map(\.description).joined(separator: "\n")
        try archive.cache.keep(Array(text.utf8), as: name)
        return ids
    }

    private func isDamage(_ error: any Error) -> Bool {
        if error is GzipError { return true }
        let code = (error as? ObjectStoreError)?.code
        return code == .notFound || code == .rangeNotSatisfiable
    }

    private func pieces(
        of members: [SegmentManifest.MemberFacts]
    ) -> [ArraySlice<SegmentManifest.MemberFacts>] {
        var pieces: [ArraySlice<SegmentManifest.MemberFacts>] = []
        var start = 0
        for (number, member) in members.enumerated() {
            let end = member.offset + member.bytes
            guard number + 1 == members.count || end - members[start].offset >= Self.bytesStep
            else { continue }
            pieces.append(members[start...number])
            start = number + 1
        }
        return pieces
    }

    private func ids(
        of piece: ArraySlice<SegmentManifest.MemberFacts>, of manifest: SegmentManifest
    ) async throws -> [TweetID] {
        guard let first = piece.first, let last = piece.last else { return [] }
        let bytes = try await store.get(
            manifest.reference.key, range: first.offset..<last.offset + last.bytes, matching: nil
        ).bytes
        let bound = manifest.lastPlausiblePartition(
            latestIDTime: archive.dataset.limits.latestIDTime)
        let scanner = archive.dataset.scanner
        var ids: [TweetID] = []
        for member in piece {
            let start = member.offset - first.offset
            guard start + member.bytes <= bytes.count else {
                throw GzipError(.truncated, "segment \(manifest.reference): at \(member.offset)")
            }
            let raw = try archive.inflate(
                bytes[start..<start + member.bytes], to: member.raw, "segment \(manifest.reference)"
            )
            raw.withUnsafeBytes { raw in
                _ = RawLines.forEach(in: raw) { line, _ in
                    guard case .notice(.delete, let id?) = scanner.scan(line),
                        id.partition <= bound
                    else { return }
                    ids.append(id)
                }
            }
        }
        return ids
    }
}
