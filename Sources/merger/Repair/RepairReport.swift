import Shared

/// What a repair did, or would do.
struct RepairReport: Encodable, Sendable {
    enum Reason: String, Encodable, Sendable {
        case noManifest = "no manifest"
        case falseManifest = "false manifest"
        /// Data that no manifest can speak of: what could be saved is a segment of its own.
        case damagedData = "damaged data"
    }

    struct Entry: Encodable, Sendable {
        var segment: String
        var reason: Reason
        /// The key of the manifest that was written.
        var manifest: String
        var lines: Int
        /// The segment that stands for damaged data.
        var standIn: String?
        var linesSaved: Int?
        var bytesLost: Int?
        var damages: [GzipDamage]?
    }

    var isDryRun: Bool
    /// Segments whose data were read.
    var examined = 0
    var repaired: [Entry] = []
    var problems: [String] = []
    /// Of the first problem.
    var exitCode: ExitCode { firstProblem ?? .done }

    private var firstProblem: ExitCode?

    init(isDryRun: Bool) {
        self.isDryRun = isDryRun
    }

    mutating func add(_ problem: any OperatorError) {
        problems.append("\(problem)")
        firstProblem = firstProblem ?? problem.exitCode
    }

    private enum CodingKeys: String, CodingKey {
        case isDryRun = "dryRun"
        case examined, repaired, problems
    }
}
