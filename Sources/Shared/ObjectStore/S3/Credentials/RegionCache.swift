/// The region requests are signed for: as configured, or else the one the instance is in.
actor RegionCache {
    private var region: String?
    private let metadata: InstanceMetadata

    init(_ region: String?, metadata: InstanceMetadata) {
        self.region = region
        self.metadata = metadata
    }

    func current() async throws(ObjectStoreError) -> String {
        if let region { return region }
        guard let found = try await metadata.text("placement/region"), !found.isEmpty else {
            throw ObjectStoreError(
                .invalidRequest, "AWS region: unknown: set AWS_REGION to the bucket's region")
        }
        region = found
        return found
    }
}
