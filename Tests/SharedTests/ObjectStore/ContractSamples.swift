import Crypto
import Testing

@testable import Shared

/// Expects `body` to fail with one of these codes.
func expect(
    _ codes: ObjectStoreError.Code..., sourceLocation: SourceLocation = #_sourceLocation,
    from body: () async throws -> some Any
) async {
    do {
        let value = try await body()
        Issue.record("returned \(value) instead of \(codes)", sourceLocation: sourceLocation)
    } catch let error as ObjectStoreError {
        #expect(codes.contains(error.code), "\(error)", sourceLocation: sourceLocation)
    } catch {
        Issue.record("threw \(error)", sourceLocation: sourceLocation)
    }
}

extension ObjectKey {
    static let sample = ObjectKey.named("segments/zone=a/sample.ndjson.gz")

    static func named(_ text: String) -> ObjectKey {
        guard let key = ObjectKey(text) else { preconditionFailure("\"\(text)\" is no key") }
        return key
    }
}

extension ObjectBody {
    static func text(_ text: String) -> ObjectBody { .bytes(Array(text.utf8)) }
}

extension ContentDigest {
    static func sha256(_ bytes: [UInt8]) -> ContentDigest {
        ContentDigest(bytes: Array(SHA256.hash(data: bytes)))
    }
}

extension [UInt8] {
    /// Bytes that repeat with a period of 251, which divides no size of a part.
    static func pattern(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](0..<251)
        while bytes.count < count { bytes += bytes }
        return Array(bytes[..<count])
    }
}

extension String {
    func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
