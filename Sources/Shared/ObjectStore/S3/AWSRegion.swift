/// Names of AWS regions, such as `eu-central-1`.
enum AWSRegion {
    /// What stores other than AWS expect in a signature where nothing else is said.
    static let fallback = "us-east-1"

    /// The domain of a region's services.
    static func domain(of region: String) -> String {
        region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
    }
}
