/// What a listener listens to; the raw values are those of `LISTENER_SOURCE`.
enum StreamKind: String, CaseIterable, Sendable {
    case filtered = "x-filtered"
    case sampled = "x-sample"
    case legacy = "twitter-v1"
    case ndjson
    case standardInput = "stdin"
}

extension StreamKind {
    /// Whether its server ends one connection of a credential in favour of another, as X does.
    var endsOneForAnother: Bool {
        switch self {
        case .filtered, .sampled, .legacy: true
        case .ndjson, .standardInput: false
        }
    }
}
