/// One place that credentials may come from.
protocol CredentialSource: Sendable {
    /// For messages, such as `environment`.
    var name: String { get }

    /// Credentials, or nil where this place is not set up to give any.
    ///
    /// - Throws: where it is set up and does not work; then no other place is asked, since acting
    ///   as somebody else would be worse than not acting.
    func load() async throws(ObjectStoreError) -> AWSCredentials?
}
