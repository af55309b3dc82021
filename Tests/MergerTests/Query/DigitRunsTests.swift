import Shared
import Testing

@testable import merger

struct DigitRunsTests {
    @Test(arguments: [
        (#"{"id":12,"id_str":"13"}"#, ["12", "13"]), ("", []), ("x", []), ("0012 0", []),
        ("1541815603606036480", ["1541815603606036480"]), ("9223372036854775808", []),
        ("1.5e7", ["1", "5", "7"]), ("a1b22c333", ["1", "22", "333"]),
    ])
    func `runs of digits that are ids are found whole`(text: String, ids: [String]) {
        #expect(DigitRuns.ids(in: Array(text.utf8)).map(\.description) == ids)
    }
}
