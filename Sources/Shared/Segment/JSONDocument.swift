private import FoundationEssentials

/// How our documents are written: keys in order, no white space, slashes as they are, so that equal
/// documents have equal bytes.
package enum JSONDocument {
    package static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(value))
        } catch {
            preconditionFailure("our documents hold nothing that JSON cannot: \(error)")
        }
    }

    package static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: some Collection<UInt8>
    ) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}

extension DecodingError {
    /// What is wrong and where, in one line.
    package var summary: String {
        switch self {
        case .keyNotFound(let key, let context):
            "\(Self.path(context)) has no \"\(key.stringValue)\""
        case .valueNotFound(_, let context), .typeMismatch(_, let context),
            .dataCorrupted(let context):
            "\(Self.path(context)): \(context.debugDescription)"
        @unknown default:
            "not the document that was expected"
        }
    }

    private static func path(_ context: Context) -> String {
        let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
        return path.isEmpty ? "the document" : path.joined(separator: ".")
    }
}
