/// The places that AWS tools look for credentials, in the order they are asked.
enum CredentialChain {
    static func sources(
        _ environment: [String: String], region: RegionCache, http: HTTPClient
    ) -> [any CredentialSource] {
        [
            EnvironmentCredentials(environment: environment),
            ProfileCredentials(environment: environment, region: region, http: http),
            WebIdentityCredentials(environment: environment, region: region, http: http),
            ContainerCredentials(environment: environment, http: http),
            InstanceCredentials(metadata: InstanceMetadata(environment, http: http)),
        ]
    }
}
