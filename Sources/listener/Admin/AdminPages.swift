import Shared

/// What the admin endpoint answers.
struct AdminPages: Sendable {
    struct Answer: Equatable, Sendable {
        var status: Int
        var contentType: String
        var body: String
        /// The methods that would have been right, for 405.
        var allow: String?
    }

    var status: ListenerStatus
    var readiness: Readiness
    var registry: PrometheusRegistry
    var gauges: ListenerGauges

    func answer(method: String, target: String) -> Answer {
        let path = target.prefix { $0 != "?" }
        let page: () -> Answer
        switch path {
        case "/metrics": page = metrics
        case "/healthz": page = health
        case "/readyz": page = ready
        default: return plain(404, "there is /metrics, /healthz and /readyz\n")
        }
        guard method == "GET" || method == "HEAD" else {
            var answer = plain(405, "only GET and HEAD\n")
            answer.allow = "GET, HEAD"
            return answer
        }
        return page()
    }

    private func metrics() -> Answer {
        gauges.update()
        return Answer(
            status: 200, contentType: PrometheusRegistry.contentType, body: registry.text)
    }

    private func health() -> Answer {
        answer("healthy", [readiness.isAlive(status.facts(asksProbes: false))])
    }

    private func ready() -> Answer {
        answer("ready", readiness.conditions(status.facts()))
    }

    private func answer(_ name: String, _ conditions: [Readiness.Condition]) -> Answer {
        let holds = conditions.allSatisfy(\.holds)
        let document = Document(name: name, holds: holds, conditions: conditions)
        let body = JSONDocument.encode(document)
        return Answer(
            status: holds ? 200 : 503, contentType: "application/json",
            body: String(decoding: body, as: UTF8.self))
    }

    private func plain(_ status: Int, _ body: String) -> Answer {
        Answer(status: status, contentType: "text/plain; charset=utf-8", body: body)
    }

    /// `{"ready": false, "conditions": {"stream": {"holds": false, "why": "not connected"}}}`.
    private struct Document: Encodable {
        struct Entry: Encodable {
            var holds: Bool
            var why: String
        }

        struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) {
                self.stringValue = stringValue
            }

            init?(intValue: Int) { nil }
        }

        var name: String
        var holds: Bool
        var conditions: [Readiness.Condition]

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(holds, forKey: Key(stringValue: name))
            let entries = conditions.map { ($0.name, Entry(holds: $0.holds, why: $0.why)) }
            try container.encode(
                Dictionary(uniqueKeysWithValues: entries), forKey: Key(stringValue: "conditions"))
        }
    }
}
