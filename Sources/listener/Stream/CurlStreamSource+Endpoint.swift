extension CurlStreamSource {
    /// - Parameter lastHeard: when an earlier run last heard the stream, if it is known.
    convenience init(
        _ endpoint: StreamEndpoint, userAgent: String, lastHeard: ContinuousClock.Instant? = nil
    ) {
        let inquiry = endpoint.inquiry.flatMap { request in
            endpoint.listedName.map { (request: request, endpointName: $0) }
        }
        let machine = StreamStateMachine(
            isTimed: endpoint.credential.isTimed, canInquire: inquiry != nil,
            allowsBackfill: endpoint.allowsBackfill, lastHeard: lastHeard)
        self.init(
            userAgent: userAgent, stallTimeout: endpoint.stallTimeout,
            quietMax: endpoint.quietMax, machine: machine,
            credentialSettings: endpoint.credential.settings, inquiry: inquiry,
            recovery: endpoint.recovery,
            makeRequest: { endpoint.request(for: $0) })
    }
}
