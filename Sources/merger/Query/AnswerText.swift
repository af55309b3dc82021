import Shared

extension Sighting {
    /// For people, as lines.
    var text: [String] {
        let versions = versions > 1 ? ", \(versions) versions" : ""
        let deleted = isDeleted ? ", deleted" : ""
        let names = zones.map(\.name).joined(separator: " ")
        var lines = ["\(id): created \(created), seen by \(names)\(versions)\(deleted)"]
        lines.append("  \(segment) line \(line)\(received.map { ", received \($0)" } ?? "")")
        for version in divergence ?? [] {
            let names = version.zones.map(\.name).joined(separator: " ")
            lines.append(
                "  version \(version.digest): \(names), \(version.segment) line \(version.line)")
        }
        for copy in copies ?? [] {
            lines.append(
                "  copy of \(copy.zone): \(copy.segment) line \(copy.line), received \(copy.received)"
            )
        }
        for unread in unread ?? [] {
            lines.append("  not searched: \(unread.segment): \(unread.cause)")
        }
        for notice in notices ?? [] {
            lines.append(
                "  \(notice.kind): \(notice.segment) line \(notice.line), received \(notice.at)")
        }
        return lines
    }
}

extension Absence {
    /// For people, as lines.
    var text: [String] {
        var lines = ["\(id): not seen: \(because)"]
        for state in states {
            let cause = state.stretch.cause.map { ": \(LogEscape.text($0))" } ?? ""
            lines.append(
                """
                  \(state.zone): \(state.stretch.state.rawValue) from \(state.stretch.from) to \
                \(state.stretch.to)\(cause)
                """)
        }
        for line in quarantine {
            lines.append("  quarantined: \(line.segment) line \(line.line): \(line.reason)")
        }
        for segment in unmerged { lines.append("  not merged: \(segment)") }
        if let deletedAt { lines.append("  deleted by a notice received \(deletedAt)") }
        return lines
    }
}
