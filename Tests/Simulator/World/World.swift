/// All the posts there are, each a pure function of seed, number and start.
struct World: Sendable {
    private static let authorCount = 300

    let shape: WorldShape
    let schedule: PostSchedule
    let authors: [Author]
    let vocabulary: Vocabulary
    /// Whether v2 posts have only the fields that X sends unasked.
    let isBrief: Bool
    private let seed: UInt64
    private let noticeShare: Double
    private let awkwardShare: Double

    init(_ settings: WorldSettings) {
        shape = settings.shape
        seed = settings.seed
        noticeShare = settings.noticeShare
        awkwardShare = settings.awkwardShare
        isBrief = settings.isBrief
        schedule = PostSchedule(settings)
        let vocabulary = Vocabulary(seed: settings.seed)
        var generator = SeededGenerator(seed: settings.seed, item: 0, purpose: 3)
        authors = (0..<Self.authorCount).map { _ in
            Author(vocabulary: vocabulary, using: &generator)
        }
        self.vocabulary = vocabulary
    }

    /// Writes the post with that place in the order of delivery, without a line terminator.
    func writePost(at position: Int, startMilliseconds: Int, into builder: inout ByteBuilder) {
        let index = schedule[position].post
        var generator = SeededGenerator(seed: seed, item: index, purpose: 4)
        let isV1 = shape == .v1 || shape == .mixed && generator.below(2) == 0
        let post = post(index, startMilliseconds: startMilliseconds, using: &generator)
        if isV1 {
            V1PostWriter(world: self, post: post).write(into: &builder)
        } else {
            V2PostWriter(world: self, post: post).write(into: &builder)
        }
    }

    /// Writes the notice that follows that post, if one does; says whether it did.
    func writeNotice(
        after position: Int, startMilliseconds: Int, into builder: inout ByteBuilder
    ) -> Bool {
        guard noticeShare > 0 else { return false }
        let index = schedule[position].post
        var generator = SeededGenerator(seed: seed, item: index, purpose: 5)
        guard generator.share() < noticeShare else { return false }
        let isV1 = shape == .v1 || shape == .mixed && generator.below(2) == 0
        let id = schedule.id(
            ofPost: generator.below(index + 1), startMilliseconds: startMilliseconds)
        let writer = NoticeWriter(
            id: id, author: authors[generator.below(authors.count)].id, generator: generator)
        if isV1 {
            writer.writeV1(into: &builder)
        } else {
            writer.writeV2(into: &builder)
        }
        return true
    }

    private func post(
        _ index: Int, startMilliseconds: Int, using generator: inout SeededGenerator
    ) -> Post {
        let kind: Post.Kind =
            switch generator.below(100) {
            case 0..<34: .original
            case 34..<66: .repost
            case 66..<78: .quote
            default: .reply
            }
        let author = generator.below(authors.count)
        let otherAuthor = generator.below(authors.count)
        let isInStream = index > 0 && generator.below(10) < 3
        let referencedID =
            isInStream
            ? schedule.id(ofPost: generator.below(index), startMilliseconds: startMilliseconds)
            : 1_200_000_000_000_000_000 + generator.below(400_000_000_000_000_000)
        let awkwardness: Post.Awkwardness =
            if generator.share() >= awkwardShare {
                .none
            } else {
                switch generator.below(20) {
                case 0..<5: .spaces
                case 5..<10: .escapedKey
                case 10..<14: .nesting
                case 14..<19: .loneSurrogate
                default: .longText
                }
            }
        return Post(
            id: schedule.id(ofPost: index, startMilliseconds: startMilliseconds),
            kind: kind, referencedID: referencedID, author: author, otherAuthor: otherAuthor,
            awkwardness: awkwardness, generator: generator)
    }
}
