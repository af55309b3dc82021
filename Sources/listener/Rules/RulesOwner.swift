import Shared

/// Brings the rules on the server in line with whom an account follows. Rules without our tag are
/// never touched.
struct RulesOwner: Sendable {
    let endpoint: RulesEndpoint
    let user: String
    let packing: RulePacking
    let tag: String

    /// What a sync would do.
    func difference() async throws -> RulesDifference {
        let accounts = try await FollowedAccounts(api: endpoint.api).ids(of: user)
        return RulesDifference(
            wanted: try packing.rules(for: accounts), server: try await endpoint.list(), tag: tag)
    }

    /// Adds before it deletes, so that no account is missing meanwhile, and deletes nothing unless
    /// all was added.
    ///
    /// - Parameter isDryRun: the server checks the rules and changes none.
    func sync(isDryRun: Bool = false) async throws -> RulesDifference {
        let difference = try await difference()
        try await endpoint.add(difference.add, tag: tag, isDryRun: isDryRun)
        if !isDryRun { _ = try await endpoint.delete(difference.delete) }
        return difference
    }
}
