import Foundation
import Testing

/// `docs/EDGE-CASES.md` promises tests by their names.
struct EdgeCaseTests {
    @Test func `the tests that the edge cases name exist, and no row is missing`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let table = try String(
            contentsOf: root.appending(path: "docs/EDGE-CASES.md"), encoding: .utf8)
        let rows = table.split(separator: "\n").filter { $0.wholeMatch(of: /\| \d+ \|.*/) != nil }
        let numbers = rows.map { Int($0.split(separator: "|")[0].filter(\.isNumber)) }
        #expect(numbers == Array(1...50))

        let tests = try FileManager.default.subpathsOfDirectory(
            atPath: root.appending(path: "Tests").path
        ).filter { $0.hasSuffix(".swift") || $0.hasSuffix(".py") }.map {
            try String(contentsOf: root.appending(path: "Tests/\($0)"), encoding: .utf8)
        }
        for row in rows {
            let names = row.split(separator: "|").last?.matches(of: /`([^`]+)`/).map(\.1) ?? []
            #expect(!names.isEmpty, "\(row)")
            for name in names {
                let declarations = ["func `\(name)`(", "def \(name)("]
                #expect(
                    tests.contains { text in declarations.contains { text.contains($0) } },
                    "there is no test named \(name)")
            }
        }
    }
}
