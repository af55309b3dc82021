import Testing

@testable import merger

struct CoresTests {
    private struct Refusal: Error, Equatable {
        var index: Int
    }

    @Test(arguments: [0, 1, 2, 1000])
    func `results come in the order of their numbers, whoever worked them out`(count: Int) throws {
        let squares = try Cores.map(count, worker: {}) { _, index in index * index }
        #expect(squares == (0..<count).map { $0 * $0 })
    }

    @Test func `of several failures that of the lowest number is thrown`() {
        #expect(throws: Refusal(index: 300)) {
            _ = try Cores.map(1000, worker: {}) { _, index in
                if index >= 300 { throw Refusal(index: index) }
                return index
            }
        }
    }
}
