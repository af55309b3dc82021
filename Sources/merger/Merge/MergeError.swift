import Shared

/// Why a partition could not be merged.
struct MergeError: OperatorError {
    enum Code: Equatable {
        /// The bytes of a segment are not what its manifest says; the others can be merged.
        case falseManifest(SegmentReference)
        /// Data that no manifest speaks of, so they are not in the set.
        case noManifest(SegmentReference)
        /// What would have to be rebuilt cannot be, and what is there is left alone.
        case cannotRebuild
        /// Lines read and lines accounted for differ: a defect of this program (G6).
        case ledger
        /// Somebody else wrote the partition again and again.
        case contended
        /// More zones than a bitmask has bits.
        case tooManyZones
    }

    var code: Code
    var message: String
    var cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    var disposition: Disposition {
        switch code {
        case .contended: .retry
        case .falseManifest, .noManifest, .cannotRebuild, .ledger, .tooManyZones: .giveUp
        }
    }

    var exitCode: ExitCode {
        switch code {
        case .falseManifest, .noManifest, .cannotRebuild: .dataMissing
        case .ledger, .contended, .tooManyZones: .failed
        }
    }
}
