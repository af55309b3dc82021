import Shared

/// The manifests of a store, read and checked.
struct SegmentCatalog: Sendable {
    let cache: StoreCache
    let dataset: Dataset

    /// How many days of reception, today included, a run lists by itself. Whoever ships a segment
    /// that was begun earlier leaves a note under `pending/`.
    static let daysListed: Int64 = 8

    /// How many requests are under way at once.
    private static let parallelMax = 16
    /// How many manifests a listing holds decoded: those of a few hours. More are read again where
    /// their partition is merged.
    private static let manifestsHeldMax = 1000
    /// How many manifests are read before what they say is kept in the cache.
    private static let batchCount = 2000
    /// Of one manifest: a hundred times what a full segment of a day has.
    static let manifestBytesMax = 64 << 20

    struct Listing {
        /// One for each segment of the set, by zone and name.
        var entries: [CatalogEntry] = []
        /// Those of the entries, in their order, where a listing was asked to read them.
        var manifests: [SegmentManifest] = []
        /// Manifests by key that were read on the way and not dropped.
        fileprivate var held: [ObjectKey: SegmentManifest] = [:]
        /// Notes of late manifests, to be removed once these were admitted.
        var pending: [(key: ObjectKey, reference: SegmentReference)] = []
        /// What could not be read, as errors.
        var problems: [any OperatorError] = []
        /// Segments with an object under `manifests/`, whatever it is.
        var named: Set<SegmentReference> = []
        /// Segments with a manifest of another stream.
        var foreign: Set<SegmentReference> = []
        /// Segments whose damaged data another one of ``entries`` stands for.
        var replaced: Set<SegmentReference> = []
    }

    var store: any ObjectStore { cache.store }

    /// Every manifest, read.
    ///
    /// - Parameter isFull: all of them instead of those of the last days and the late ones.
    func list(isFull: Bool, now: Timestamp) async throws -> Listing {
        var listing = try await find(isFull: isFull, now: now, heldMax: .max)
        try await loadAll(of: &listing)
        return listing
    }

    /// What the manifests say of where their segments belong. Only those that were not read before
    /// are read.
    func find(isFull: Bool, now: Timestamp) async throws -> Listing {
        try await find(isFull: isFull, now: now, heldMax: Self.manifestsHeldMax)
    }

    /// What the manifests under these keys say of where their segments belong.
    func find(_ objects: [StoredObject]) async throws -> Listing {
        var listing = Listing()
        try await read(objects, heldMax: Self.manifestsHeldMax, into: &listing)
        return listing
    }

    private func find(isFull: Bool, now: Timestamp, heldMax: Int) async throws -> Listing {
        var listing = Listing()
        var objects = try await keys(under: StoreLayout.manifestPrefix, isFull: isFull, now: now)
        if !isFull {
            listing.pending = try await pending()
            let listed = Set(objects.map(\.key))
            let late = try await manifestObjects(of: listing.pending.map(\.reference))
            objects += late.filter { !listed.contains($0.key) }
        }
        try await read(objects, heldMax: heldMax, into: &listing)
        return listing
    }

    /// The manifests of entries of a listing, in their order, and why some cannot be read.
    func load(
        _ entries: [CatalogEntry], of listing: Listing
    ) async throws -> (manifests: [SegmentManifest], problems: [any OperatorError]) {
        var manifests: [SegmentManifest] = []
        var problems: [any OperatorError] = []
        let unread = entries.map(\.object).filter { listing.held[$0.key] == nil }
        var read = try await map(unread, read).makeIterator()
        for entry in entries {
            if let manifest = listing.held[entry.object.key] {
                manifests.append(manifest)
                continue
            }
            switch read.next() {
            case .manifest(let manifest)?: manifests.append(manifest)
            case .problem(let problem, _)?: problems.append(problem)
            case nil: preconditionFailure("as many readings as entries that were not read")
            }
        }
        return (manifests, problems)
    }

    // MARK: Listing

    /// The objects under a prefix that has folders of zones and days, ascending.
    func keys(
        under prefix: String, isFull: Bool, now: Timestamp
    ) async throws -> [StoredObject] {
        if isFull { return try await store.listAll(prefix) }
        var folders: [String] = []
        for zone in try await zones(under: prefix) {
            // A listener's clock may run ahead of ours.
            for day in (-1)..<Self.daysListed {
                let time = Timestamp(
                    milliseconds: now.milliseconds - day * Timestamp.millisecondsPerDay)
                folders.append(StoreLayout.folder(under: prefix, zone: zone, date: time.date))
            }
        }
        return try await map(folders) { try await store.listAll($0) }.flatMap { $0 }
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

    func pending() async throws -> [(key: ObjectKey, reference: SegmentReference)] {
        let notes = try await store.listAll(StoreLayout.pendingPrefix)
        if notes.isEmpty { return [] }
        let zones = try await zones()
        return notes.flatMap { object in
            let name = SegmentName(object.key.name.dropLast(".json".count))
            return zones.compactMap { zone in
                name.map { (object.key, SegmentReference(zone: zone, name: $0)) }
            }
        }
    }

    /// What lies under the manifests' keys of segments, in the order of the segments.
    func manifestObjects(of references: [SegmentReference]) async throws -> [StoredObject] {
        try await map(references) { reference in
            let key = StoreLayout.manifest(reference.name, of: reference.zone).path
            return try await store.listAll(String(key.dropLast("json".count)))
        }.flatMap { $0 }
    }

    /// The results of `body` in order, of which ``parallelMax`` are under way at once.
    private func map<Input: Sendable, Output: Sendable>(
        _ inputs: [Input], _ body: @escaping @Sendable (Input) async throws -> Output
    ) async throws -> [Output] {
        try await withThrowingTaskGroup(of: (Int, Output).self) { group in
            var outputs = [Output?](repeating: nil, count: inputs.count)
            for index in inputs.indices {
                if index >= Self.parallelMax, let (done, output) = try await group.next() {
                    outputs[done] = output
                }
                group.addTask { (index, try await body(inputs[index])) }
            }
            for try await (done, output) in group { outputs[done] = output }
            return outputs.compactMap { $0 }
        }
    }

    // MARK: Reading

    /// Adds the manifests under these keys, read.
    func read(_ objects: [StoredObject], into listing: inout Listing) async throws {
        try await read(objects, heldMax: .max, into: &listing)
        try await loadAll(of: &listing)
    }

    private func loadAll(of listing: inout Listing) async throws {
        let (manifests, problems) = try await load(listing.entries, of: listing)
        listing.held = [:]
        listing.manifests = manifests
        listing.problems += problems
    }

    private enum Reading: Sendable {
        case manifest(SegmentManifest)
        case problem(any OperatorError, SegmentReference)
    }

    private func read(
        _ objects: [StoredObject], heldMax: Int, into listing: inout Listing
    ) async throws {
        var choice = ManifestChoice(cache)
        var rest = objects[...]
        while !rest.isEmpty {
            var known = KnownFolders(cache, stream: dataset.stream)
            var unknown: [StoredObject] = []
            while unknown.count < Self.batchCount, let object = rest.popFirst() {
                guard let reference = StoreLayout.parseManifest(object.key) else {
                    choice.add(
                        SegmentError(
                            .invalidManifest, "manifest \(object.key): has no name of a manifest"),
                        nil)
                    continue
                }
                listing.named.insert(reference)
                if let facts = known.facts(of: object) {
                    choice.add(CatalogEntry(object: object, reference: reference, facts: facts))
                } else {
                    unknown.append(object)
                }
            }
            for (object, reading) in zip(unknown, try await map(unknown, read)) {
                switch reading {
                case .manifest(let manifest):
                    let facts = ManifestFacts(manifest)
                    known.add(facts, of: object)
                    choice.add(
                        CatalogEntry(
                            object: object, reference: manifest.reference, facts: facts))
                    if listing.held.count < heldMax { listing.held[object.key] = manifest }
                case .problem(let problem, let reference):
                    if (problem as? SegmentError)?.code == .otherStream {
                        listing.foreign.insert(reference)
                    }
                    choice.add(problem, reference)
                }
            }
            try known.keep()
        }
        try await choice.finish(&listing)
    }

    /// One of a key that is a manifest's.
    @Sendable private func read(_ object: StoredObject) async -> Reading {
        guard let reference = StoreLayout.parseManifest(object.key) else {
            preconditionFailure("\(object.key) is no key of a manifest")
        }
        do throws(SegmentError) {
            let bytes: [UInt8]
            do {
                guard object.bytes <= Self.manifestBytesMax else {
                    throw SegmentError(
                        .invalidManifest,
                        "has \(object.bytes) bytes, and at most \(Self.manifestBytesMax) are read")
                }
                bytes = try await cache.bytes(of: object)
            } catch let error as ObjectStoreError where error.disposition == .retry {
                return .problem(error, reference)
            } catch {
                throw SegmentError(.invalidManifest, "manifest \(object.key)", cause: error)
            }
            let manifest = try SegmentManifest.decode(bytes, from: object.key.path)
            try check(manifest, against: reference, object.key)
            return .manifest(manifest)
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
        let bound = manifest.lastPlausiblePartition(latestIDTime: dataset.limits.latestIDTime)
        if let hour = manifest.hours.last?.hour, hour > bound {
            throw SegmentError(
                .falseManifest,
                "manifest \(key): has lines of \(hour), which lies too far ahead of its reception")
        }
        guard manifest.stream == dataset.stream else {
            throw SegmentError(
                .otherStream,
                "manifest \(key): is of the stream \"\(manifest.stream)\", not \"\(dataset.stream)\""
            )
        }
    }
}
