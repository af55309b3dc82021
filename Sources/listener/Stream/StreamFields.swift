/// What is asked of X API v2 beyond `id` and `text`, which is all that it sends by default.
///
/// Fields that need a user's own token (`non_public_metrics`, `organic_metrics`,
/// `promoted_metrics`) are left out: with an app's token each would add an error to every post.
enum StreamFields {
    static let parameters = [
        StreamParameter("tweet.fields", tweetFields.joined(separator: ",")),
        StreamParameter("expansions", expansions.joined(separator: ",")),
        StreamParameter("user.fields", userFields.joined(separator: ",")),
    ]

    private static let tweetFields = [
        "attachments", "author_id", "conversation_id", "created_at", "edit_controls",
        "edit_history_tweet_ids", "entities", "geo", "in_reply_to_user_id", "lang", "note_tweet",
        "possibly_sensitive", "public_metrics", "referenced_tweets", "reply_settings", "source",
        "text", "withheld",
    ]

    private static let expansions = [
        "attachments.media_keys", "author_id", "geo.place_id", "in_reply_to_user_id",
        "referenced_tweets.id", "referenced_tweets.id.author_id",
    ]

    private static let userFields = [
        "created_at", "description", "location", "name", "protected", "public_metrics", "url",
        "username", "verified", "withheld",
    ]
}
