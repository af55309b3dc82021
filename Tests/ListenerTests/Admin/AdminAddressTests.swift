import Testing

@testable import listener

struct AdminAddressTests {
    @Test(arguments: [
        ("127.0.0.1:9464", "127.0.0.1", 9464), ("[::1]:0", "::1", 0),
        ("localhost:65535", "localhost", 65535),
    ])
    func `a host and a port are read, and written as they were`(
        text: String, host: String, port: Int
    ) throws {
        let address = try #require(AdminAddress(text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect("\(address)" == text)
    }

    @Test(arguments: [
        "", "9464", ":9464", "host", "host:", "host:x", "host:65536", "host:-1", "::1:9464",
        "[::1]", "[]:1", "[::1:9464", "127.0.0.1:9464 ", "host:٣",
    ])
    func `anything else is refused`(text: String) {
        #expect(AdminAddress(text) == nil)
    }
}
