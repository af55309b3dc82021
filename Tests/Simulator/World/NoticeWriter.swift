/// Writes a line that is not a post.
struct NoticeWriter {
    /// The post the notice speaks of.
    let id: Int
    let author: [UInt8]
    let generator: SeededGenerator

    func writeV1(into builder: inout ByteBuilder) {
        var generator = generator
        switch generator.below(10) {
        case 0..<5:
            builder.append(#"{"delete":{"status":{"id":"#)
            builder.append(id)
            builder.append(#","id_str":""#)
            builder.append(id)
            builder.append(#"","user_id":"#)
            builder.append(author)
            builder.append(#","user_id_str":""#)
            builder.append(author)
            builder.append(#""},"timestamp_ms":""#)
            builder.append(Snowflake.milliseconds(of: id))
            builder.append(#""}}"#)
        case 5:
            builder.append(#"{"limit":{"track":"#)
            builder.append(generator.below(100_000))
            builder.append("}}")
        case 6:
            builder.append(#"{"scrub_geo":{"user_id":"#)
            builder.append(author)
            builder.append(#","user_id_str":""#)
            builder.append(author)
            builder.append(#"","up_to_status_id":"#)
            builder.append(id)
            builder.append(#","up_to_status_id_str":""#)
            builder.append(id)
            builder.append(#""}}"#)
        case 7:
            builder.append(#"{"status_withheld":{"id":"#)
            builder.append(id)
            builder.append(#","user_id":"#)
            builder.append(author)
            builder.append(#","withheld_in_countries":["DE","AR"]}}"#)
        case 8:
            builder.append(#"{"warning":{"code":"FALLING_BEHIND","message":"Your connection is "#)
            builder.append(#"falling behind.","percent_full":60}}"#)
        default:
            builder.append(#"{"something_new":{"id":"#)
            builder.append(id)
            builder.append(#","note":"a kind of message nobody has seen"}}"#)
        }
    }

    func writeV2(into builder: inout ByteBuilder) {
        builder.append(#"{"errors":[{"value":""#)
        builder.append(id)
        builder.append(#"","detail":"Sorry, you are not authorized to see the Tweet with id: ["#)
        builder.append(id)
        builder.append(#"].","title":"Authorization Error","resource_type":"tweet","#)
        builder.append(#""parameter":"id","resource_id":""#)
        builder.append(id)
        builder.append(#"","section":"data","#)
        builder.append(
            #""type":"https://api.twitter.com/2/problems/not-authorized-for-resource"}]}"#)
    }
}
