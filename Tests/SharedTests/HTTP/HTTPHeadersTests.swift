import Testing

@testable import Shared

struct HTTPHeadersTests {
    @Test func `a field is found in any case`() {
        let headers: HTTPHeaders = ["ETag": "abc", "x-amz-request-id": "1"]
        #expect(headers["etag"] == "abc")
        #expect(headers["X-AMZ-Request-Id"] == "1")
        #expect(headers["etags"] == nil)
    }

    @Test func `setting replaces all fields of a name`() {
        var headers: HTTPHeaders = ["a": "1", "A": "2", "b": "3"]
        headers["a"] = "4"
        #expect(headers.fields.map(\.value) == ["3", "4"])
        headers["B"] = nil
        #expect(headers.fields.map(\.value) == ["4"])
    }
}
