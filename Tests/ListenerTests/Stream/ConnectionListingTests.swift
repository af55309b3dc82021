import Testing

@testable import listener

struct ConnectionListingTests {
    private func listing(_ body: String) -> ConnectionListing? {
        ConnectionListing(body: Array(body.utf8), endpointName: "filtered_stream")
    }

    @Test func `connections to this stream are listed with whose they are`() throws {
        let answer = try #require(
            listing(
                """
                {"data":[{"id":"1","endpoint_name":"filtered_stream","client_ip":"192.0.2.7",\
                "connected_at":"2026-11-23T01:02:03.000Z"},{"id":"2","endpoint_name":\
                "sample_stream","client_ip":"192.0.2.8"},{"endpoint_name":"filtered_stream"}],\
                "meta":{"result_count":3}}
                """))
        #expect(answer.connections.count == 2)
        #expect(answer.description == "192.0.2.7 since 2026-11-23T01:02:03.000Z, a client")
    }

    @Test func `an answer without any is an empty list`() {
        #expect(listing(#"{"meta":{"result_count":0}}"#)?.connections.isEmpty == true)
        #expect(listing(#"{"data":[]}"#)?.connections.isEmpty == true)
    }

    @Test(arguments: ["", "<html>", "[]", #"{"errors":[]}"#, #"{"data":5}"#, #"{"data":[1]}"#])
    func `what is no list tells nothing`(body: String) {
        #expect(listing(body) == nil)
    }
}
