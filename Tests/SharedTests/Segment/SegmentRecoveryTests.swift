import Shared
import TestSupport
import Testing

@Suite struct SegmentRecoveryTests {
    private typealias Snapshot = [String: [UInt8]]

    private static let name = "\(SampleStream.name())"
    private static let open = name + ".ndjson.gz.open"
    private static let journal = name + ".journal"
    private static let newManifest = name + ".json.new"
    private static let manifest = name + ".json"
    private static let data = name + ".ndjson.gz"
    private static let salvaged = name + ".ndjson.gz.salvaged"

    private static func recover(_ directory: TemporaryDirectory) throws -> SegmentManifest {
        let files = SegmentFiles(directory: directory.path, name: SampleStream.name())
        return try SegmentRecovery(
            files, fallback: SampleStream.fallback(), limits: SampleStream.limits
        ).run()
    }

    /// A segment that was being written: what was appended, and the files at each sync.
    private struct Written {
        var lines: [[UInt8]] = []
        /// The files right after a sync, and how many lines it promised.
        var syncs: [(lines: Int, files: Snapshot)] = []
        /// The files before sealing, some lines behind the last sync, and after it.
        var unsealed: Snapshot = [:]
        var sealed: Snapshot = [:]

        /// The lines that the last sync before the file had `bytes` bytes promised.
        func promised(_ bytes: Int) -> Int {
            syncs.last { $0.files[open]?.count ?? 0 <= bytes }?.lines ?? 0
        }
    }

    @Test func `line feeds that became spaces are known again up to the last sync`() throws {
        try TemporaryDirectory.with { directory in
            let writer = try SegmentWriter(SampleStream.header(), in: directory.path)
            for (count, isSynced) in [(2, true), (3, true), (4, false)] {
                try writer.append(Array(#"{ "id":1}"#.utf8))
                writer.replacedLineFeeds(count)
                if isSynced { try writer.sync(at: SampleStream.time(1), heard: nil) }
            }
            #expect(try Self.recover(directory).lineFeeds == 5)
        }
    }

    private static func write(_ seed: Seed, lines: Int, lineBytes: Int = 0) throws -> Written {
        var stream = SampleStream(generator: seed.generator)
        return try TemporaryDirectory.with { directory in
            var written = Written()
            let writer = try SegmentWriter(SampleStream.header(), in: directory.path)
            try writer.clockMeasured(.init(offsetMs: 250, basis: .dateHeader))
            try writer.connectionOpened(
                .init(id: "c", from: SampleStream.start, to: SampleStream.start, kind: .live))
            for number in 0..<lines {
                let seconds = Double(number) / 10
                var line = stream.line(seconds: seconds)
                line += [UInt8](repeating: 0x20, count: lineBytes)
                written.lines.append(line)
                try writer.append(line)
                if number % 25 == 24 {
                    try writer.sync(
                        at: SampleStream.time(seconds), heard: SampleStream.time(seconds - 0.01))
                    written.syncs.append((writer.lines, try directory.snapshot()))
                }
            }
            written.unsealed = try directory.snapshot()
            try writer.seal(
                at: SampleStream.time(Double(lines)), heard: nil,
                latestIDTime: SampleStream.limits.latestIDTime
            )
            written.sealed = try directory.snapshot()
            return written
        }
    }

    private static func recoveredLines(_ directory: TemporaryDirectory) throws -> [[UInt8]] {
        directory.has(data) ? try SegmentCheck.lines(directory.file(data)) : []
    }

    private static func expectSealed(_ directory: TemporaryDirectory, _ comment: Comment) throws {
        let names = try directory.names()
        #expect(names == [manifest, data] || names == [manifest], comment)
    }

    // MARK: What a crash leaves of an open segment

    @Test func `at a sync point exactly the synced lines are on the disk`() throws {
        let seed = Seed()
        let written = try Self.write(seed, lines: 310)
        #expect(written.syncs.count == 12)
        try TemporaryDirectory.with { directory in
            var manifests: [String] = []
            for (number, point) in written.syncs.enumerated() {
                let spool = try directory.folder("\(number)")
                try spool.restore(point.files)
                let manifest = try Self.recover(spool)
                let lines = try Self.recoveredLines(spool)
                #expect(lines == Array(written.lines[..<point.lines]), "\(seed)")
                #expect(manifest.salvage == .init(records: point.lines, bytesLost: 0), "\(seed)")
                let last = SampleStream.time(Double(point.lines - 1) / 10)
                #expect(manifest.received.last == last)
                #expect(manifest.clock == .init(offsetMs: 250, basis: .dateHeader))
                #expect(
                    manifest.arrivals.map(\.lines)
                        == Array(stride(from: 25, through: point.lines, by: 25)))
                let connection = try #require(manifest.connections.first)
                let heard = SampleStream.time(Double(point.lines - 1) / 10 - 0.01)
                #expect(connection.to == heard)
                #expect(connection.cause == SegmentRecovery.crashCause)
                #expect(manifest.source == SampleStream.header().source)
                try Self.expectSealed(spool, "\(seed)")
                manifests.append(spool.file(Self.manifest))
            }
            try SegmentCheck.verify(manifests)
        }
    }

    @Test(arguments: [(200, 0), (60, 60_000)])
    func `an open file cut anywhere gives a prefix of the lines, with all that were synced`(
        count: Int, lineBytes: Int
    ) throws {
        let seed = Seed()
        let written = try Self.write(seed, lines: count, lineBytes: lineBytes)
        let file = try #require(written.unsealed[Self.open] ?? written.syncs.last?.files[Self.open])
        try TemporaryDirectory.with { directory in
            var manifests: [String] = []
            var cuts = Array(stride(from: 0, through: file.count, by: 97))
            cuts += written.syncs.compactMap { $0.files[Self.open]?.count }
            for cut in cuts {
                let spool = try directory.folder("\(cut)")
                // The journal says as much as when the file had this size, and never more.
                let point = written.syncs.last { $0.files[Self.open]?.count ?? 0 <= cut }
                var files = point?.files ?? written.syncs[0].files
                if point == nil { files[Self.journal] = nil }
                files[Self.open] = Array(file[..<cut])
                try spool.restore(files)
                let manifest = try Self.recover(spool)
                let lines = try Self.recoveredLines(spool)
                #expect(written.lines.starts(with: lines), "cut at \(cut), \(seed)")
                #expect(lines.count >= written.promised(cut), "cut at \(cut), \(seed)")
                #expect(manifest.lines == lines.count, "cut at \(cut), \(seed)")
                try Self.expectSealed(spool, "cut at \(cut), \(seed)")
                manifests.append(spool.file(Self.manifest))
            }
            try SegmentCheck.verify(manifests)
        }
    }

    @Test func `a disk that lost synced bytes gives a manifest that does not claim them`() throws {
        let seed = Seed()
        let written = try Self.write(seed, lines: 110)
        let file = try #require(written.unsealed[Self.open])
        try TemporaryDirectory.with { directory in
            try directory.restore(written.unsealed)
            try directory.write(Array(file[..<(file.count / 2)]), to: Self.open)
            let manifest = try Self.recover(directory)
            #expect(manifest.lines < 100)
            #expect((manifest.arrivals.last?.lines ?? 0) == manifest.lines, "\(seed)")
            #expect(manifest.salvage?.bytesLost ?? 0 > 0)
            try SegmentCheck.verify([directory.file(Self.manifest)])
        }
    }

    @Test func `bytes that a crash left behind the last sync do not harm what was synced`() throws {
        let seed = Seed()
        var generator = seed.generator
        let written = try Self.write(seed, lines: 60)
        let point = try #require(written.syncs.last)
        for tail in [[UInt8](repeating: 0, count: 4096), generator.bytes(4096), [0x1F, 0x8B, 8]] {
            try TemporaryDirectory.with { directory in
                try directory.restore(point.files)
                try directory.write((point.files[Self.open] ?? []) + tail, to: Self.open)
                let manifest = try Self.recover(directory)
                let lines = try Self.recoveredLines(directory)
                #expect(
                    Array(lines.prefix(point.lines)) == Array(written.lines.prefix(point.lines)),
                    "\(seed)")
                #expect(manifest.lines == lines.count)
            }
        }
    }

    @Test func `whole members stay as they are and only the torn one is written again`() throws {
        let seed = Seed()
        let written = try Self.write(seed, lines: 60, lineBytes: 60_000)
        let sealed = try SegmentManifest.decode(
            try #require(written.sealed[Self.manifest]), from: "x")
        #expect(sealed.members.count > 3)
        let file = try #require(written.sealed[Self.data])
        let third = sealed.members[2]
        try TemporaryDirectory.with { directory in
            try directory.restore(written.unsealed)
            try directory.write(Array(file[..<(third.offset + third.bytes / 2)]), to: Self.open)
            let manifest = try Self.recover(directory)
            #expect(Array(manifest.members.prefix(2)) == Array(sealed.members.prefix(2)))
            #expect(try directory.read(Self.data).starts(with: file[..<third.offset]))
            let saved = manifest.lines - sealed.members[0].lines - sealed.members[1].lines
            #expect(manifest.salvage?.records == saved)
            try SegmentCheck.verify([directory.file(Self.manifest)])
        }
    }

    @Test func `an open file that is damaged before its end is kept beside what was saved`() throws
    {
        let seed = Seed()
        let written = try Self.write(seed, lines: 200, lineBytes: 20_000)
        var damaged = written.unsealed
        let size = try #require(damaged[Self.open]?.count)
        // In the first of two members: it has ended, and so has a CRC to tell by.
        for offset in size / 8..<size / 8 + 64 { damaged[Self.open]?[offset] ^= 0xFF }
        try TemporaryDirectory.with { directory in
            try directory.restore(damaged)
            let manifest = try Self.recover(directory)
            let lines = try Self.recoveredLines(directory)
            #expect(lines == Array(written.lines.prefix(lines.count)), "\(seed)")
            #expect(lines.count < 200, "\(seed)")
            #expect(manifest.salvage?.bytesLost ?? 0 > 0, "\(seed)")
            let kept = try directory.read("quarantine/\(Self.open)")
            #expect(kept == damaged[Self.open], "\(seed)")
        }
        try TemporaryDirectory.with { directory in
            try directory.restore(written.unsealed)
            _ = try Self.recover(directory)
            #expect(!directory.has("quarantine"), "a file that is only cut off is not kept")
        }
    }

    @Test func `of a damaged member nothing but what was synced is believed`() throws {
        let seed = Seed()
        let written = try Self.write(seed, lines: 120)
        let point = try #require(written.syncs.last)
        for tail in [[UInt8](repeating: 0, count: 4096), [UInt8](repeating: 0xA7, count: 4096)] {
            try TemporaryDirectory.with { directory in
                var files = point.files
                files[Self.open]?.append(contentsOf: tail)
                try directory.restore(files)
                _ = try Self.recover(directory)
                let lines = try Self.recoveredLines(directory)
                #expect(lines == Array(written.lines.prefix(point.lines)), "\(seed)")
            }
        }
    }

    @Test func `a journal cut anywhere, or gone, costs no line`() throws {
        let seed = Seed()
        let written = try Self.write(seed, lines: 30)
        let journal = try #require(written.syncs.last?.files[Self.journal])
        try TemporaryDirectory.with { directory in
            var manifests: [String] = []
            for cut in Array(stride(from: 0, through: journal.count, by: 7)) + [-1] {
                let spool = try directory.folder("\(cut)")
                try spool.restore(written.syncs.last?.files ?? [:])
                try cut < 0
                    ? spool.remove(Self.journal)
                    : spool.write(Array(journal[..<cut]), to: Self.journal)
                let manifest = try Self.recover(spool)
                #expect(manifest.lines == 25, "cut at \(cut), \(seed)")
                let hasBegin = journal.prefix(max(0, cut)).contains(UInt8(ascii: "\n"))
                #expect(!hasBegin || manifest.software == "tests/1")
                #expect(hasBegin || ["tests/recovery", "tests/1"].contains(manifest.software))
                manifests.append(spool.file(Self.manifest))
            }
            try SegmentCheck.verify(manifests)
        }
    }

    @Test(arguments: [
        #""ms":9223372036854775807,"lines":20,"bytes":100"#, #""ms":-1,"lines":20,"bytes":100"#,
        #""ms":1,"lines":-20,"bytes":100"#, #""ms":1,"lines":9223372036854775807,"bytes":100"#,
        #""ms":1,"lines":20,"bytes":-100"#, #""ms":1,"lines":20,"bytes":9223372036854775807"#,
        #""ms":1,"lines":20,"bytes":9,"lineFeeds":-1"#,
    ])
    func `a sync point that no listener wrote is not believed, and costs no line`(numbers: String)
        throws
    {
        try TemporaryDirectory.with { directory in
            let writer = try SegmentWriter(SampleStream.header(), in: directory.path)
            for _ in 0..<3 { try writer.append(Array(#"{"id":1}"#.utf8)) }
            try writer.sync(at: SampleStream.time(1), heard: nil)
            let point = #"{"t":"sync","# + numbers + "}\n"
            let journal = try directory.read(Self.journal) + Array(point.utf8)
            try directory.write(journal, to: Self.journal)
            let manifest = try Self.recover(directory)
            #expect(manifest.lines == 3)
            #expect(manifest.arrivals.map(\.lines) == [3])
        }
    }

    @Test func `a journal of another segment is not believed`() throws {
        let seed = Seed()
        let written = try Self.write(seed, lines: 30)
        try TemporaryDirectory.with { directory in
            _ = try SegmentWriter(SampleStream.header(sequence: 1), in: directory.path)
            let other = try directory.read("\(SampleStream.name(sequence: 1)).journal")
            try directory.restore(written.unsealed)
            try directory.write(other, to: Self.journal)
            #expect(try Self.recover(directory).name == SampleStream.name())
        }
    }

    @Test func `a segment of which only the journal is left was silent`() throws {
        try TemporaryDirectory.with { directory in
            let writer = try SegmentWriter(SampleStream.header(), in: directory.path)
            try writer.sync(at: SampleStream.time(7), heard: nil)
            let manifest = try Self.recover(directory)
            #expect(manifest.lines == 0 && manifest.object == nil)
            #expect(manifest.received.last == SampleStream.time(7))
            #expect(try directory.names() == [Self.manifest])
        }
    }

    @Test(
        arguments: [
            (content: [], left: []), (content: [0x1F], left: []),
            (content: Array("no gzip at all".utf8), left: ["quarantine"]),
        ] as [(content: [UInt8], left: [String])])
    func `an open file without one whole line becomes a silent segment`(
        content: [UInt8], left: [String]
    ) throws {
        try TemporaryDirectory.with { directory in
            try directory.write(content, to: Self.open)
            let manifest = try Self.recover(directory)
            #expect(manifest.lines == 0 && manifest.object == nil)
            #expect(manifest.salvage?.records == 0)
            #expect(manifest.salvage?.bytesLost ?? .max <= content.count)
            #expect(try directory.names() == [Self.manifest] + left)
            try SegmentCheck.verify([directory.file(Self.manifest)])
        }
    }

    // MARK: Interruptions

    @Test func `a sealing that was interrupted after any step is finished and changes nothing`()
        throws
    {
        let seed = Seed()
        let written = try Self.write(seed, lines: 60)
        let data = try #require(written.sealed[Self.data])
        let manifest = try #require(written.sealed[Self.manifest])
        let journal = try #require(written.unsealed[Self.journal])
        let begun: Snapshot = [Self.open: data, Self.journal: journal]
        var states: [(step: String, files: Snapshot, isManifestWhole: Bool)] = [
            ("the data ended", begun, false)
        ]
        for cut in Array(stride(from: 0, to: manifest.count - 1, by: 61)) + [manifest.count] {
            let files = begun.merging([Self.newManifest: Array(manifest[..<cut])]) { $1 }
            states.append(("\(cut) bytes of manifest", files, cut == manifest.count))
        }
        let renamed: Snapshot = [
            Self.data: data, Self.journal: journal, Self.newManifest: manifest,
        ]
        let published: Snapshot = [
            Self.data: data, Self.journal: journal, Self.manifest: manifest,
        ]
        states += [
            ("the data renamed", renamed, true), ("the manifest renamed", published, true),
            ("all done", written.sealed, true),
            // File systems need not keep the order of two renames that nobody synced.
            (
                "only the manifest's rename kept",
                begun.merging([Self.manifest: manifest]) { $1 }, true
            ),
        ]
        for state in states {
            try TemporaryDirectory.with { directory in
                try directory.restore(state.files)
                let recovered = try Self.recover(directory)
                try Self.expectSealed(directory, "\(state.step), \(seed)")
                #expect(recovered.lines == written.lines.count, "\(state.step)")
                #expect(directory.has(Self.data), "\(state.step), \(seed)")
                guard directory.has(Self.data) else { return }
                #expect(try directory.read(Self.data) == data, "\(state.step), \(seed)")
                if state.isManifestWhole {
                    #expect(try directory.read(Self.manifest) == manifest, "\(state.step)")
                } else {
                    #expect(recovered.salvage == .init(records: 0, bytesLost: 0))
                }
            }
        }
    }

    @Test func `a recovery that was interrupted after any step ends the same`() throws {
        let seed = Seed()
        let written = try Self.write(seed, lines: 60)
        let torn = try #require(written.unsealed[Self.open]).dropLast(9)
        try expectSameEnd(
            [Self.open: Array(torn), Self.journal: written.unsealed[Self.journal] ?? []], seed)
        // Nothing to save: a recovery without data.
        try expectSameEnd(
            [
                Self.open: Array(torn.prefix(12)),
                Self.journal: written.unsealed[Self.journal] ?? [],
            ],
            seed)
    }

    private func expectSameEnd(_ torn: Snapshot, _ seed: Seed) throws {
        let end = try TemporaryDirectory.with { directory in
            try directory.restore(torn)
            _ = try Self.recover(directory)
            return try directory.snapshot()
        }
        let manifest = try #require(end[Self.manifest])
        let data = end[Self.data]
        var states: [Snapshot] = []
        for cut in stride(from: 0, through: data?.count ?? 0, by: 101) {
            states.append(torn.merging([Self.salvaged: Array((data ?? [])[..<cut])]) { $1 })
        }
        let saved = torn.merging([Self.salvaged: data ?? []]) { $1 }
        states.append(saved)
        for cut in [0, 1, manifest.count / 2, manifest.count] {
            states.append(saved.merging([Self.newManifest: Array(manifest[..<cut])]) { $1 })
        }
        var renamed = data == nil ? saved : torn
        renamed[Self.data] = data
        states.append(renamed.merging([Self.newManifest: manifest]) { $1 })
        var published = renamed.merging([Self.manifest: manifest]) { $1 }
        states.append(published)
        published[Self.open] = nil
        states.append(published)
        published[Self.journal] = nil
        states.append(published)
        for (number, state) in states.enumerated() {
            try TemporaryDirectory.with { directory in
                try directory.restore(state)
                _ = try Self.recover(directory)
                #expect(try directory.snapshot() == end, "state \(number), \(seed)")
                _ = try Self.recover(directory)
                #expect(try directory.snapshot() == end, "state \(number) again, \(seed)")
            }
        }
    }

    @Test func `a manifest whose data were shipped is left as it is`() throws {
        let seed = Seed()
        let written = try Self.write(seed, lines: 30)
        try TemporaryDirectory.with { directory in
            var files = written.sealed
            files[Self.data] = nil
            try directory.restore(files)
            #expect(try Self.recover(directory).lines == 30)
            #expect(try directory.snapshot() == files)
        }
    }

    @Test func `a manifest that does not match any data is not believed`() throws {
        let seed = Seed()
        let written = try Self.write(seed, lines: 60)
        let other = try Self.write(Seed(), lines: 61)
        try TemporaryDirectory.with { directory in
            var files = written.unsealed
            files[Self.newManifest] = other.sealed[Self.manifest]
            try directory.restore(files)
            let manifest = try Self.recover(directory)
            #expect(manifest.lines == 50, "\(seed)")
            try SegmentCheck.verify([directory.file(Self.manifest)])
        }
    }
}
