import Shared
import Synchronization

/// Local copies of segment data, fetched once, proved, and dropped when no partition needs them.
///
/// Several partitions may fetch at once.
final class SegmentDepot: Sendable {
    private let store: any ObjectStore
    private let directory: String
    private let progress: Progress?

    /// How many segments one partition fetches at once.
    private static let parallelMax = 8

    private struct State {
        var paths: [SegmentReference: String] = [:]
        var uses: [SegmentReference: Int] = [:]
        /// What is being fetched, and who else waits for it.
        var underWay: [SegmentReference: [CheckedContinuation<Void, Never>]] = [:]
    }

    private let state = Mutex(State())

    init(store: any ObjectStore, directory: String, progress: Progress? = nil) {
        self.store = store
        self.directory = directory
        self.progress = progress
    }

    /// Says that a partition will need the segment, so that it is kept until then.
    func expect(_ reference: SegmentReference) {
        state.withLock { $0.uses[reference, default: 0] += 1 }
    }

    /// A partition is done with the segment.
    func release(_ reference: SegmentReference) {
        let path = state.withLock { state -> String? in
            let left = (state.uses[reference] ?? 1) - 1
            state.uses[reference] = left > 0 ? left : nil
            return left > 0 ? nil : state.paths.removeValue(forKey: reference)
        }
        if let path, path.hasPrefix(directory) { try? LocalDirectory.remove(path) }
    }

    /// Fetches what is not here yet.
    ///
    /// - Returns: the segments that can be merged, and why the others cannot.
    func fetch(
        _ manifests: [SegmentManifest]
    ) async throws -> (segments: [PartitionMerge.Segment], problems: [any OperatorError]) {
        var segments: [PartitionMerge.Segment] = []
        var problems: [any OperatorError] = []
        try await withThrowingTaskGroup(of: Result<PartitionMerge.Segment, any Error>.self) {
            group in
            var waiting = manifests.makeIterator()
            let add = {
                (
                    group:
                        inout ThrowingTaskGroup<
                            Result<PartitionMerge.Segment, any Error>, any Error
                        >
                ) in
                guard let manifest = waiting.next() else { return }
                group.addTask {
                    await Result.catching {
                        PartitionMerge.Segment(
                            manifest: manifest, path: try await self.path(of: manifest))
                    }
                }
            }
            for _ in 0..<Self.parallelMax { add(&group) }
            while let result = try await group.next() {
                switch result {
                case .success(let segment): segments.append(segment)
                case .failure(let error as any OperatorError) where error.disposition == .giveUp:
                    problems.append(error)
                case .failure(let error): throw error
                }
                add(&group)
            }
        }
        return (segments, problems)
    }

    private func path(of manifest: SegmentManifest) async throws -> String? {
        guard let object = manifest.object else { return nil }
        let reference = manifest.reference
        while true {
            switch next(reference) {
            case .here(let path): return path
            case .underWay: await awaitEnd(of: reference)
            case .fetch: return try await fetch(reference, object)
            }
            try Task.checkCancellation()
        }
    }

    private func fetch(
        _ reference: SegmentReference, _ object: SegmentManifest.ObjectFacts
    ) async throws -> String {
        defer { end(reference) }
        let (path, digest) = try await copy(of: reference)
        guard LocalDirectory.bytes(of: path) == object.bytes else {
            throw MergeError(
                .falseManifest(reference),
                """
                segment \(reference): its manifest is false: says \(object.bytes) bytes, the data \
                have \(LocalDirectory.bytes(of: path) ?? 0): left out
                """)
        }
        guard digest == object.sha256 else {
            throw MergeError(
                .falseManifest(reference),
                """
                segment \(reference): its manifest is false: says SHA-256 \(object.sha256), the \
                data have \(digest): left out
                """)
        }
        state.withLock { $0.paths[reference] = path }
        progress?.fetched(bytes: object.bytes)
        return path
    }

    // MARK: Who fetches

    private enum Step {
        case here(String)
        /// Somebody else fetches it.
        case underWay
        case fetch
    }

    private func next(_ reference: SegmentReference) -> Step {
        state.withLock { state in
            if let path = state.paths[reference] { return .here(path) }
            if state.underWay[reference] != nil { return .underWay }
            state.underWay[reference] = []
            return .fetch
        }
    }

    private func awaitEnd(of reference: SegmentReference) async {
        await withCheckedContinuation { continuation in
            let isUnderWay = state.withLock { state in
                state.underWay[reference]?.append(continuation) != nil
            }
            if !isUnderWay { continuation.resume() }
        }
    }

    private func end(_ reference: SegmentReference) {
        let waiting = state.withLock { $0.underWay.removeValue(forKey: reference) ?? [] }
        for continuation in waiting { continuation.resume() }
    }

    // MARK: Copies

    /// In a directory the object itself serves.
    private func copy(
        of reference: SegmentReference
    ) async throws -> (path: String, digest: ContentDigest) {
        if let path = (store as? DirectoryObjectStore)?.localPath(of: reference.key) {
            guard LocalDirectory.exists(path) else { throw missing(reference, nil) }
            return (path, try ContentDigest.ofFile(path).digest)
        }
        let path = "\(directory)/\(reference.zone)-\(reference.name).gz"
        do throws(ObjectStoreError) {
            let object = try await store.fetch(reference.key, to: path)
            if let digest = object.digest { return (path, digest) }
        } catch {
            guard error.code == .notFound else { throw error }
            throw missing(reference, error)
        }
        return (path, try ContentDigest.ofFile(path).digest)
    }

    private func missing(_ reference: SegmentReference, _ cause: (any Error)?) -> MergeError {
        MergeError(
            .falseManifest(reference),
            "segment \(reference): has a manifest and no data: left out", cause: cause)
    }
}

extension Result where Failure == any Error {
    /// The outcome of asynchronous work as a value.
    static func catching(_ body: () async throws -> Success) async -> Result {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
