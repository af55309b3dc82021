/// A bucket of S3, or of anything that speaks its API.
package struct S3ObjectStore: ObjectStore {
    package let name: String
    let configuration: S3Configuration
    let client: S3Client
    let limits: S3Limits

    init(_ configuration: S3Configuration, client: S3Client, limits: S3Limits) {
        name = configuration.name
        self.configuration = configuration
        self.client = client
        self.limits = limits
    }

    /// - Parameter environment: `AWS_*`, as for every AWS tool.
    package init(_ url: String, environment: [String: String]) throws(ObjectStoreError) {
        try self.init(url, environment: environment, limits: S3Limits(), retry: S3RetryPolicy())
    }

    init(
        _ url: String, environment: [String: String], limits: S3Limits, retry: S3RetryPolicy,
        timeouts: HTTPTimeouts = HTTPTimeouts()
    ) throws(ObjectStoreError) {
        let configuration = try S3Configuration(url, environment: environment)
        var options = HTTPClient.Options()
        options.certificateAuthorities = environment["AWS_CA_BUNDLE"].flatMap {
            $0.isEmpty ? nil : $0
        }
        let http = HTTPClient(options)
        let region = RegionCache(
            configuration.region, metadata: InstanceMetadata(environment, http: http))
        let credentials = CredentialCache(
            CredentialChain.sources(environment, region: region, http: http),
            wallClock: { .now })
        self.init(
            configuration,
            client: S3Client(
                configuration: configuration, http: http, credentials: credentials,
                region: region, clock: S3Clock({ .now }), retry: retry,
                timeouts: timeouts),
            limits: limits)
    }

    package func head(_ key: ObjectKey) async throws(ObjectStoreError) -> StoredObject? {
        let bucketKey = try bucketKey(key)
        let reply: S3Reply
        do {
            reply = try await client.send(.head(bucketKey))
        } catch {
            if error.status == 404 { return nil }
            throw self.error(error, "head", key)
        }
        return StoredObject(
            key: key, bytes: reply.headers["Content-Length"].flatMap { Int($0) } ?? 0,
            etag: reply.etag, digest: reply.digest)
    }

    package func delete(_ key: ObjectKey) async throws(ObjectStoreError) {
        let bucketKey = try bucketKey(key)
        do {
            _ = try await client.send(
                S3Request(action: "delete", method: .delete, bucketKey: bucketKey))
        } catch {
            // S3 answers 204 where nothing was; some stores say so instead.
            if error.status == 404 && error.code != "NoSuchBucket" { return }
            throw self.error(error, "delete", key)
        }
    }

    /// The name of `key` in the bucket.
    func bucketKey(_ key: ObjectKey) throws(ObjectStoreError) -> String {
        let name = configuration.bucketKey(key.path)
        guard name.utf8.count <= ObjectKey.bytesMax else {
            throw ObjectStoreError(
                .invalidRequest,
                "\(self.name): \(key): longer than \(ObjectKey.bytesMax) bytes "
                    + "together with the store's prefix")
        }
        return name
    }

    func error(_ failure: S3Failure, _ action: String, _ key: ObjectKey?) -> ObjectStoreError {
        failure.objectStoreError(configuration, action, key?.path)
    }
}
