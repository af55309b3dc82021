import Shared
import Testing

@testable import listener

struct StreamURLTests {
    @Test(arguments: [
        "http://127.0.0.1/", "http://127.255.0.3:8080/x", "http://localhost/", "http://LOCALHOST/",
        "http://[::1]:9/", "http://[0:0:0:0:0:0:0:1]/",
    ])
    func `loopback is 127.0.0.0/8, ::1 and localhost`(text: String) throws {
        #expect(try StreamURL(text).isLoopback)
    }

    @Test(arguments: [
        "http://128.0.0.1/", "http://127.0.0.1.example.com/", "http://127.example.com/",
        "http://localhost.example.com/", "http://[::2]/", "http://example.com/127.0.0.1",
        "http://example.com#@127.0.0.1/",
    ])
    func `what only looks like loopback is not`(text: String) throws {
        #expect(try !StreamURL(text).isLoopback)
    }

    @Test(arguments: [
        ("ftp://example.com/", "begins with ftp://, where https:// or http:// is meant"),
        ("", "is not a URL"), ("https://", "is not a URL"), ("https://a b/", "is not a URL"),
        ("http://127.0.0.1@example.com/", "holds a user or password, which is not supported"),
        ("https://u:p@example.com/", "holds a user or password, which is not supported"),
    ])
    func `what is no usable address is refused without being shown`(
        text: String, problem: String
    ) throws {
        let error = #expect(throws: StreamError.self) { try StreamURL(text) }
        #expect(error?.description == "stream: LISTENER_STREAM_URL \(problem)")
        #expect(error?.exitCode.rawValue == 78)
    }

    @Test func `parameters are added where they are missing, and those present are kept`() throws {
        let url = try StreamURL("https://api.x.com/2/stream?tweet.fields=id&x=a%2Cb")
        let longer = url.adding([
            StreamParameter("tweet.fields", "lang"), StreamParameter("user.fields", "name,url"),
        ])
        #expect(
            longer.text
                == "https://api.x.com/2/stream?tweet.fields=id&x=a%2Cb&user.fields=name%2Curl")
    }

    @Test func `a parameter is replaced whatever its value was`() throws {
        let url = try StreamURL("https://api.x.com/?backfill_minutes=1&a=b")
        #expect(
            url.replacing(StreamParameter("backfill_minutes", "5")).text
                == "https://api.x.com/?a=b&backfill_minutes=5")
    }

    @Test func `what is logged has no query, and no port that the scheme implies`() throws {
        let url = try StreamURL("https://EXAMPLE.com:443/a/b?key=hidden#part")
        #expect(url.withoutQuery == "https://example.com/a/b")
        #expect(try StreamURL("http://example.com:443").withoutQuery == "http://example.com:443/")
    }
}
