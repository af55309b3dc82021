import Shared

@testable import listener

/// Drives a source and writes down what it reports.
final class StreamRecorder {
    /// Long enough for a busy machine; only a failing test waits for so long.
    static let patience = Duration.seconds(20)

    enum Seen: Equatable {
        case connected(String)
        case bytes(String)
        case disconnected(String)
        case remark(String)
        case warning(String)
        case alarm(String)
        case replaced
        case woken
        case ended
        case failed(String)
    }

    private(set) var seen: [Seen] = []
    /// The size of each piece that was handed out.
    private(set) var pieces: [Int] = []
    private let source: any StreamSource

    init(_ source: any StreamSource) {
        self.source = source
    }

    /// Goes on until `condition` holds for what was seen last; false if it never did.
    @discardableResult
    func run(until condition: (Seen) -> Bool) -> Bool {
        let deadline = ContinuousClock.now + Self.patience
        while ContinuousClock.now < deadline {
            guard let event = note(source.next(until: deadline)) else { continue }
            if condition(event) { return true }
        }
        return false
    }

    /// All bytes, whatever the pieces.
    var text: String {
        seen.map { if case .bytes(let text) = $0 { text } else { "" } }.joined()
    }

    /// What was seen except for bytes.
    var steps: [Seen] {
        seen.filter { if case .bytes = $0 { false } else { true } }
    }

    private func note(_ event: StreamEvent) -> Seen? {
        let entry: Seen? =
            switch event {
            case .idle: nil
            case .woken: .woken
            case .connected(let opening): .connected(opening.kind.rawValue)
            case .bytes: .bytes(String(decoding: source.received, as: UTF8.self))
            case .disconnected(let cause): .disconnected(cause)
            case .remark(let remark):
                remark.isAlarm
                    ? .alarm(remark.message)
                    : remark.isWarning ? .warning(remark.message) : .remark(remark.message)
            case .replaced: .replaced
            case .ended: .ended
            case .failed(let error): .failed(String(describing: error))
            }
        if case .bytes = event { pieces.append(source.received.count) }
        seen += entry.map { [$0] } ?? []
        return entry
    }
}

extension StreamRecorder.Seen {
    var isDisconnected: Bool { if case .disconnected = self { true } else { false } }
    var isFailed: Bool { if case .failed = self { true } else { false } }
    var isAlarm: Bool { if case .alarm = self { true } else { false } }
    var isWarning: Bool { if case .warning = self { true } else { false } }

    /// The text of a remark, warning, failure or cause.
    var message: String {
        switch self {
        case .disconnected(let text), .remark(let text), .warning(let text), .alarm(let text),
            .failed(let text):
            text
        case .connected, .bytes, .replaced, .woken, .ended: ""
        }
    }
}
