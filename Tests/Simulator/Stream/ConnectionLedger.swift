import Foundation

/// Which stream connections there are and were, and what each zone got.
final class ConnectionLedger: Sendable {
    struct Connection: Sendable {
        var id: Int
        var zone: String
        var endpoint: StreamEndpoint
        var openedAt: Date
        var closedAt: Date?
        var closure: ClosureCause?
        /// Set when the connection is to close; its thread sees to it.
        var expulsion: ClosureCause?
        /// Whether the client has its answer.
        var isReady = false
    }

    private struct State: Sendable {
        var zones: [String: ZoneCounts]
        var connections: [Int: Connection] = [:]
        var nextID = 1
    }

    /// Closed connections that the interface for connections still lists.
    private static let closedKeptMax = 200

    private let state: Monitor<State>

    init(zones: [String]) {
        state = Monitor(
            State(zones: Dictionary(uniqueKeysWithValues: zones.map { ($0, ZoneCounts()) })))
    }

    var zones: [String: ZoneCounts] { state.access { $0.zones } }
    var connections: [Connection] {
        state.access { $0.connections.values.sorted { $0.id < $1.id } }
    }

    /// Opens a connection; nil when the zone has as many as it may.
    ///
    /// - Parameter replacesOldest: makes room by closing the oldest instead.
    func open(
        zone: String, endpoint: StreamEndpoint, atMost limit: Int, replacesOldest: Bool
    ) -> Int? {
        state.change { state in
            let others = state.connections.values
                .filter {
                    $0.zone == zone && $0.endpoint.family == endpoint.family && $0.closedAt == nil
                        && $0.expulsion == nil
                }
                .sorted { $0.id < $1.id }
            if others.count >= limit {
                guard replacesOldest else { return nil }
                for other in others.prefix(others.count - limit + 1) {
                    state.connections[other.id]?.expulsion = .duplicate
                }
            }
            let id = state.nextID
            state.nextID += 1
            state.connections[id] = Connection(
                id: id, zone: zone, endpoint: endpoint, openedAt: Date())
            state.zones[zone]?.opened += 1
            return id
        }
    }

    /// Notes that the client has its answer; returns how many connections are ready.
    func markReady(_ id: Int) -> Int {
        state.change { state in
            state.connections[id]?.isReady = true
            if let connection = state.connections[id] {
                state.zones[connection.zone]?.connections.append(
                    ZoneCounts.Connection(
                        id: id, openedAt: connection.openedAt.timeIntervalSince1970))
            }
            return state.connections.values.count { $0.isReady && $0.closedAt == nil }
        }
    }

    func expulsion(of id: Int) -> ClosureCause? {
        state.access { $0.connections[id]?.expulsion }
    }

    /// Asks for the connection to be closed; false when there is none of the zone with that id.
    func expel(_ id: Int, of zone: String, cause: ClosureCause) -> Bool {
        state.change { state in
            guard let connection = state.connections[id], connection.zone == zone,
                connection.closedAt == nil
            else { return false }
            state.connections[id]?.expulsion = cause
            return true
        }
    }

    func close(_ id: Int, cause: ClosureCause) {
        state.change { state in
            guard let zone = state.connections[id]?.zone else { return }
            let now = Date()
            state.connections[id]?.closedAt = now
            state.connections[id]?.closure = cause
            state.zones[zone]?.change(connection: id) {
                $0.closedAt = now.timeIntervalSince1970
                $0.closure = cause
            }
            state.zones[zone]?.closed[cause.rawValue, default: 0] += 1
            let closed = state.connections.values.filter { $0.closedAt != nil }.map(\.id).sorted()
            for old in closed.dropLast(Self.closedKeptMax) { state.connections[old] = nil }
        }
    }

    func count(zone: String, _ change: (inout ZoneCounts) -> Void) {
        state.change { state in
            guard var counts = state.zones[zone] else { return }
            change(&counts)
            state.zones[zone] = counts
        }
    }
}
