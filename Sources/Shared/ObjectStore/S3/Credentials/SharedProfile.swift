/// The settings of one profile: what `~/.aws/credentials` says over what `~/.aws/config` says.
struct SharedProfile: Sendable {
    var name: String
    private var settings: [String: String]

    /// A setting that is there and not empty.
    subscript(setting: String) -> String? {
        settings[setting].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The profile that `AWS_PROFILE` names, or else `default`.
    ///
    /// - Returns: nil where neither file has the profile and nobody named it.
    static func load(
        _ environment: [String: String]
    ) throws(ObjectStoreError) -> SharedProfile? {
        let chosen = environment["AWS_PROFILE"].flatMap { $0.isEmpty ? nil : $0 }
        let name = chosen ?? "default"
        let config = try file("AWS_CONFIG_FILE", ".aws/config", environment)
        let credentials = try file("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", environment)
        let fromConfig = config?["profile \(name)"] ?? (name == "default" ? config?[name] : nil)
        let fromCredentials = credentials?[name]
        guard fromConfig != nil || fromCredentials != nil else {
            guard let chosen else { return nil }
            throw ObjectStoreError(
                .accessDenied,
                "AWS_PROFILE: no profile \"\(chosen)\" in the shared config or credentials file")
        }
        let settings = (fromConfig ?? [:]).merging(fromCredentials ?? [:]) { _, new in new }
        return SharedProfile(name: name, settings: settings)
    }

    private static func file(
        _ variable: String, _ pathInHome: String, _ environment: [String: String]
    ) throws(ObjectStoreError) -> INIFile? {
        guard let path = environment[variable] ?? environment["HOME"].map({ "\($0)/\(pathInHome)" })
        else { return nil }
        do {
            return INIFile(try TextFile.read(path))
        } catch {
            if error.isAbsent { return nil }
            throw ObjectStoreError(.accessDenied, "shared AWS files cannot be read", cause: error)
        }
    }
}
