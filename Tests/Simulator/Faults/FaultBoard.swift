/// The faults there are, and which of them is due.
final class FaultBoard: Sendable {
    /// What a new connection meets.
    enum Reception: Sendable {
        case welcome
        case silence(resets: Bool)
        case refusal(Refusal)
    }

    enum WritingStyle: Sendable {
        case whole
        case slow
        case split
    }

    private let faults: Monitor<[Fault]>

    init(_ faults: [Fault]) {
        self.faults = Monitor(faults)
    }

    var all: [Fault] { faults.access { $0 } }

    func add(_ new: [Fault]) {
        faults.change { faults in
            for fault in new {
                if fault.kind == .clear {
                    for index in faults.indices where faults[index].zone == fault.zone {
                        faults[index].isOver = true
                    }
                } else {
                    faults.append(fault)
                }
            }
        }
    }

    /// Whether the zone's credentials are refused now; counts when they are.
    func isRevoked(zone: String, at post: Int) -> Bool {
        fire(.revoke, zone: zone) { $0.isActive(at: post) } != nil
    }

    /// What a request that is not for a stream meets; counts what it meets.
    func refusalOfAPI(zone: String, at post: Int) -> Refusal? {
        fire(.refuseAPI, zone: zone) { $0.isActive(at: post) }?.refusal
    }

    /// What a connection opened now meets; counts what it meets.
    func reception(zone: String, at post: Int) -> Reception {
        if let fault = fire(.hangup, zone: zone, where: { $0.isActive(at: post) }) {
            return .silence(resets: fault.resets)
        }
        if let fault = fire(.refuse, zone: zone, where: { $0.isActive(at: post) }) {
            return .refusal(fault.refusal)
        }
        return .welcome
    }

    /// How many posts a connection opened now sends again; the faults behind it are over then.
    func takeRepeat(zone: String, at post: Int) -> Int {
        var count = 0
        while let fault = fire(
            .again, zone: zone, ending: true, where: { !$0.isOver && post >= $0.at })
        {
            count += fault.count
        }
        return count
    }

    /// The fault that befalls a connection which is about to send that post.
    ///
    /// - Parameter openedAt: what was due before a connection opened does not befall it.
    /// - Parameter hasPost: whether the post is there, which only a cut needs.
    func takeDue(zone: String, at post: Int, openedAt: Int, hasPost: Bool) -> Fault? {
        faults.change { faults in
            for index in faults.indices {
                let fault = faults[index]
                guard fault.zone == zone, !fault.isOver, fault.at <= post, fault.at >= openedAt
                else { continue }
                switch fault.kind {
                case .cut where hasPost || fault.isCommanded:
                    faults[index].isOver = true
                case .stall, .disconnectNotice, .end:
                    faults[index].isOver = true
                case .hangup where fault.isActive(at: post):
                    break
                case .cut, .hangup, .refuse, .refuseAPI, .again, .slow, .split, .partial,
                    .revoke, .clear:
                    continue
                }
                faults[index].fired += 1
                return fault
            }
            return nil
        }
    }

    /// The post before which a connection must look at the faults again.
    ///
    /// That is the post itself while a cut waits for it, so that it is not sent whole instead.
    func boundary(zone: String, at post: Int, openedAt: Int) -> Int? {
        faults.access { faults in
            faults.lazy.filter { $0.zone == zone && !$0.isOver }
                .flatMap { fault in
                    switch fault.kind {
                    case .cut: fault.at >= max(post, openedAt) ? [fault.at] : []
                    case .hangup, .stall, .disconnectNotice, .end:
                        fault.at > post && fault.at >= openedAt ? [fault.at] : []
                    case .slow, .split, .partial:
                        [fault.at, fault.until ?? fault.at].filter { $0 > post }
                    case .refuse, .refuseAPI, .again, .revoke, .clear: [Int]()
                    }
                }
                .min()
        }
    }

    /// How that post is written; counts the connection's batches that are written in pieces.
    func style(zone: String, at post: Int) -> WritingStyle {
        if fire(.split, zone: zone, where: { $0.isActive(at: post) }) != nil { return .split }
        if fire(.slow, zone: zone, where: { $0.isActive(at: post) }) != nil { return .slow }
        return .whole
    }

    /// Of how many posts one is sent from that post on; counts the connection's batches that lack
    /// some.
    func keep(zone: String, at post: Int) -> Int {
        fire(.partial, zone: zone) { $0.isActive(at: post) }?.keep ?? 1
    }

    private func fire(
        _ kind: FaultKind, zone: String, ending: Bool = false, where isDue: (Fault) -> Bool
    ) -> Fault? {
        faults.change { faults in
            guard
                let index = faults.firstIndex(where: {
                    $0.kind == kind && $0.zone == zone && isDue($0)
                })
            else { return nil }
            faults[index].fired += 1
            faults[index].isOver = faults[index].isOver || ending
            return faults[index]
        }
    }
}
