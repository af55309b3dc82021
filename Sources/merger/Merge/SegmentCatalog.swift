import Shared

/// The manifests of a store, read and checked.
struct SegmentCatalog {
    let cache: StoreCache
    let dataset: Dataset

    /// How many days of reception, today included, a run lists by itself. Whoever ships a segment
    /// that was begun earlier leaves a note under `pending/`.
    static let daysListed: Int64 = 8

    /// How many manifests are fetched at once.
    private static let parallelMax = 16

    struct Listing {
        var manifests: [SegmentManifest] = []
        /// Notes of late manifests, to be removed once these were admitted.
        var pending: [(key: ObjectKey, reference: SegmentReference)] = []
        /// What could not be read, as errors.
        var problems: [any OperatorError] = []
        /// Segments with an object under `manifests/`, whatever it is.
        var named: Set<SegmentReference> = []
        /// Segments with a manifest of another stream.
        var foreign: Set<SegmentReference> = []
        /// Segments whose damaged data another one of ``manifests`` stands for.
        var replaced: Set<SegmentReference> = []
    }

    var store: any ObjectStore { cache.store }

    /// - Parameter isFull: all of them instead of those of the last days and the late ones.
    func list(isFull: Bool, now: Timestamp) async throws -> Listing {
        var listing = Listing()
        var objects = try await keys(under: StoreLayout.manifestPrefix, isFull: isFull, now: now)
        if !isFull {
            listing.pending = try await pending(zones())
            let listed = Set(objects.map(\.key))
            for note in listing.pending {
                let late = try await manifestObjects(of: note.reference)
                objects += late.filter { !listed.contains($0.key) }
            }
        }
        try await read(objects, into: &listing)
        return listing
    }

    /// The manifests of segments that an index names.
    func manifests(of references: [SegmentReference]) async throws -> [SegmentManifest] {
        let listing = try await list(references)
        let found = Set(listing.manifests.map(\.reference))
        guard let missing = references.first(where: { !found.contains($0) }) else {
            return listing.manifests
        }
        throw MergeError(
            .cannotRebuild,
            "segment \(missing): is admitted and its manifest is gone or unreadable",
            cause: listing.problems.first)
    }

    /// Those manifests of these segments that are there and can be read.
    func list(_ references: [SegmentReference]) async throws -> Listing {
        var listing = Listing()
        var objects: [StoredObject] = []
        for reference in references { objects += try await manifestObjects(of: reference) }
        try await read(objects, into: &listing)
        return listing
    }

    /// The manifests of one zone.
    ///
    /// - Parameter date: of reception; what came on earlier days is left out. Nil: nothing is.
    func list(_ zone: Zone, from date: String?) async throws -> Listing {
        var listing = Listing()
        let first = date.flatMap { date in
            // `!` sorts before every name in the folder.
            let prefix = StoreLayout.manifestPrefix
            return ObjectKey(StoreLayout.folder(under: prefix, zone: zone, date: date) + "!")
        }
        let objects = try await store.listAll(
            "\(StoreLayout.manifestPrefix)zone=\(zone)/", after: first)
        try await read(objects, into: &listing)
        return listing
    }

    // MARK: Listing

    /// The objects under a prefix that has folders of zones and days.
    func keys(
        under prefix: String, isFull: Bool, now: Timestamp
    ) async throws -> [StoredObject] {
        if isFull { return try await store.listAll(prefix) }
        var objects: [StoredObject] = []
        for zone in try await zones(under: prefix) {
            // A listener's clock may run ahead of ours.
            for day in (-1)..<Self.daysListed {
                let time = Timestamp(
                    milliseconds: now.milliseconds - day * Timestamp.millisecondsPerDay)
                objects += try await store.listAll(
                    StoreLayout.folder(under: prefix, zone: zone, date: time.date))
            }
        }
        return objects
    }

    /// The zones that have manifests, found by skipping from one to the next.
    func zones(under prefix: String = StoreLayout.manifestPrefix) async throws -> [Zone] {
        var zones: [Zone] = []
        var after: ObjectKey?
        while let first = try await store.list(prefix, after: after).objects.first {
            let parts = first.key.path.split(separator: "/")
            let name = parts.count > 1 ? parts[1].dropFirst("zone=".count) : ""
            if let zone = Zone(name) { zones.append(zone) }
            // Every key of the zone goes on with `date=`, and `~` sorts behind that.
            after = ObjectKey("\(parts.prefix(2).joined(separator: "/"))/~")
        }
        return zones
    }

    private func pending(
        _ zones: [Zone]
    ) async throws -> [(key: ObjectKey, reference: SegmentReference)] {
        try await store.listAll(StoreLayout.pendingPrefix).flatMap { object in
            let name = SegmentName(object.key.name.dropLast(".json".count))
            return zones.compactMap { zone in
                name.map { (object.key, SegmentReference(zone: zone, name: $0)) }
            }
        }
    }

    func manifestObjects(of reference: SegmentReference) async throws -> [StoredObject] {
        let key = StoreLayout.manifest(reference.name, of: reference.zone).path
        return try await store.listAll(String(key.dropLast("json".count)))
    }

    // MARK: Reading

    func read(_ objects: [StoredObject], into listing: inout Listing) async throws {
        var choice = ManifestChoice(cache)
        try await withThrowingTaskGroup(of: Read.self) { group in
            var waiting = objects.makeIterator()
            for _ in 0..<Self.parallelMax {
                guard let object = waiting.next() else { break }
                group.addTask { try await read(object) }
            }
            while let outcome = try await group.next() {
                switch outcome {
                case .manifest(let manifest, let digits): choice.add(manifest, digits)
                case .problem(let problem, let reference):
                    if (problem as? SegmentError)?.code == .otherStream, let reference {
                        listing.foreign.insert(reference)
                    }
                    choice.add(problem, reference)
                }
                if let object = waiting.next() { group.addTask { try await read(object) } }
            }
        }
        listing.named = Set(objects.compactMap { StoreLayout.parseManifest($0.key) })
        try await choice.finish(&listing)
    }

    private enum Read {
        /// With the digits of the data it was written from, if it was.
        case manifest(SegmentManifest, ListenerInstance?)
        case problem(any OperatorError, SegmentReference?)
    }

    private func read(_ object: StoredObject) async throws -> Read {
        guard let reference = StoreLayout.parseManifest(object.key) else {
            return .problem(
                SegmentError(.invalidManifest, "manifest \(object.key): has no name of a manifest"),
                nil)
        }
        do throws(SegmentError) {
            let bytes: [UInt8]
            do {
                bytes = try await cache.bytes(of: object)
            } catch let error as ObjectStoreError where error.disposition == .retry {
                return .problem(error, reference)
            } catch {
                throw SegmentError(.invalidManifest, "manifest \(object.key)", cause: error)
            }
            let manifest = try SegmentManifest.decode(bytes, from: object.key.path)
            try check(manifest, against: reference, object.key)
            return .manifest(manifest, StoreLayout.repairedDigits(object.key))
        } catch {
            return .problem(error, reference)
        }
    }

    private func check(
        _ manifest: SegmentManifest, against reference: SegmentReference, _ key: ObjectKey
    ) throws(SegmentError) {
        guard manifest.reference == reference,
            manifest.object.map({ $0.key == reference.key.path }) ?? true
        else {
            throw SegmentError(
                .falseManifest, "manifest \(key): speaks of the segment \(manifest.reference)")
        }
        let digits = manifest.object.map { ListenerInstance(contentOf: $0.sha256) }
        if let named = StoreLayout.repairedDigits(key), named != digits {
            throw SegmentError(
                .falseManifest, "manifest \(key): speaks of other data than its key")
        }
        guard manifest.stream == dataset.stream else {
            throw SegmentError(
                .otherStream,
                "manifest \(key): is of the stream \"\(manifest.stream)\", not \"\(dataset.stream)\""
            )
        }
    }
}
