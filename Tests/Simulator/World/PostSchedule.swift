/// When each post is made and when it is delivered, relative to the start of emission.
///
/// Posts are made evenly, or in bursts, with some noise; most are delivered within 0.3 s, some up to the jitter
/// later, so that ids arrive nearly, but not quite, in order.
struct PostSchedule: Sendable {
    struct Entry {
        /// Index in order of creation.
        var post: Int
        /// After the start of emission, in milliseconds.
        var deliveredAt: Int
    }

    /// Ids without the time of the start: milliseconds since the start, machine, sequence.
    private let relativeIDs: [Int]
    /// Delivery time in the upper, index in the lower 32 bits, ascending.
    private let deliveries: [UInt64]

    init(_ settings: WorldSettings) {
        let count = settings.posts
        precondition(count >= 0 && count < 1 << 32 && settings.rate > 0)
        var generator = SeededGenerator(seed: settings.seed, item: 0, purpose: 2)
        var relativeIDs: [Int] = []
        var deliveries: [UInt64] = []
        relativeIDs.reserveCapacity(count)
        deliveries.reserveCapacity(count)
        var lastCreated = -1
        var sequence = 0
        for index in 0..<count {
            let planned = settings.milliseconds(ofPost: Double(index) + generator.share())
            var created = max(Int(planned), lastCreated)
            sequence = created == lastCreated ? sequence + 1 : 0
            if sequence > 4095 {
                created += 1
                sequence = 0
            }
            lastCreated = created
            relativeIDs.append(
                created * settings.timeLapse << 22 | generator.below(1024) << 12 | sequence)
            let delay =
                1
                + Self.delay(
                    atMost: settings.jitterMilliseconds, using: &generator)
            deliveries.append(UInt64(created + delay) << 32 | UInt64(index))
        }
        deliveries.sort()
        self.relativeIDs = relativeIDs
        self.deliveries = deliveries
    }

    var count: Int { deliveries.count }

    /// The post with that place in the order of delivery.
    subscript(position: Int) -> Entry {
        let delivery = deliveries[position]
        return Entry(post: Int(delivery & 0xFFFF_FFFF), deliveredAt: Int(delivery >> 32))
    }

    func id(ofPost post: Int, startMilliseconds: Int) -> Int {
        (startMilliseconds - Snowflake.epochMilliseconds) << 22 + relativeIDs[post]
    }

    private static func delay(atMost jitter: Int, using generator: inout SeededGenerator) -> Int {
        guard jitter > 0 else { return 0 }
        let bound =
            switch generator.below(100) {
            case 0: jitter
            case 1...9: jitter / 2
            default: min(jitter, 300)
            }
        return generator.below(bound + 1)
    }
}
