import Shared

/// How rows of a query are written.
enum RowFormat {
    /// Columns for people.
    case table
    /// One JSON object a line.
    case json
    /// RFC 4180, with a line of names.
    case csv

    /// The greatest whole number that every reader of JSON takes as it is.
    private static let jsonIntegerMax: Int64 = 1 << 53 - 1

    /// - Parameter columns: their names, each another one.
    func line(_ row: [DatabaseValue], _ columns: [String]) -> [UInt8] {
        switch self {
        case .table: preconditionFailure("a table is laid out as a whole")
        case .json:
            JSONDocument.encode(
                Dictionary(
                    zip(columns, row.map(JSONValue.init)),
                    uniquingKeysWith: { first, _ in first })) + [0x0A]
        case .csv: Array((row.map(Self.cell).joined(separator: ",") + "\r\n").utf8)
        }
    }

    private static func cell(_ value: DatabaseValue) -> String {
        let text = value.text
        // An empty text is told from null.
        guard CSV.needsQuotes(text) || (value != .null && text.isEmpty) else { return text }
        return CSV.quoted(text)
    }

    private struct JSONValue: Encodable {
        var value: DatabaseValue

        init(_ value: DatabaseValue) { self.value = value }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch value {
            case .null: try container.encodeNil()
            case .integer(let number) where number.magnitude <= jsonIntegerMax.magnitude:
                try container.encode(number)
            case .real(let number) where number.isFinite: try container.encode(number)
            case .integer, .real, .text, .bytes: try container.encode(value.text)
            }
        }
    }
}

extension DatabaseValue {
    /// Bytes as hexadecimal digits, null as nothing.
    var text: String {
        switch self {
        case .null: ""
        case .integer(let number): String(number)
        case .real(let number): "\(number)"
        case .text(let text): text
        case .bytes(let bytes):
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}
