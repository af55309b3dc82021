import Shared

/// What a listener listens to.
struct StreamPlan: Sendable {
    enum Origin: Sendable {
        case endpoint(StreamEndpoint)
        case standardInput
    }

    var origin: Origin
    var facts: SegmentManifest.SourceFacts

    /// - Parameter selection: a digest of what is asked for; nil where that is not known.
    init(_ endpoint: StreamEndpoint, selection: ContentDigest?) {
        origin = .endpoint(endpoint)
        facts = SegmentManifest.SourceFacts(
            kind: endpoint.kind.rawValue, url: endpoint.url.withoutQuery,
            selection: selection?.hex)
    }

    private init(origin: Origin, kind: StreamKind) {
        self.origin = origin
        facts = SegmentManifest.SourceFacts(kind: kind.rawValue)
    }

    static let standardInput = StreamPlan(origin: .standardInput, kind: .standardInput)

    var endpoint: StreamEndpoint? {
        guard case .endpoint(let endpoint) = origin else { return nil }
        return endpoint
    }

    var terminator: LineFramer.Terminator { endpoint?.terminator ?? .lf }

    /// Used from the capture thread alone from here on.
    ///
    /// - Parameter memory: of what earlier runs did and heard.
    func makeSource(remembering memory: StreamMemory) throws -> any StreamSource {
        switch origin {
        case .endpoint(let endpoint):
            let source = CurlStreamSource(
                endpoint, userAgent: ListenerProgram.software, past: memory.past)
            source.whenAttempted = { memory.noteAttempts(freeAt: $0) }
            return source
        case .standardInput:
            return try PipeStreamSource()
        }
    }

    /// What the capture has to do to go on with `next`; nil where nothing differs.
    func change(to next: StreamPlan) -> SelectionChange? {
        guard next.facts != facts else { return nil }
        // Rules take effect on an open connection; everything else stands in the request.
        let isAskedAnew = next.endpoint?.selection != endpoint?.selection
        return SelectionChange(facts: next.facts, endpoint: isAskedAnew ? next.endpoint : nil)
    }
}
