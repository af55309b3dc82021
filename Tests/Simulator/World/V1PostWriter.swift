/// Writes a post as a status of the v1.1 streams.
///
/// In some the retweeted or quoted status, with its own `id` and `id_str`, stands before the id of
/// the post.
struct V1PostWriter {
    let world: World
    let post: Post

    func write(into builder: inout ByteBuilder) {
        var generator = post.generator
        let isIDLast = generator.below(100) < 15
        let isLoose = post.awkwardness == .spaces
        builder.append(isLoose ? " { " : "{")
        if !isIDLast {
            writeHead(id: post.id, into: &builder)
            builder.append(",")
        }
        writeBody(
            author: post.author, isInner: false, using: &generator, into: &builder)
        builder.append(isLoose ? " , " : ",")
        writeInner(using: &generator, into: &builder)
        builder.append(#""favorited":false,"retweeted":false,"filter_level":"low","#)
        builder.append(#""lang":"und","timestamp_ms":""#)
        builder.append(post.createdMilliseconds)
        builder.append(#"""#)
        if post.awkwardness == .nesting { Self.writeNesting(into: &builder) }
        if isIDLast {
            builder.append(",")
            writeHead(id: post.id, into: &builder)
        }
        builder.append(isLoose ? " } " : "}")
    }

    private func writeHead(id: Int, into builder: inout ByteBuilder) {
        builder.append(#""created_at":""#)
        CivilTime.writeV1(Snowflake.milliseconds(of: id), into: &builder)
        let isEscaped = post.awkwardness == .escapedKey && id == post.id
        builder.append(isEscaped ? #"","\u0069d":"# : #"","id":"#)
        builder.append(id)
        builder.append(isEscaped ? #","id\u005fstr":""# : #","id_str":""#)
        builder.append(id)
        builder.append(#"""#)
    }

    private func writeBody(
        author: Int,
        isInner: Bool,
        using generator: inout SeededGenerator,
        into builder: inout ByteBuilder
    ) {
        builder.append(#""text":""#)
        if !isInner && post.kind == .repost {
            builder.append("RT @")
            builder.append(world.authors[post.otherAuthor].handle)
            builder.append(": ")
        }
        if !isInner && post.awkwardness == .loneSurrogate { builder.append(#"\ud83d "#) }
        let isLong = !isInner && post.awkwardness == .longText
        world.vocabulary.write(
            isLong ? 8000 : 3 + generator.below(7), escaping: .ascii, using: &generator,
            into: &builder)
        builder.append(#"","source":"\u003ca href=\"https:\/\/mobile.twitter.com\"\u003e"#)
        builder.append(#"Twitter Web App\u003c\/a\u003e","truncated":false,"#)
        if !isInner && post.kind == .reply {
            builder.append(#""in_reply_to_status_id":"#)
            builder.append(post.referencedID)
            builder.append(#","in_reply_to_status_id_str":""#)
            builder.append(post.referencedID)
            builder.append(#"","in_reply_to_user_id":"#)
            builder.append(world.authors[post.otherAuthor].id)
            builder.append(",")
        } else {
            builder.append(#""in_reply_to_status_id":null,"in_reply_to_status_id_str":null,"#)
        }
        builder.append(#""user":"#)
        builder.append(world.authors[author].v1)
        builder.append(#","geo":null,"coordinates":null,"place":null,"contributors":null,"#)
        builder.append(#""is_quote_status":false,"quote_count":0,"reply_count":0,"#)
        builder.append(#""retweet_count":"#)
        builder.append(generator.below(500))
        builder.append(#","favorite_count":"#)
        builder.append(generator.below(900))
        builder.append(#","entities":{"hashtags":[],"urls":[],"user_mentions":["#)
        if !isInner && post.kind != .original {
            builder.append(#"{"screen_name":""#)
            builder.append(world.authors[post.otherAuthor].handle)
            builder.append(#"","id":"#)
            builder.append(world.authors[post.otherAuthor].id)
            builder.append(#","id_str":""#)
            builder.append(world.authors[post.otherAuthor].id)
            builder.append(#"","indices":[3,12]}"#)
        }
        builder.append(#"],"symbols":[]}"#)
    }

    private func writeInner(
        using generator: inout SeededGenerator, into builder: inout ByteBuilder
    ) {
        switch post.kind {
        case .original, .reply:
            return
        case .repost:
            builder.append(#""retweeted_status":{"#)
        case .quote:
            builder.append(#""quoted_status_id":"#)
            builder.append(post.referencedID)
            builder.append(#","quoted_status_id_str":""#)
            builder.append(post.referencedID)
            builder.append(#"","quoted_status":{"#)
        }
        writeHead(id: post.referencedID, into: &builder)
        builder.append(",")
        writeBody(author: post.otherAuthor, isInner: true, using: &generator, into: &builder)
        builder.append("},")
    }

    private static func writeNesting(into builder: inout ByteBuilder) {
        let depth = 120
        builder.append(#","deep":"#)
        for _ in 0..<depth { builder.append(#"{"id":["#) }
        builder.append("42")
        for _ in 0..<depth { builder.append("]}") }
    }
}
