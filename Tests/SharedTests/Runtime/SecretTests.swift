import Testing

@testable import Shared

struct SecretTests {
    @Test func `a secret prints nothing of itself, however it is printed`() {
        struct Holder { var secret = Secret("hunter2") }
        var dumped = ""
        dump(Holder(), to: &dumped)
        let printed = [
            "\(Secret("hunter2"))", String(reflecting: Secret("hunter2")), "\(Holder())",
            String(reflecting: Holder()), "\([Secret("hunter2")])", dumped,
        ]
        for text in printed {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("<redacted>"))
        }
    }
}
