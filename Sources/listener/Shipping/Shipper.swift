import Logging
import Shared

/// Carries sealed segments from the spool to the store and takes them off the disk once the store
/// has confirmed them (G3).
///
/// Data first, then the manifest: a segment is in the set when its manifest is in the store. Every
/// step may be repeated after a crash, because the spool, not memory, says what is left to do.
struct Shipper: Sendable {
    let spool: Spool
    let store: any ObjectStore
    /// False for a store without conditional writes.
    let isConditional: Bool
    let logger: Logger
    var metrics = ListenerMetrics()
    /// Nil where the store is known to hold this stream.
    var admission: StoreAdmission?
    /// After how long an attempt that has not ended counts as a store that fails: a mount that hangs
    /// never says so itself.
    var overdueAfter = Duration.seconds(120)

    /// How many segments are sent at once.
    private static let parallelMax = 4

    /// A segment begun longer ago than this is not in the days that a run lists by itself.
    static let lateAfter = Duration.seconds(7 * 86_400)

    private static let backoff = Backoff(floor: .seconds(1), ceiling: .seconds(60))

    /// Ships whatever is sealed, again whenever `wake` says so or a failure's wait is over, until
    /// `wake` ends or the task is cancelled.
    func run(wake: AsyncStream<Void>) async {
        var failures = 0
        while !Task.isCancelled, admission?.refusal == nil {
            failures = await shipAll() ? 0 : failures + 1
            if failures == 0 {
                guard await Self.next(of: wake) else { return }
            } else {
                var generator = SystemRandomNumberGenerator()
                let delay = Self.backoff.delay(attempt: failures, using: &generator)
                try? await Task.sleep(for: delay)
            }
        }
    }

    /// What became of one segment in one pass.
    private enum Outcome {
        /// It is in the store, or in quarantine.
        case done
        /// It can never be shipped, and quarantine is full: nothing to do until a person acts.
        case left
        /// It must be tried again; others may fare better.
        case stuck
        /// The store does not take anything now.
        case storeFailing
    }

    /// One pass over the spool, oldest first.
    ///
    /// - Returns: whether nothing is left that a later pass could ship.
    func shipAll() async -> Bool {
        let names: [SegmentName]
        do {
            names = try spool.sealed()
        } catch {
            logger.error("\(error)")
            return false
        }
        if !names.isEmpty {
            guard await isAdmitted() else { return false }
        }
        return await withTaskGroup(of: Outcome.self) { group in
            var waiting = names.makeIterator()
            for _ in 0..<Self.parallelMax {
                guard let name = waiting.next() else { break }
                group.addTask { await attempt(name) }
            }
            var isDone = true
            var isStoreFailing = false
            while let outcome = await group.next() {
                isDone = isDone && (outcome == .done || outcome == .left)
                isStoreFailing = isStoreFailing || outcome == .storeFailing
                // A store that is down is asked a few times a pass and not once for each segment.
                if !isStoreFailing, let name = waiting.next() {
                    group.addTask { await attempt(name) }
                }
            }
            return isDone
        }
    }

    private func isAdmitted() async -> Bool {
        do {
            try await admission?.require()
            return true
        } catch is CancellationError {
            return false
        } catch {
            metrics.attempted(.storeFailed)
            guard admission?.refusal == nil else { return false }
            logger.warning("segments: not shipped yet: \(error)")
            return false
        }
    }

    private func attempt(_ name: SegmentName) async -> Outcome {
        let start = ContinuousClock.now
        let overdue = Task { await noteOverdue(name) }
        defer { overdue.cancel() }
        do {
            try await ship(name)
            metrics.shipped(in: .now - start)
            return .done
        } catch is CancellationError {
            metrics.attempted(.cancelled)
            return .stuck
        } catch {
            if isOfVerification(error) { metrics.verificationFailed() }
            guard isFinal(error, for: name) else {
                logger.warning("segment \(name): not shipped yet: \(error)")
                let isStoreFailing = isOfStore(error)
                metrics.attempted(isStoreFailing ? .storeFailed : .failed)
                return isStoreFailing ? .storeFailing : .stuck
            }
            return quarantine(name, because: error)
        }
    }

    /// The attempt goes on: it may be a long one over a slow line.
    private func noteOverdue(_ name: SegmentName) async {
        guard (try? await Task.sleep(for: overdueAfter)) != nil else { return }
        metrics.status.storeFailed()
        logger.warning(
            """
            segment \(name): not shipped yet: \(store.name): no end after \
            \(overdueAfter.readable)
            """)
    }

    private func quarantine(_ name: SegmentName, because reason: any Error) -> Outcome {
        let words = "segment \(name): can never be shipped: \(reason)"
        do {
            try spool.quarantine(name)
            metrics.attempted(.quarantined)
            logger.error("\(words): moved to quarantine/")
            return .done
        } catch let error as SpoolError where error.code == .quarantineFull {
            metrics.attempted(.failed)
            logger.error("\(words): \(error)")
            return .left
        } catch {
            metrics.attempted(.failed)
            logger.error("\(words): \(error)")
            return .stuck
        }
    }

    /// Whether no later attempt can succeed: the fault is in the files, or in what lies under their
    /// keys. A store that refuses, whatever it says, is never a reason to put data aside.
    private func isFinal(_ error: any Error, for name: SegmentName) -> Bool {
        if let error = error as? SegmentError { return error.disposition == .giveUp }
        switch (error as? ObjectStoreError)?.code {
        case .conflict: return true
        case .checksumMismatch, .localFile: return isDamaged(name)
        default: return false
        }
    }

    /// Whether the data are not those of the manifest, or lie where the disk does not return them.
    /// Where they cannot be looked at for another reason a later attempt finds out.
    private func isDamaged(_ name: SegmentName) -> Bool {
        guard let object = (try? spool.readManifest(name))?.object else { return false }
        do throws(LocalFileError) {
            return try ContentDigest.ofFile(spool.files(of: name).data).digest != object.sha256
        } catch {
            return error.isOfMedium
        }
    }

    /// The store holds other bytes than were sent, or says so.
    private func isOfVerification(_ error: any Error) -> Bool {
        switch (error as? ObjectStoreError)?.code {
        case .conflict, .checksumMismatch: true
        default: false
        }
    }

    private func isOfStore(_ error: any Error) -> Bool {
        switch (error as? ObjectStoreError)?.code {
        case .unavailable, .throttled, .accessDenied, .invalidRequest, .unsupported: true
        default: false
        }
    }

    private func ship(_ name: SegmentName) async throws {
        let manifest = try spool.readManifest(name)
        let files = spool.files(of: name)
        if let object = manifest.object {
            guard LocalDirectory.exists(files.data) else {
                return try await finishRemoval(of: manifest)
            }
            try await putOnce(
                .file(path: files.data, bytes: object.bytes, digest: object.sha256),
                at: StoreLayout.segment(name, of: manifest.zone))
        }
        for piece in spool.quarantinedPieces(of: name) {
            let (digest, bytes) = try ContentDigest.ofFile(piece.path)
            try await putOnce(
                .file(path: piece.path, bytes: bytes, digest: digest),
                at: StoreLayout.quarantine(name, of: manifest.zone, number: piece.number))
        }
        let (digest, bytes) = try ContentDigest.ofFile(files.manifest)
        try await putOnce(
            .file(path: files.manifest, bytes: bytes, digest: digest),
            at: StoreLayout.manifest(name, of: manifest.zone))
        if name.start.duration(to: .now) > Self.lateAfter {
            try await putOnce(.bytes([]), at: StoreLayout.pending(name))
        }
        try spool.removeShipped(name)
        logger.info(
            "segment \(name): shipped: \(manifest.lines) lines, \(manifest.object?.bytes ?? 0) bytes"
        )
    }

    /// A crash came after the data were removed, which happens only once the store has both.
    private func finishRemoval(of manifest: SegmentManifest) async throws {
        let key = StoreLayout.manifest(manifest.name, of: manifest.zone)
        guard try await store.head(key) != nil else {
            throw SegmentError(
                .falseManifest, "its data are gone and \(store.name) has no manifest")
        }
        try spool.removeShipped(manifest.name)
    }

    private func putOnce(_ body: ObjectBody, at key: ObjectKey) async throws {
        _ = try await store.putOnce(body, at: key, isConditional: isConditional)
    }

    /// - Returns: false where the stream is over.
    private static func next(of wake: AsyncStream<Void>) async -> Bool {
        for await _ in wake { return true }
        return false
    }
}
