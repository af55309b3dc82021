import Testing

@testable import Shared

struct S3ListingTests {
    @Test func `an encoded listing is decoded`() throws {
        let listing = try #require(
            try listing(
                """
                <ListBucketResult><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>
                <Contents><Key>a+b%2Bc%26%C3%A9</Key><Size>7</Size><ETag>&quot;abc&quot;</ETag>
                </Contents><Contents><Key>d%20e</Key><Size>0</Size><ETag>f</ETag></Contents>
                </ListBucketResult>
                """))
        #expect(listing.entries.map(\.name) == ["a b+c&é", "d e"])
        #expect(listing.entries.map(\.bytes) == [7, 0])
        #expect(listing.entries.map(\.etag) == [ETag("abc"), ETag("f")])
        #expect(listing.isTruncated)
    }

    @Test func `a listing that is not encoded keeps its signs`() throws {
        let listing = try #require(
            try listing(
                """
                <ListBucketResult><IsTruncated>false</IsTruncated><EncodingType/>
                <Contents><Key>a+b%2B &amp;</Key><Size>1</Size></Contents></ListBucketResult>
                """))
        #expect(listing.entries.map(\.name) == ["a+b%2B &"])
        #expect(!listing.isTruncated)
    }

    @Test(arguments: [
        "<Other/>",
        "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>",
        """
        <ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%4</Key><Size>1</Size>
        </Contents></ListBucketResult>
        """,
    ])
    func `what cannot be understood is no listing`(_ text: String) throws {
        #expect(try listing(text) == nil)
    }

    private func listing(_ text: String) throws -> S3Listing? {
        S3Listing(try XMLReader.read(Array(text.utf8)))
    }
}
