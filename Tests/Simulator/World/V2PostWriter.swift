/// Writes a post as an envelope of the v2 streams.
///
/// Members come in several orders, with the id of the post first, in the middle or last, and with
/// ids of other posts before it.
struct V2PostWriter {
    private enum Member {
        case attachments, author, context, conversation, created, edits, entities, id, inReplyTo
        case language, metrics, references, replySettings, sensitive, text
    }

    private static let idFirst: [Member] = [
        .id, .text, .author, .conversation, .created, .edits, .context, .entities, .inReplyTo,
        .language, .sensitive, .metrics, .references, .replySettings, .attachments,
    ]
    private static let alphabetical: [Member] = [
        .attachments, .author, .context, .conversation, .created, .edits, .entities, .id,
        .inReplyTo, .language, .sensitive, .metrics, .references, .replySettings, .text,
    ]
    private static let idLast: [Member] = [
        .references, .author, .text, .entities, .metrics, .context, .conversation, .created,
        .edits, .inReplyTo, .language, .sensitive, .replySettings, .attachments, .id,
    ]

    let world: World
    let post: Post

    func write(into builder: inout ByteBuilder) {
        var generator = post.generator
        let order = generator.below(100)
        let isLoose = post.awkwardness == .spaces
        builder.append(isLoose ? " { " : "{")
        switch order {
        case _ where world.isBrief:
            writeData(using: &generator, into: &builder)
        case 0..<80:
            writeData(using: &generator, into: &builder)
            builder.append(isLoose ? " , " : ",")
            writeIncludes(using: &generator, into: &builder)
            builder.append(",")
            writeRules(using: &generator, into: &builder)
        case 80..<92:
            writeIncludes(using: &generator, into: &builder)
            builder.append(",")
            writeData(using: &generator, into: &builder)
            builder.append(",")
            writeRules(using: &generator, into: &builder)
        case 92..<97:
            writeRules(using: &generator, into: &builder)
            builder.append(",")
            writeIncludes(using: &generator, into: &builder)
            builder.append(",")
            writeData(using: &generator, into: &builder)
        default:
            writeErrors(into: &builder)
            builder.append(",")
            writeData(using: &generator, into: &builder)
            builder.append(",")
            writeRules(using: &generator, into: &builder)
        }
        if post.awkwardness == .nesting { Self.writeNesting(into: &builder) }
        builder.append(isLoose ? " } " : "}")
    }

    private func writeData(using generator: inout SeededGenerator, into builder: inout ByteBuilder)
    {
        let order =
            switch generator.below(100) {
            case 0..<38: Self.idFirst
            case 38..<85: Self.alphabetical
            default: Self.idLast
            }
        let hasMedia = generator.below(10) < 3
        builder.append(post.awkwardness == .spaces ? #""data" : { "# : #""data":{"#)
        var isFirst = true
        for member in order where has(member, hasMedia: hasMedia) {
            if !isFirst { builder.append(",") }
            isFirst = false
            write(member, using: &generator, into: &builder)
        }
        builder.append("}")
    }

    private func has(_ member: Member, hasMedia: Bool) -> Bool {
        switch member {
        case .edits, .id, .text: true
        case _ where world.isBrief: false
        case .attachments: hasMedia
        case .inReplyTo: post.kind == .reply
        case .references: post.kind != .original
        case .author, .context, .conversation, .created, .entities, .language, .metrics,
            .replySettings, .sensitive:
            true
        }
    }

    private func write(
        _ member: Member, using generator: inout SeededGenerator, into builder: inout ByteBuilder
    ) {
        switch member {
        case .attachments:
            builder.append(#""attachments":{"media_keys":["3_"#)
            builder.append(post.referencedID ^ 0x5555)
            builder.append(#""]}"#)
        case .author:
            builder.append(#""author_id":""#)
            builder.append(world.authors[post.author].id)
            builder.append(#"""#)
        case .context:
            writeContext(using: &generator, into: &builder)
        case .conversation:
            builder.append(#""conversation_id":""#)
            builder.append(post.kind == .reply ? post.referencedID : post.id)
            builder.append(#"""#)
        case .created:
            builder.append(#""created_at":""#)
            CivilTime.writeISO(post.createdMilliseconds, into: &builder)
            builder.append(#"""#)
        case .edits:
            builder.append(#""edit_history_tweet_ids":[""#)
            builder.append(post.id)
            builder.append(#""]"#)
        case .entities:
            writeEntities(using: &generator, into: &builder)
        case .id:
            builder.append(post.awkwardness == .escapedKey ? #""\u0069d":""# : #""id":""#)
            builder.append(post.id)
            builder.append(#"""#)
        case .inReplyTo:
            builder.append(#""in_reply_to_user_id":""#)
            builder.append(world.authors[post.otherAuthor].id)
            builder.append(#"""#)
        case .language:
            builder.append(#""lang":"und""#)
        case .metrics:
            builder.append(#""public_metrics":{"retweet_count":"#)
            builder.append(generator.below(500))
            builder.append(#","reply_count":0,"like_count":"#)
            builder.append(generator.below(900))
            builder.append(
                #","quote_count":0,"bookmark_count":0,"impression_count":"#)
            builder.append(generator.below(90_000))
            builder.append("}")
        case .references:
            builder.append(#""referenced_tweets":[{"type":""#)
            switch post.kind {
            case .quote: builder.append("quoted")
            case .reply: builder.append("replied_to")
            case .original, .repost: builder.append("retweeted")
            }
            builder.append(#"","id":""#)
            builder.append(post.referencedID)
            builder.append(#""}]"#)
        case .replySettings:
            builder.append(#""reply_settings":"everyone""#)
        case .sensitive:
            builder.append(#""possibly_sensitive":false"#)
        case .text:
            builder.append(#""text":""#)
            writeText(using: &generator, into: &builder)
            builder.append(#"""#)
        }
    }

    private func writeText(using generator: inout SeededGenerator, into builder: inout ByteBuilder)
    {
        if post.kind == .repost { builder.append("RT ") }
        if post.kind == .repost || post.kind == .reply {
            builder.append("@")
            builder.append(world.authors[post.otherAuthor].handle)
            builder.append(": ")
        }
        if post.awkwardness == .loneSurrogate { builder.append(#"\ud83d "#) }
        let escaping: JSONText.Escaping = generator.below(100) < 15 ? .ascii : .minimal
        let length = post.awkwardness == .longText ? 8000 : 3 + generator.below(8)
        world.vocabulary.write(length, escaping: escaping, using: &generator, into: &builder)
    }

    private func writeContext(
        using generator: inout SeededGenerator, into builder: inout ByteBuilder
    ) {
        builder.append(#""context_annotations":["#)
        for index in 0..<generator.below(4) {
            if index > 0 { builder.append(",") }
            builder.append(#"{"domain":{"id":"131","name":"Unified Twitter Taxonomy"},"#)
            builder.append(#""entity":{"id":""#)
            builder.append(800_000_000_000_000_000 + generator.below(900_000_000_000_000_000))
            builder.append(#"","name":""#)
            world.vocabulary.write(1, escaping: .minimal, using: &generator, into: &builder)
            builder.append(#""}}"#)
        }
        builder.append("]")
    }

    private func writeEntities(
        using generator: inout SeededGenerator, into builder: inout ByteBuilder
    ) {
        builder.append(#""entities":{"hashtags":[{"start":3,"end":12,"tag":""#)
        world.vocabulary.write(1, escaping: .minimal, using: &generator, into: &builder)
        builder.append(#""}]"#)
        if post.kind != .original {
            builder.append(#","mentions":[{"start":0,"end":9,"username":""#)
            builder.append(world.authors[post.otherAuthor].handle)
            builder.append(#"","id":""#)
            builder.append(world.authors[post.otherAuthor].id)
            builder.append(#""}]"#)
        }
        if generator.below(10) < 4 {
            builder.append(#","urls":[{"start":20,"end":43,"url":"https://t.co/a1b2c3","#)
            builder.append(#""expanded_url":"https://example.com/?id="#)
            builder.append(generator.below(1_000_000))
            builder.append(#"","status":200}]"#)
        }
        builder.append("}")
    }

    private func writeIncludes(
        using generator: inout SeededGenerator, into builder: inout ByteBuilder
    ) {
        builder.append(#""includes":{"users":["#)
        builder.append(world.authors[post.author].v2)
        guard post.kind != .original else {
            builder.append("]}")
            return
        }
        builder.append(",")
        builder.append(world.authors[post.otherAuthor].v2)
        builder.append(#"],"tweets":[{"author_id":""#)
        builder.append(world.authors[post.otherAuthor].id)
        builder.append(#"","created_at":""#)
        CivilTime.writeISO(Snowflake.milliseconds(of: post.referencedID), into: &builder)
        builder.append(#"","edit_history_tweet_ids":[""#)
        builder.append(post.referencedID)
        builder.append(#""],"id":""#)
        builder.append(post.referencedID)
        builder.append(#"","text":""#)
        world.vocabulary.write(
            3 + generator.below(6), escaping: .minimal, using: &generator, into: &builder)
        builder.append(#""}]}"#)
    }

    private func writeRules(using generator: inout SeededGenerator, into builder: inout ByteBuilder)
    {
        builder.append(#""matching_rules":[{"id":""#)
        builder.append(1_500_000_000_000_000_000 + generator.below(40))
        builder.append(#"","tag":"rule \"id\":\"42\""}]"#)
    }

    /// A post may come with errors about what could not be expanded; it is a post all the same.
    private func writeErrors(into builder: inout ByteBuilder) {
        builder.append(#""errors":[{"value":""#)
        builder.append(post.referencedID)
        builder.append(#"","detail":"Could not find tweet with referenced_tweets.id: ["#)
        builder.append(post.referencedID)
        builder.append(#"].","title":"Not Found Error","resource_type":"tweet","#)
        builder.append(#""parameter":"referenced_tweets.id","resource_id":""#)
        builder.append(post.referencedID)
        builder.append(
            #"","type":"https://api.twitter.com/2/problems/resource-not-found"}]"#)
    }

    private static func writeNesting(into builder: inout ByteBuilder) {
        let depth = 120
        builder.append(#","deep":"#)
        for _ in 0..<depth { builder.append(#"{"id":["#) }
        builder.append(#""42""#)
        for _ in 0..<depth { builder.append("]}") }
    }
}
