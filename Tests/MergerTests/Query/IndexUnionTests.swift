import Shared
import TestSupport
import Testing

@testable import merger

struct IndexUnionTests {
    private let seed = Seed()

    @Test func `a database over all hours holds the sum of each`() async throws {
        var generator = seed.generator
        for number in 1...5 {
            let world = try World(&generator)
            let comment: Comment = "world \(number) of \(seed)"
            try await MergeSite.with(world.dataset) { site in
                try site.add(world.stored)
                let report = try await site.run()
                let paths = try await site.partitions().map { partition in
                    let path = site.store.localPath(of: StoreLayout.index(partition))
                    return (partition: partition, path: path)
                }
                let path = site.directory.file("union.sqlite")
                let shuffled = paths.shuffled(using: &generator)
                try IndexUnion(shuffled, dataset: world.dataset).write(path)
                let database = try Database(path, .readOnly)
                for table in ["tweet", "divergence", "notice", "deletion", "quarantine"] {
                    let sum = world.answers.values.reduce(0) { $0 + ($1.tables[table]?.count ?? 0) }
                    let count = try database.integer("SELECT count(*) FROM \(table)")
                    #expect(count == Int64(sum), comment)
                }
                #expect(
                    try database.integer("SELECT count(*) FROM segment")
                        == Int64(world.segments.count), comment)
                // Every line of the set is in the union, so none is elsewhere.
                #expect(
                    try database.integer("SELECT count(*) FROM segment WHERE elsewhere <> 0") == 0,
                    comment)
                let ledger = try database.prepare(
                    """
                    SELECT sum(lines), sum(canonical), sum(duplicates), sum(notices),
                        sum(quarantined), sum(deleted) FROM ledger
                    """)
                #expect(try ledger.step())
                #expect(Ledger(ledger) == report.total, comment)
                try expectTweets(of: world, in: database, comment)
            }
        }
    }

    private func expectTweets(
        of world: World, in database: Database, _ comment: Comment
    ) throws {
        let rows = try database.prepare(
            "SELECT id, zones, segment, line, digest FROM tweet_readable ORDER BY id")
        var found: [String] = []
        while try rows.step() {
            let zones = rows.text(1).split(separator: " ").sorted().joined(separator: " ")
            let rest = (2..<5).map { rows.text($0) }
            found.append(([rows.text(0), zones] + rest).joined(separator: "|"))
        }
        let expected = world.answers.values.flatMap { $0.tables["tweet"] ?? [] }.map { row in
            var parts = row.split(separator: "|").map(String.init)
            parts[1] = parts[1].split(separator: " ").sorted().joined(separator: " ")
            return parts.joined(separator: "|")
        }
        #expect(Set(found) == Set(expected), comment)
        #expect(found.count == expected.count, comment)
    }
}
