/// The version of both programs: semantic versioning over stored bytes, commands and settings.
package enum BuildVersion {
    package static let current = "0.1.0"
}
