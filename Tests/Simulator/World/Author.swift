/// Someone who posts, written once in both shapes.
struct Author: Sendable {
    var id: [UInt8]
    var handle: [UInt8]
    var v2: [UInt8]
    var v1: [UInt8]

    init(vocabulary: Vocabulary, using generator: inout SeededGenerator) {
        let isOld = generator.below(10) < 4
        let number =
            isOld
            ? 100_000 + generator.below(4_000_000_000)
            : 700_000_000_000_000_000 + generator.below(1_100_000_000_000_000_000)
        id = Array(String(number).utf8)
        let handle = vocabulary.handle(using: &generator)
        self.handle = Array(handle.utf8)
        let year = 2008 + generator.below(18)
        let month = generator.below(12)
        let day = 1 + generator.below(28)
        let followers = generator.below(30_000)
        let posts = generator.below(90_000)

        var builder = ByteBuilder(capacity: 2048)
        var texts = generator
        func writeText(_ count: Int, _ escaping: JSONText.Escaping, _ salt: UInt64) {
            var own = SeededGenerator(seed: texts.next(), item: 0, purpose: salt)
            vocabulary.write(count, escaping: escaping, using: &own, into: &builder)
        }

        builder.append(#"{"created_at":""#)
        builder.append(year)
        builder.append("-")
        builder.append(month + 1, width: 2)
        builder.append("-")
        builder.append(day, width: 2)
        builder.append(#"T09:30:15.000Z","description":""#)
        writeText(generator.below(9), .minimal, 1)
        builder.append(#"","id":""#)
        builder.append(id)
        builder.append(#"","location":""#)
        writeText(1, .minimal, 2)
        builder.append(#"","name":""#)
        writeText(1, .minimal, 3)
        builder.append(#"","profile_image_url":"https://pbs.twimg.com/profile_images/"#)
        builder.append(number % 1_000_000_007)
        builder.append(#"/photo_normal.jpg","protected":false,"#)
        builder.append(#""public_metrics":{"followers_count":"#)
        builder.append(followers)
        builder.append(#","following_count":"#)
        builder.append(followers / 7)
        builder.append(#","tweet_count":"#)
        builder.append(posts)
        builder.append(#","listed_count":3,"like_count":12,"media_count":4},"url":"","username":""#)
        builder.append(self.handle)
        builder.append(#"","verified":false,"verified_type":"none"}"#)
        v2 = builder.bytes()

        builder.removeAll()
        builder.append(#"{"id":"#)
        builder.append(id)
        builder.append(#","id_str":""#)
        builder.append(id)
        builder.append(#"","name":""#)
        writeText(1, .ascii, 4)
        builder.append(#"","screen_name":""#)
        builder.append(self.handle)
        builder.append(#"","location":null,"url":null,"description":""#)
        writeText(generator.below(6), .ascii, 5)
        builder.append(#"","protected":false,"verified":false,"followers_count":"#)
        builder.append(followers)
        builder.append(#","friends_count":"#)
        builder.append(followers / 7)
        builder.append(#","listed_count":3,"favourites_count":12,"statuses_count":"#)
        builder.append(posts)
        builder.append(#","created_at":"Thu "#)
        builder.append(CivilTime.monthNames[month])
        builder.append(" ")
        builder.append(day, width: 2)
        builder.append(" 09:30:15 +0000 ")
        builder.append(year)
        builder.append(
            #"","utc_offset":null,"time_zone":null,"geo_enabled":false,"lang":null,"#)
        builder.append(#""profile_image_url":"http:\/\/pbs.twimg.com\/profile_images\/"#)
        builder.append(number % 1_000_000_007)
        builder.append(#"\/photo_normal.jpg","default_profile":true,"following":null,"#)
        builder.append(#""notifications":null,"withheld_in_countries":[]}"#)
        v1 = builder.bytes()
    }
}
