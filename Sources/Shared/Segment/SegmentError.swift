/// A segment or manifest that is not what it should be.
package struct SegmentError: OperatorError {
    package enum Code: Equatable, Sendable {
        /// A manifest that is not JSON, of another format, or contradicts itself.
        case invalidManifest
        /// The bytes are not what the manifest says.
        case falseManifest
        /// A manifest of another stream than the store holds.
        case otherStream
        /// The dataset document cannot be read or is not ours.
        case invalidDataset
        /// An earlier write or sync failed; only recovery at the next start may touch the files.
        case latched
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var disposition: Disposition {
        switch code {
        case .invalidManifest, .falseManifest, .otherStream: .giveUp
        case .invalidDataset, .latched: .halt
        }
    }

    package var exitCode: ExitCode {
        switch code {
        case .invalidManifest, .falseManifest, .otherStream: .dataMissing
        case .invalidDataset: .configuration
        case .latched: .failed
        }
    }
}
