import Shared
import Testing

@testable import listener

/// The worked example of X's "Creating a signature"; its credentials are published and dead.
struct OAuth1SignerTests {
    private let signer = OAuth1Signer(
        credential: OAuth1Credential(
            consumerKey: "xvz1evFS4wEEPTGEFPHBog",
            consumerSecret: Secret("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"),
            accessToken: "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
            accessTokenSecret: Secret("LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE")))
    private let nonce = "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"
    private let time = Timestamp(milliseconds: 1_318_622_958_999)

    private func request(_ url: String) throws -> StreamRequest {
        StreamRequest(
            method: .post, url: try StreamURL(url + "?include_entities=true"),
            form: [StreamParameter("status", "Hello Ladies + Gentlemen, a signed OAuth request!")])
    }

    @Test(arguments: [
        ("https://api.x.com/1.1/statuses/update.json", "Ls93hJiZbQ3akF3HF3x1Bz8/zU4="),
        ("https://api.twitter.com/1.1/statuses/update.json", "hCtSmYh+iHYCEqBWrE7C7hYmtUk="),
        ("https://api.twitter.com/1/statuses/update.json", "tnnArxj06cWHq44gCs1OSKk/jLY="),
    ])
    func `the signatures are those that X publishes`(url: String, signature: String) throws {
        #expect(signer.signature(of: try request(url), nonce: nonce, time: time) == signature)
    }

    @Test func `the header lists the parameters, encoded and quoted`() throws {
        let header = signer.authorization(
            for: try request("https://api.twitter.com/1.1/statuses/update.json"), nonce: nonce,
            time: time)
        let fields = [
            "oauth_consumer_key=\"xvz1evFS4wEEPTGEFPHBog\"",
            "oauth_nonce=\"kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg\"",
            "oauth_signature=\"hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D\"",
            "oauth_signature_method=\"HMAC-SHA1\"",
            "oauth_timestamp=\"1318622958\"",
            "oauth_token=\"370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb\"",
            "oauth_version=\"1.0\"",
        ]
        #expect(header.revealed == "OAuth " + fields.joined(separator: ", "))
        #expect("\(header)" == "<redacted>")
    }

    @Test func `no two nonces are equal, and each is 32 letters or digits`() {
        let nonces = (0..<100).map { _ in OAuth1Signer.randomNonce() }
        #expect(Set(nonces).count == 100)
        #expect(nonces.allSatisfy { $0.utf8.count == 32 && $0.allSatisfy(\.isHexDigit) })
    }
}
