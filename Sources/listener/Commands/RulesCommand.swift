import ArgumentParser
import Logging
import Shared

struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Show and change the rules of the filtered stream.",
        discussion: """
            Examples:
              listener rules diff --config /etc/tributary/listener.conf
              listener rules sync --config /etc/tributary/listener.conf
            """,
        subcommands: [List.self, Diff.self, Sync.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the rules on the server; ours are marked with *.",
            discussion: """
                Example:
                  listener rules list --config /etc/tributary/listener.conf --json | jq length
                """)

        @OptionGroup var options: ListenerOptions
        @Flag(help: "Print one JSON document.") var json = false

        func run() async throws {
            let rules = try RulesDesk(options)
            let listed = try await rules.endpoint().list().sorted { $0.value < $1.value }
            if json {
                rules.printJSON(listed.map { Listed(rule: $0, isOurs: $0.tag == rules.tag) })
                return
            }
            for rule in listed {
                let mark = rule.tag == rules.tag ? "*" : " "
                print("\(mark) \(rule.id)  \(rule.tag ?? "-")  \(rule.value)")
            }
        }

        private struct Listed: Encodable {
            var id: String
            var value: String
            var tag: String?
            var ours: Bool

            init(rule: StreamRule, isOurs: Bool) {
                (id, value, tag, ours) = (rule.id, rule.value, rule.tag, isOurs)
            }
        }
    }

    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a sync would add (+) and delete (-).",
            discussion: """
                Example:
                  listener rules diff --config /etc/tributary/listener.conf
                """)

        @OptionGroup var options: ListenerOptions
        @Flag(help: "Print one JSON document.") var json = false

        func run() async throws {
            let rules = try RulesDesk(options)
            rules.show(try await rules.owner().difference(), isDone: false, json: json)
        }
    }

    struct Sync: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring our rules in line with whom TWITTER_USER follows.",
            discussion: """
                Adds before it deletes, and deletes nothing unless all was added. Rules of others \
                are left alone. Only with LISTENER_RULES_OWNER=true, which one zone of each app may have.

                Examples:
                  listener rules sync --config /etc/tributary/listener.conf --dry-run
                  listener rules sync --config /etc/tributary/listener.conf
                """)

        @OptionGroup var options: ListenerOptions
        @Flag(help: "Let the server check the new rules, and change nothing.") var dryRun = false
        @Flag(help: "Print one JSON document.") var json = false

        func run() async throws {
            let rules = try RulesDesk(options)
            guard dryRun || rules.configuration.ownsRules else {
                throw ConfigurationError(
                    "rules sync: this zone does not own the rules: all zones of an app share them, "
                        + "so set LISTENER_RULES_OWNER=true in one zone alone, or use --dry-run")
            }
            let done = try await rules.owner().sync(isDryRun: dryRun)
            rules.show(done, isDone: !dryRun, json: json)
        }
    }
}

/// What the three commands share.
private struct RulesDesk {
    let configuration: ListenerConfiguration
    private let planner: StreamPlanner

    init(_ options: ListenerOptions) throws {
        configuration = try options.resolve(environment: Environment.current)
        guard configuration.source == .filtered else {
            throw ConfigurationError(
                "rules: \(configuration.source.rawValue) has none: LISTENER_SOURCE must be "
                    + StreamKind.filtered.rawValue)
        }
        planner = StreamPlanner(
            configuration: configuration, client: configuration.makeClient(),
            logger: Logger(label: ListenerProgram.name))
    }

    var tag: String { StreamRule.tag(of: configuration.streamName) }

    func endpoint() throws -> RulesEndpoint { RulesEndpoint(api: try planner.api()) }

    func owner() throws -> RulesOwner {
        guard let owner = try planner.rulesOwner() else {
            throw ConfigurationError(
                "TWITTER_USER is not set: the rules are made out of whom that account follows")
        }
        return owner
    }

    func show(_ difference: RulesDifference, isDone: Bool, json: Bool) {
        if json {
            printJSON(
                Report(
                    done: isDone, add: difference.add, delete: difference.delete,
                    kept: difference.kept, foreign: difference.foreign))
            return
        }
        for value in difference.add { print("+ \(value)") }
        for rule in difference.delete { print("- \(rule.value)") }
        print(
            "\(difference.add.count) to add, \(difference.delete.count) to delete, "
                + "\(difference.kept) kept, \(difference.foreign) of others"
                + (isDone ? ": done" : ""))
    }

    func printJSON(_ value: some Encodable) {
        print(String(decoding: JSONDocument.encode(value), as: UTF8.self))
    }

    private struct Report: Encodable {
        var done: Bool
        var add: [String]
        var delete: [StreamRule]
        var kept: Int
        var foreign: Int
    }
}
