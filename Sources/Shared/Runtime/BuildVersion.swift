/// The version both programs tell: to people, in manifests and as the HTTP User-Agent.
package enum BuildVersion {
    package static let text = "0.1.0"
}
