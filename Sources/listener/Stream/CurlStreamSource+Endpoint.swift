extension CurlStreamSource {
    convenience init(
        _ endpoint: StreamEndpoint, userAgent: String, past: StreamPast = StreamPast()
    ) {
        let inquiry = endpoint.inquiry.flatMap { request in
            endpoint.listedName.map { (request: request, endpointName: $0) }
        }
        let machine = StreamStateMachine(
            isTimed: endpoint.credential.isTimed, canInquire: inquiry != nil,
            mayHaveRivals: endpoint.kind.endsOneForAnother,
            allowsBackfill: endpoint.allowsBackfill, past: past)
        self.init(
            userAgent: userAgent, stallTimeout: endpoint.stallTimeout,
            quietMax: endpoint.quietMax, machine: machine,
            credentialSettings: endpoint.credential.settings, inquiry: inquiry,
            recovery: endpoint.recovery,
            makeRequest: { endpoint.request(for: $0) })
    }
}
