import Testing

@testable import Shared

struct PercentEncodingTests {
    /// The examples of X's "Percent encoding parameters".
    @Test(arguments: [
        ("Ladies + Gentlemen", "Ladies%20%2B%20Gentlemen"),
        ("An encoded string!", "An%20encoded%20string%21"),
        ("Dogs, Cats & Mice", "Dogs%2C%20Cats%20%26%20Mice"),
        ("\u{2603}", "%E2%98%83"),
        ("azAZ09-._~", "azAZ09-._~"),
    ])
    func `encoding follows RFC 3986 and is undone by decoding`(text: String, encoded: String) {
        #expect(PercentEncoding.encode(text) == encoded)
        #expect(PercentEncoding.decodeFormComponent(encoded) == text)
    }

    @Test(arguments: [("a+b", "a b"), ("100%", "100%"), ("%4", "%4"), ("%zz%41", "%zzA")])
    func `decoding reads a plus as a space and leaves what is not an escape`(
        text: String, decoded: String
    ) {
        #expect(PercentEncoding.decodeFormComponent(text) == decoded)
    }
}
