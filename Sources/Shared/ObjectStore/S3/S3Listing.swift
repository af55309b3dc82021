/// A page of `ListObjectsV2`.
struct S3Listing: Sendable {
    struct Entry: Sendable {
        /// In the bucket, with the store's prefix.
        var name: String
        var bytes: Int
        var etag: ETag
    }

    var entries: [Entry]
    var isTruncated: Bool

    /// Nil for a document that is not a listing, or has an entry that cannot be read.
    init?(_ document: XMLElement) {
        guard document.name == "ListBucketResult" else { return nil }
        let isEncoded = document.value("EncodingType") == "url"
        isTruncated = document.value("IsTruncated") == "true"
        entries = []
        for content in document.all("Contents") {
            guard let text = content.value("Key"),
                let name = isEncoded ? PercentEncoding.decode(text) : text,
                let bytes = content.value("Size").flatMap({ Int($0) })
            else { return nil }
            let etag = ETag(header: content.value("ETag") ?? "")
            entries.append(Entry(name: name, bytes: bytes, etag: etag))
        }
    }
}
