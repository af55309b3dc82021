/// Reads a fault as it stands on the command line or in a command.
struct FaultParser {
    /// The zones there are; `zone=*` means all of them.
    var zones: [String]
    /// Where `at` is when it is not given: now, at run time.
    var defaultPosition: Int

    /// One fault for each zone named by `zone=a,at=3000,until=6000,kind=refuse,status=503`.
    func faults(from text: String) throws -> [Fault] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw Failure("fault \(text): \(pair): expected name=value")
            }
            guard fields.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw Failure("fault \(text): \(parts[0]) is given twice")
            }
        }
        return try faults(from: fields)
    }

    func faults(from given: [String: String]) throws -> [Fault] {
        var fields = given
        guard let kindName = fields.removeValue(forKey: "kind"),
            let kind = FaultKind(rawValue: kindName)
        else {
            let kinds = FaultKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure("fault: kind is one of \(kinds)")
        }
        let zoneName = fields.removeValue(forKey: "zone") ?? "*"
        guard zoneName == "*" || zones.contains(zoneName) else {
            throw Failure("fault \(kind.rawValue): no zone \(zoneName)")
        }
        let at = try number("at", in: &fields) ?? defaultPosition
        var fault = Fault(zone: zoneName, kind: kind, at: at)
        fault.until = try position("until", after: at, in: &fields)
        if let until = fault.until, until <= at {
            throw Failure("fault \(kind.rawValue): until \(until) is not after at \(at)")
        }
        try readDetails(of: &fault, from: &fields)
        if let unknown = fields.keys.sorted().first {
            throw Failure("fault \(kind.rawValue): \(unknown) means nothing here")
        }
        return (zoneName == "*" ? zones : [zoneName]).map { zone in
            var copy = fault
            copy.zone = zone
            return copy
        }
    }

    private func readDetails(of fault: inout Fault, from fields: inout [String: String]) throws {
        switch fault.kind {
        case .refuse, .refuseAPI:
            let name = fields.removeValue(forKey: "status") ?? "503"
            guard let refusal = Refusal(rawValue: name) else {
                let names = Refusal.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure("fault \(fault.kind.rawValue): status is one of \(names)")
            }
            fault.refusal = refusal
        case .again:
            guard let count = try number("count", in: &fields), count > 0 else {
                throw Failure("fault repeat: count, how many posts, is missing")
            }
            guard count <= EmissionLog.postsKeptMin else {
                throw Failure("fault repeat: only \(EmissionLog.postsKeptMin) posts are kept")
            }
            fault.count = count
        case .partial:
            guard let keep = try number("keep", in: &fields), keep > 1 else {
                throw Failure("fault partial: keep, of how many posts one is sent, is missing")
            }
            fault.keep = keep
        case .disconnectNotice:
            fault.type = fields.removeValue(forKey: "type") ?? fault.type
            fault.staysOpen = try flag("then", meaning: ["stay": true, "end": false], in: &fields)
        case .cut, .hangup:
            fault.resets = try flag(
                "reset", meaning: ["true": true, "false": false], in: &fields)
        case .stall, .slow, .split, .end, .revoke, .clear:
            break
        }
    }

    private func number(_ name: String, in fields: inout [String: String]) throws -> Int? {
        guard let text = fields.removeValue(forKey: name) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw Failure("fault: \(name)=\(text) is not a number of a post")
        }
        return number
    }

    /// A number, or `+N` for that many posts later.
    private func position(
        _ name: String, after at: Int, in fields: inout [String: String]
    ) throws -> Int? {
        guard let text = fields[name], text.hasPrefix("+") else {
            return try number(name, in: &fields)
        }
        fields[name] = String(text.dropFirst())
        return try number(name, in: &fields).map { at + $0 }
    }

    private func flag(
        _ name: String, meaning: [String: Bool], in fields: inout [String: String]
    ) throws -> Bool {
        guard let text = fields.removeValue(forKey: name) else { return false }
        guard let value = meaning[text] else {
            throw Failure(
                "fault: \(name) is one of \(meaning.keys.sorted().joined(separator: ", "))")
        }
        return value
    }
}
