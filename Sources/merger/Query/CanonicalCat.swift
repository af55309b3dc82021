import Shared

/// Brings the canonical records of a range of ids, hour by hour, ascending.
struct CanonicalCat {
    let archive: ArchiveReader
    let range: IDBounds
    let pending: PendingDeletions

    /// Members are read together up to this many compressed bytes: large enough that the time to the
    /// first byte of a store does not count, small enough to be held.
    private static let bytesStep = 8 << 20

    /// Calls `body` with whole lines.
    ///
    /// Where the object is replaced meanwhile, the new one is gone on with behind the last id.
    func run(
        _ partition: Partition, _ body: (UnsafeRawBufferPointer) -> Void
    ) async throws {
        var rest = range
        for attempt in 1...ArchiveReader.attemptsMax {
            guard let index = try await archive.index(of: partition) else { return }
            do {
                return try await run(index, &rest, body)
            } catch {
                guard attempt < ArchiveReader.attemptsMax, ArchiveReader.isMismatch(error) else {
                    throw error
                }
            }
        }
    }

    /// - Parameter rest: what is left to be brought.
    private func run(
        _ index: PartitionIndex, _ rest: inout IDBounds, _ body: (UnsafeRawBufferPointer) -> Void
    ) async throws {
        let leftOut = try await pending.ids(in: index.partition, index: index)
        let wanted = rest
        let members = try index.members().filter { member in
            guard let first = member.firstID, let last = member.lastID else { return false }
            return wanted.overlaps(first, last)
        }
        for run in runs(of: members) {
            guard run.allSatisfy({ $0.offset >= run[run.startIndex].offset }) else {
                throw index.corrupt("members out of order")
            }
            let bytes = try await archive.cache.store.get(
                StoreLayout.canonical(index.partition),
                range: run[run.startIndex].offset..<run[run.endIndex - 1].range.upperBound,
                matching: nil
            ).bytes
            for member in run {
                let start = member.offset - run[run.startIndex].offset
                let end = min(start + member.bytes, bytes.count)
                guard start <= end else {
                    throw GzipError(.truncated, "partition \(index.partition): ends too early")
                }
                let raw = try archive.inflate(member, bytes[start..<end], of: index.partition)
                emit(raw, member, rest, leftOut, body)
                rest.first = max(rest.first, (member.lastID ?? 0) + 1)
            }
        }
    }

    private func runs(of members: [CanonicalMember]) -> [ArraySlice<CanonicalMember>] {
        var runs: [ArraySlice<CanonicalMember>] = []
        var start = 0
        for number in members.indices {
            let isLast = number + 1 == members.count
            let bytes = members[number].range.upperBound - members[start].offset
            guard isLast || bytes >= Self.bytesStep else { continue }
            runs.append(members[start...number])
            start = number + 1
        }
        return runs
    }

    private func emit(
        _ raw: [UInt8], _ member: CanonicalMember, _ rest: IDBounds, _ leftOut: Set<Int64>,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        let isWhole =
            member.firstID.map(rest.contains) ?? false && member.lastID.map(rest.contains) ?? false
            && leftOut.isEmpty
        raw.withUnsafeBytes { raw in
            if isWhole { return body(raw) }
            _ = RawLines.forEach(in: raw) { line, offset in
                guard case .record(let id, _) = archive.dataset.scanner.scan(line),
                    rest.contains(id.rawValue), !leftOut.contains(id.rawValue)
                else { return }
                body(UnsafeRawBufferPointer(rebasing: raw[offset...(offset + line.count)]))
            }
        }
    }
}
