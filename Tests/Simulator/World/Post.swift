/// What a post is, before it is written in one of the two shapes.
struct Post {
    enum Kind {
        case original
        case repost
        case quote
        case reply
    }

    /// Valid JSON that careless readers get wrong.
    enum Awkwardness {
        case none
        case spaces
        case escapedKey
        case nesting
        case loneSurrogate
        case longText
    }

    var id: Int
    var kind: Kind
    /// The post this one answers, quotes or repeats.
    var referencedID: Int
    var author: Int
    var otherAuthor: Int
    var awkwardness = Awkwardness.none
    /// Where the writers draw texts and the order of members from.
    var generator: SeededGenerator

    var createdMilliseconds: Int { Snowflake.milliseconds(of: id) }
}
