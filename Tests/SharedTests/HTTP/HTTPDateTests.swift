import Testing

@testable import Shared

struct HTTPDateTests {
    @Test func `the example of RFC 9110 is read`() {
        #expect(
            HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT") == Timestamp("1994-11-06T08:49:37Z"))
    }

    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 PST", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 GMT",
        "Sun, 99999999999999999999 Nov 1994 08:49:37 GMT", "Sun, -1 Nov 1994 08:49:37 GMT",
    ])
    func `other forms and dates that do not exist are not read`(_ text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }
}
