import Shared

/// Reads the data of one sealed segment again and compares them with its manifest.
struct SegmentAudit {
    let files: SegmentFiles
    let limits: DatasetLimits

    /// - Returns: what is wrong; nil where nothing is, or where the segment was shipped meanwhile.
    func problem() throws -> String? {
        let manifest: SegmentManifest
        do {
            manifest = try SegmentManifest.decode(
                LocalFile.contents(of: files.manifest), from: files.manifest)
        } catch let error as LocalFileError where error.code == .notFound {
            return LocalDirectory.exists(files.data) ? "has data and no manifest" : nil
        } catch let error as SegmentError {
            return "\(error)"
        }
        guard let object = manifest.object else { return nil }
        do {
            return try difference(of: object, manifest)
        } catch let error as LocalFileError where error.code == .notFound {
            // Shipping removes the data first.
            return LocalDirectory.exists(files.manifest) ? "its data are gone" : nil
        }
    }

    private func difference(
        of object: SegmentManifest.ObjectFacts, _ manifest: SegmentManifest
    ) throws -> String? {
        let (digest, bytes) = try ContentDigest.ofFile(files.data)
        if bytes != object.bytes { return "has \(bytes) bytes, not \(object.bytes)" }
        if digest != object.sha256 { return "has SHA-256 \(digest), not \(object.sha256)" }
        var raw = DigestBuilder()
        var rawBytes = 0
        var lines = 0
        var offset = 0
        let reader = MemberReader(
            try LocalFile.read(files.data),
            rawBytesMax: SegmentWriter.memberRawBytes + limits.lineBytes + 1)
        while offset < bytes {
            let member = try reader.read(at: offset)
            guard let end = member.end else { return "is torn or corrupt at byte \(offset)" }
            member.raw.withUnsafeBytes { content in
                raw.update(content)
                RawLines.forEach(in: content) { _, _ in lines += 1 }
            }
            rawBytes += member.raw.count
            offset = end
        }
        if lines != manifest.lines { return "holds \(lines) lines, not \(manifest.lines)" }
        if rawBytes != manifest.raw.bytes || raw.digest != manifest.raw.sha256 {
            return "inflates to other bytes than its manifest says"
        }
        return nil
    }
}
