import Shared
import TestSupport
import Testing

private enum JSONSchema {
    static let isCheckable = Shell.succeeds(["python3", "-c", "import jsonschema"])
}

/// The schemas in `docs/schema` describe what the code writes, and nothing looser.
@Suite(.enabled(if: JSONSchema.isCheckable, "the Python package jsonschema is missing"))
struct SchemaTests {
    /// Which of the documents the schema accepts.
    private static func accepts(_ schema: String, _ documents: [[UInt8]]) throws -> [Bool] {
        try TemporaryDirectory.with { directory in
            for (number, document) in documents.enumerated() {
                try directory.write(document, to: "\(number).json")
            }
            let script = """
                import json, sys
                from jsonschema import Draft202012Validator
                schema = json.load(open(sys.argv[1]))
                Draft202012Validator.check_schema(schema)
                validator = Draft202012Validator(schema)
                print(json.dumps([validator.is_valid(json.load(open(p))) for p in sys.argv[2:]]))
                """
            let paths = documents.indices.map { directory.file("\($0).json") }
            let output = try Shell.run(
                ["python3", "-c", script, Repository.schema(schema)] + paths)
            return try JSONDocument.decode([Bool].self, from: output)
        }
    }

    private static func validate(_ schema: String, _ documents: [[UInt8]]) throws {
        try TemporaryDirectory.with { directory in
            for (number, document) in documents.enumerated() {
                try directory.write(document, to: "\(number).json")
            }
            let paths = documents.indices.map { directory.file("\($0).json") }
            let tool = Repository.tool("validate-manifest.py")
            _ = try Shell.run(["python3", tool, Repository.schema(schema)] + paths)
        }
    }

    private static func fullManifest() throws -> SegmentManifest {
        var manifest = try SegmentManifestTests.make()
        manifest.lineFeeds = 4
        manifest.salvage = .init(records: 3, bytesLost: 17)
        manifest.connections[0].covers = manifest.received
        manifest.connections[0].cause = "stall"
        return manifest
    }

    @Test func `full, silent and salvaged manifests fit their schema`() throws {
        let silent = try TemporaryDirectory.with { directory in
            let writer = try SegmentWriter(SampleStream.header(), in: directory.path)
            return try writer.seal(
                at: SampleStream.time(1), heard: nil,
                latestIDTime: SampleStream.limits.latestIDTime)
        }
        let salvaged = try TemporaryDirectory.with { directory in
            let files = SegmentFiles(directory: directory.path, name: SampleStream.name())
            try directory.write([0x1F], to: "\(SampleStream.name()).ndjson.gz.open")
            return try SegmentRecovery(
                files, fallback: SampleStream.fallback(), limits: SampleStream.limits
            ).run()
        }
        var documents = [try Self.fullManifest(), silent, salvaged].map { $0.encoded() }
        for kind in ["live", "backfill", "recovery", "piped", "claimed"] {
            var manifest = silent
            manifest.clock.basis = .content
            manifest.connections = [
                .init(
                    id: "a", from: SampleStream.start, to: SampleStream.start,
                    kind: try #require(ConnectionKind(rawValue: kind)))
            ]
            documents.append(manifest.encoded())
        }
        try Self.validate("manifest.schema.json", documents)
    }

    @Test func `datasets of every choice fit their schema`() throws {
        var documents: [[UInt8]] = []
        for compression in CompressionProfile.allCases {
            for deletions in Dataset.DeletionPolicy.allCases {
                let dataset = Dataset(
                    stream: "default", zones: [SampleStream.zone("b"), SampleStream.zone("a")],
                    compression: compression, deletions: deletions, created: SampleStream.start)
                documents.append(JSONDocument.encode(dataset))
            }
        }
        try Self.validate("dataset.schema.json", documents)
    }

    @Test func `a document with a member taken out or put in fits only where that is optional`()
        throws
    {
        // Python makes the documents, so that no field can be forgotten here.
        let script = """
            import copy, json, sys
            document = json.load(sys.stdin)
            optional = set(sys.argv[1:])
            def places(value, path=()):
                if isinstance(value, dict):
                    yield path
                    for key, child in value.items():
                        yield from places(child, path + (key,))
                elif isinstance(value, list) and value:
                    yield from places(value[0], path + (0,))
            def at(value, path):
                for step in path:
                    value = value[step]
                return value
            made = []
            for path in places(document):
                more = copy.deepcopy(document)
                at(more, path)["extra"] = 1
                made.append([more, False])
                for key in at(document, path):
                    less = copy.deepcopy(document)
                    del at(less, path)[key]
                    made.append([less, key in optional])
            print(json.dumps({"expected": [fits for _, fits in made],
                              "documents": [json.dumps(text) for text, _ in made]}))
            """
        struct Made: Codable {
            var expected: [Bool]
            var documents: [String]
        }
        let dataset = Dataset(
            stream: "default", idPointer: JSONPointer("/post/id"),
            zones: [SampleStream.zone("b")], created: SampleStream.start)
        // The two ids of a member come together.
        let optional = [
            "object", "overlong", "lineFeeds", "ids", "salvage", "covers", "cause", "url",
            "selection",
        ]
        for (schema, document, optional) in [
            ("manifest.schema.json", try Self.fullManifest().encoded(), optional),
            ("dataset.schema.json", JSONDocument.encode(dataset), ["idPointer"]),
        ] {
            let output = try Shell.run(["python3", "-c", script] + optional, input: document)
            let made = try JSONDocument.decode(Made.self, from: output)
            #expect(made.expected.count > 10)
            let accepted = try Self.accepts(schema, made.documents.map { Array($0.utf8) })
            for (number, pair) in zip(accepted, made.expected).enumerated() {
                #expect(pair.0 == pair.1, "\(made.documents[number])")
            }
        }
    }

    @Test func `values that the code would refuse do not fit`() throws {
        let text = String(decoding: try Self.fullManifest().encoded(), as: UTF8.self)
        let replacements = [
            (#""zone":"use1-az4""#, #""zone":"-a""#), (#""minID":""#, #""minID":"0"#),
            (#""basis":"date-header""#, #""basis":"new""#), (#""format":1"#, #""format":2"#),
            (#""instance":"0123456789abcdef""#, #""instance":"0123456789ABCDEF""#),
            (#""kind":"live""#, #""kind":"new""#), (#""first":"2026-11-"#, #""first":"2026-13-"#),
            (#""hour":"2"#, #""hour":"x2"#), (#""sequence":0"#, #""sequence":-1"#),
            (#""arrivals":[[61000,61]"#, #""arrivals":[[61000,61,0]"#),
            (#""arrivals":[[61000,61]"#, #""arrivals":[[61000]"#),
            (#""key":"segments/"#, #""key":"../segments/"#), (#""sha256":""#, #""sha256":"x"#),
            (#""stream":"default""#, #""stream":5"#), (#""lines":"#, #""lines":-"#),
        ]
        var documents: [[UInt8]] = []
        for (old, new) in replacements {
            let parts = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
            try #require(parts.count == 2, "\(old)")
            documents.append(Array(parts.joined(separator: new).utf8))
        }
        let accepted = try Self.accepts("manifest.schema.json", documents)
        for (isAccepted, (_, new)) in zip(accepted, replacements) {
            #expect(!isAccepted, "\(new)")
        }
    }
}
