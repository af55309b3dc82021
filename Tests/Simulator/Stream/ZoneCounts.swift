/// What happened to one zone, as the status tells it.
struct ZoneCounts: Codable, Sendable {
    var opened = 0
    /// New connections that got another status than 200, by status; `none` is no answer at all.
    var refused: [String: Int] = [:]
    /// By cause.
    var closed: [String: Int] = [:]
    /// Post lines handed to the network, those sent again included.
    var delivered = 0
    /// Of these, sent again by `repeat`.
    var repeated = 0
    var notices = 0
    var keepAlives = 0
    /// What was handed to the network, as numbers of posts, from and up to but not including; one
    /// entry for each run within one connection.
    var ranges: [[Int]] = []
    /// Every connection that got its 200, in order.
    var connections: [Connection] = []

    /// What one connection was given. Times are seconds since 1970.
    struct Connection: Codable, Sendable {
        var id: Int
        var openedAt: Double
        var closedAt: Double?
        var closure: ClosureCause?
        /// The first post that was handed to the network, and the first that was not.
        var posts: [Int] = []

        mutating func deliver(_ batch: Range<Int>) {
            posts = [posts.first ?? batch.lowerBound, batch.upperBound]
        }
    }

    mutating func change(connection id: Int, _ change: (inout Connection) -> Void) {
        guard let index = connections.lastIndex(where: { $0.id == id }) else { return }
        change(&connections[index])
    }

    mutating func deliver(_ posts: Range<Int>, to connection: Int, continuing: Bool) {
        guard !posts.isEmpty else { return }
        delivered += posts.count
        change(connection: connection) { $0.deliver(posts) }
        if continuing, let last = ranges.indices.last, ranges[last][1] == posts.lowerBound {
            ranges[last][1] = posts.upperBound
        } else {
            ranges.append([posts.lowerBound, posts.upperBound])
        }
    }

    /// The last posts that were delivered, latest run first.
    func lastPosts(_ count: Int) -> [Range<Int>] {
        var missing = count
        var found: [Range<Int>] = []
        for range in ranges.reversed() where missing > 0 {
            let length = min(missing, range[1] - range[0])
            found.insert(range[1] - length..<range[1], at: 0)
            missing -= length
        }
        return found
    }
}
