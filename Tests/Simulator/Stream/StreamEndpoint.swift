/// The streams there are.
enum StreamEndpoint: String, Codable, Sendable {
    case filteredStream = "filtered_stream"
    case sampleStream = "sample_stream"
    case statusesFilter = "statuses_filter"

    /// Connections of one family are limited together.
    enum Family {
        case v2
        case v1
    }

    var family: Family {
        switch self {
        case .filteredStream, .sampleStream: .v2
        case .statusesFilter: .v1
        }
    }
}
