/// What the headers of an answer say about the object that was put.
enum S3Evidence: Equatable {
    /// The store has exactly these bytes.
    case proven
    /// The store has other bytes.
    case refuted
    /// The answer does not tell.
    case none

    /// - Parameters:
    ///   - checksums: what the store may say. The first is the SHA-256 of the object in base64.
    ///   - isSinglePut: false where the object was sent in parts: then another checksum may stand
    ///     for other parts, and the ETag is no MD5.
    ///   - md5: of the object; asked for only where the ETag may be one.
    init(
        checksum: String?, etag: ETag, encryption: String?, checksums: [String],
        isSinglePut: Bool, md5: () throws(S3Payload.Failure) -> String
    ) throws(S3Payload.Failure) {
        if let checksum {
            if checksums.contains(checksum) {
                self = .proven
                return
            }
            if isSinglePut && !checksum.contains("-") {
                self = .refuted
                return
            }
        }
        // Under a key of KMS or of the client, an ETag looks like an MD5 and is none.
        let isPlain = encryption == nil || encryption == "AES256"
        let mayBeMD5 = isSinglePut && isPlain && Self.isMD5(etag.text)
        self = if mayBeMD5, try md5() == etag.text { .proven } else { .none }
    }

    private static func isMD5(_ text: String) -> Bool {
        [UInt8](hex: text)?.count == 16
    }
}
