/// How hard canonical objects are compressed; fixed by the dataset, since it decides their bytes.
package enum CompressionProfile: String, Codable, CaseIterable, Sendable {
    case fast
    /// The ratio of zlib's level 6.
    case balanced
    case small

    /// libdeflate and zlib number their levels alike from 1 to 9, and level 6 of both gives the
    /// same ratio on posts.
    var level: Int {
        switch self {
        case .fast: 1
        case .balanced: 6
        case .small: 9
        }
    }
}
