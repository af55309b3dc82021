import Testing

@testable import listener

struct RulesDifferenceTests {
    private let server = [
        StreamRule(id: "1", value: "from:1", tag: "tributary:default"),
        StreamRule(id: "2", value: "from:2", tag: "tributary:default"),
        StreamRule(id: "3", value: "cats", tag: nil),
        StreamRule(id: "4", value: "from:4", tag: "tributary:other"),
    ]

    @Test func `only rules with our tag are deleted, and a value that is there is not added`() {
        let difference = RulesDifference(
            wanted: ["from:5", "from:2", "from:4", "from:3"], server: server,
            tag: "tributary:default")
        #expect(difference.add == ["from:3", "from:5"])
        #expect(difference.delete.map(\.id) == ["1"])
        #expect(difference.kept == 2)
        #expect(difference.foreign == 2)
        #expect(!difference.isEmpty)
    }

    @Test func `what is in force already is no difference`() {
        let difference = RulesDifference(
            wanted: ["from:2", "from:1"], server: server, tag: "tributary:default")
        #expect(difference.isEmpty)
    }
}
