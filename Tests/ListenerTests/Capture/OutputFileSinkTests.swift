import Shared
import TestSupport
import Testing

@testable import listener

struct OutputFileSinkTests {
    private let lineBytesMax = 1 << 20

    private func with(_ body: (TemporaryDirectory, String) throws -> Void) throws {
        try TemporaryDirectory.withFast { directory in
            try body(directory, directory.file("tweets.gz"))
        }
    }

    private func sink(_ path: String) throws -> OutputFileSink {
        try OutputFileSink(path: path, syncInterval: .seconds(1), lineBytesMax: lineBytesMax)
    }

    private func append(_ lines: [String], to sink: OutputFileSink) throws {
        for line in lines {
            try Array(line.utf8).withUnsafeBytes { try sink.append($0, .unreadable(.notJSON)) }
        }
    }

    /// As the interval would.
    private func sync(_ sink: OutputFileSink) throws {
        if let due = sink.nextDue { try sink.doDueWork(at: due) }
    }

    private func lines(_ path: String) throws -> [String] {
        // An empty file holds no line, and to gzip it is none of its own.
        if try LocalFile.read(path).bytes == 0 { return [] }
        return try text(path)
    }

    private func text(_ path: String) throws -> [String] {
        try SegmentCheck.lines(path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `what was appended is in a whole gzip file at the end`() throws {
        try with { _, path in
            let sink = try sink(path)
            try append(["one", "two"], to: sink)
            try sync(sink)
            try append(["three"], to: sink)
            try sink.finish(at: .now)
            #expect(try lines(path) == ["one", "two", "three"])
        }
    }

    @Test func `lines are on the disk after a sync`() throws {
        try with { directory, path in
            let sink = try sink(path)
            #expect(sink.nextDue == nil)
            try append(["one", "two"], to: sink)
            try sync(sink)
            #expect(sink.nextDue == nil)
            let raw = try Shell.python(
                """
                import sys, zlib
                sys.stdout.buffer.write(zlib.decompressobj(31).decompress(sys.stdin.buffer.read()))
                """, input: directory.read("tweets.gz"))
            #expect(String(decoding: raw, as: UTF8.self) == "one\ntwo\n")
            withExtendedLifetime(sink) {}
        }
    }

    @Test func `after a rename and a rotation both files are whole`() throws {
        try with { _, path in
            let sink = try sink(path)
            try append(["one"], to: sink)
            try sync(sink)
            try LocalDirectory.rename(path, to: path + ".1")
            try append(["two"], to: sink)
            try sink.rotate(at: .now)
            try append(["three"], to: sink)
            try sink.finish(at: .now)
            #expect(try lines(path + ".1") == ["one", "two"])
            #expect(try lines(path) == ["three"])
        }
    }

    @Test func `a rotation where nobody renamed the file goes on in it`() throws {
        try with { _, path in
            let sink = try sink(path)
            try append(["one"], to: sink)
            try sink.rotate(at: .now)
            try append(["two"], to: sink)
            try sink.finish(at: .now)
            #expect(try lines(path) == ["one", "two"])
        }
    }

    @Test func `a later run goes on in the file`() throws {
        try with { _, path in
            for line in ["one", "two"] {
                let sink = try sink(path)
                try append([line], to: sink)
                try sink.finish(at: .now)
            }
            #expect(try lines(path) == ["one", "two"])
        }
    }

    @Test func `a second listener is refused and leaves the file alone`() throws {
        try with { directory, path in
            let first = try sink(path)
            try append(["one"], to: first)
            try sync(first)
            // The member is open, as one that a crash tore would be.
            let before = try directory.read("tweets.gz")
            let error = #expect(throws: SpoolError.self) { try sink(path) }
            #expect(error?.code == .locked)
            #expect(error?.exitCode == .locked)
            #expect(try directory.read("tweets.gz") == before)
            try append(["two"], to: first)
            try first.finish(at: .now)
            #expect(try lines(path) == ["one", "two"])
        }
    }

    @Test func `an overlong line is kept beside`() throws {
        try with { directory, path in
            let sink = try sink(path)
            for text in ["head", "other"] {
                try Array(text.utf8).withUnsafeBytes {
                    try sink.appendOverlong(head: $0, bytes: 99)
                }
            }
            try sink.finish(at: .now)
            #expect(try directory.read("tweets.gz.overlong") == Array("head\nother\n".utf8))
        }
    }

    @Test func `a file torn anywhere keeps every line that was synced, and is gone on with`() throws
    {
        let seed = Seed()
        try with { directory, path in
            var generator = seed.generator
            let sink = try sink(path)
            var all: [String] = []
            var synced: [(bytes: Int, lines: Int)] = []
            for round in 0..<8 {
                let words = (0..<1 + generator.below(6)).map { number in
                    "\(round) \(number) \(generator.bytes(generator.below(30)))"
                }
                try append(words, to: sink)
                all += words
                if round == 3 { try sink.finish(at: .now) } else { try sync(sink) }
                synced.append((try directory.read("tweets.gz").count, all.count))
            }
            let bytes = try directory.read("tweets.gz")
            let step = max(1, bytes.count / 40)
            for cut in Array(stride(from: 0, to: bytes.count, by: step)) + [bytes.count] {
                let torn = directory.file("torn-\(cut).gz")
                try directory.write(Array(bytes[..<cut]), to: "torn-\(cut).gz")
                let next = try self.sink(torn)
                let safe = synced.last { $0.bytes <= cut }?.lines ?? 0
                let kept = try lines(torn)
                #expect(all.starts(with: kept), "cut to \(cut) of \(seed)")
                #expect(kept.count >= safe, "cut to \(cut) of \(seed)")
                try append(["afterwards"], to: next)
                try next.finish(at: .now)
                #expect(try lines(torn) == kept + ["afterwards"], "cut to \(cut) of \(seed)")
                #expect(!directory.has("torn-\(cut).gz.salvaged"))
            }
            withExtendedLifetime(sink) {}
        }
    }

    /// A file whose second member is torn after "two", and what the mended file must hold.
    private func withTornFile(_ body: (TemporaryDirectory, String, Int) throws -> Void) throws {
        try with { directory, path in
            let sink = try sink(path)
            try append(["one"], to: sink)
            try sink.finish(at: .now)
            let whole = try directory.read("tweets.gz").count
            try append(["two"], to: sink)
            try sync(sink)
            let torn = directory.file("torn.gz")
            try directory.write(directory.read("tweets.gz"), to: "torn.gz")
            try body(directory, torn, whole)
            withExtendedLifetime(sink) {}
        }
    }

    @Test(arguments: ["torn", "cut off", "begun", "written", "renamed away"])
    func `a crash while a torn file is mended loses and doubles no line`(_ state: String) throws {
        try withTornFile { directory, path, whole in
            let member = try Shell.python(
                "import sys, gzip; sys.stdout.buffer.write(gzip.compress(b'two\\n'))")
            try directory.write(member, to: "torn.gz.salvaged")
            let first = Array(try directory.read("torn.gz")[..<whole])
            let left: [String: [UInt8]] = [
                "cut off": first, "begun": first + member.prefix(9), "written": first + member,
                "renamed away": [],
            ]
            if let left = left[state] { try directory.write(left, to: "torn.gz") }
            let next = try sink(path)
            try append(["three"], to: next)
            try next.finish(at: .now)
            let expected = state == "renamed away" ? [] : ["one"]
            #expect(try lines(path) == expected + ["two", "three"])
            #expect(!directory.has("torn.gz.salvaged"))
        }
    }

    @Test func `a torn file is mended under its own inode`() throws {
        try withTornFile { directory, path, _ in
            _ = try Shell.run(["ln", path, directory.file("other-name.gz")])
            withExtendedLifetime(try sink(path)) {}
            #expect(try lines(directory.file("other-name.gz")) == ["one", "two"])
        }
    }

    @Test func `a file that is damaged before its end is put aside as it is`() throws {
        try with { directory, path in
            let bytes = try Shell.python(
                """
                import sys, gzip
                torn = gzip.compress(b"one\\n")[:-9]
                sys.stdout.buffer.write(torn + gzip.compress(b"two\\n"))
                """)
            for name in ["tweets.gz.damaged", "tweets.gz.damaged-2"] {
                try directory.write(bytes, to: "tweets.gz")
                var remarks: [StreamRemark] = []
                let sink = try OutputFileSink(
                    path: path, syncInterval: .seconds(1), lineBytesMax: lineBytesMax
                ) { remarks.append($0) }
                try append(["three"], to: sink)
                try sink.finish(at: .now)
                #expect(try lines(path) == ["three"])
                #expect(try directory.read(name) == bytes)
                #expect(remarks.map(\.isAlarm) == [true])
            }
        }
    }

    @Test func `lines in hand of a repair outlive a file that was damaged meanwhile`() throws {
        try with { directory, path in
            let member = try Shell.python(
                "import sys, gzip; sys.stdout.buffer.write(gzip.compress(b'two\\n'))")
            try directory.write(member, to: "tweets.gz.salvaged")
            try directory.write(
                Array(member.prefix(12)) + [0, 0, 0, 0, 0, 0, 0, 0], to: "tweets.gz")
            // Gone without an end, as one that was killed.
            func writeUntilKilled() throws {
                let sink = try sink(path)
                try append(["three"], to: sink)
                try sync(sink)
            }
            try writeUntilKilled()
            try sink(path).finish(at: .now)
            #expect(try lines(path) == ["two", "three"])
            #expect(directory.has("tweets.gz.damaged"))
        }
    }

    @Test func `every piece of a file that is looked at is told of, and that may end it`() throws {
        try with { directory, path in
            let bytes = try Shell.python(
                """
                import sys, os, gzip
                for _ in range(3): sys.stdout.buffer.write(gzip.compress(os.urandom(1 << 20)))
                """)
            try directory.write(bytes, to: "tweets.gz")
            try directory.write(bytes, to: "same.gz")
            var pieces = 0
            let sink = try OutputFileSink(
                path: path, syncInterval: .seconds(1), lineBytesMax: lineBytesMax,
                onPiece: { pieces += 1 })
            #expect(pieces >= 3)
            try sink.finish(at: .now)
            #expect(throws: CancellationError.self) {
                _ = try OutputFileSink(
                    path: directory.file("same.gz"), syncInterval: .seconds(1),
                    lineBytesMax: lineBytesMax, onPiece: { throw CancellationError() })
            }
            #expect(try directory.read("same.gz") == bytes)
        }
    }

    @Test func `a torn file of somebody else with a member too large is refused`() throws {
        try with { directory, path in
            let big = try Shell.python(
                """
                import sys, gzip
                sys.stdout.buffer.write(gzip.compress(b"x" * (4 << 20))[:-4])
                """)
            try directory.write(big, to: "tweets.gz")
            let error = #expect(throws: ConfigurationError.self) { try sink(path) }
            #expect(error?.message.contains("move it away") == true)
            #expect(try directory.read("tweets.gz") == big)
        }
    }
}
