/// The credentials in use: found once along the chain, loaded again before they expire.
///
/// Any number of calls that need new credentials at the same time share one load.
actor CredentialCache {
    private let sources: [any CredentialSource]
    private let wallClock: @Sendable () -> Timestamp
    /// The place that gave the credentials; from then on the only one that is asked.
    private var source: (any CredentialSource)?
    private var cached: AWSCredentials?
    private var loading: Task<Result<AWSCredentials, ObjectStoreError>, Never>?

    /// How long before their end credentials are loaded again. AWS has new ones ready by then.
    static let refreshMargin = Duration.seconds(300)

    init(_ sources: [any CredentialSource], wallClock: @escaping @Sendable () -> Timestamp) {
        self.sources = sources
        self.wallClock = wallClock
    }

    /// - Parameter rejected: credentials that the store no longer takes, whatever their date says.
    func current(
        replacing rejected: AWSCredentials? = nil
    ) async throws(ObjectStoreError) -> AWSCredentials {
        if let cached, cached != rejected, isFresh(cached) { return cached }
        switch await load() {
        case .success(let credentials):
            return credentials
        case .failure(let error):
            // What is about to expire still works, and the next call tries again.
            if let cached, cached != rejected, isValid(cached) { return cached }
            throw error
        }
    }

    private func load() async -> Result<AWSCredentials, ObjectStoreError> {
        if let loading { return await loading.value }
        let task = Task { await search() }
        loading = task
        let result = await task.value
        loading = nil
        if case .success(let credentials) = result { cached = credentials }
        return result
    }

    private func search() async -> Result<AWSCredentials, ObjectStoreError> {
        do throws(ObjectStoreError) {
            for candidate in source.map({ [$0] }) ?? sources {
                guard let credentials = try await candidate.load() else { continue }
                source = candidate
                return .success(credentials)
            }
        } catch {
            return .failure(error)
        }
        let names = sources.map(\.name).joined(separator: ", ")
        return .failure(
            ObjectStoreError(
                .accessDenied,
                "AWS credentials: none found in \(names): set AWS_ACCESS_KEY_ID and "
                    + "AWS_SECRET_ACCESS_KEY, or give the machine a role"))
    }

    private func isFresh(_ credentials: AWSCredentials) -> Bool {
        remaining(credentials).map { $0 > Self.refreshMargin } ?? true
    }

    private func isValid(_ credentials: AWSCredentials) -> Bool {
        remaining(credentials).map { $0 > .zero } ?? true
    }

    private func remaining(_ credentials: AWSCredentials) -> Duration? {
        credentials.expiration.map { wallClock().duration(to: $0) }
    }
}
