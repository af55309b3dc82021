/// What the headers of an answer say about the object that was put.
enum S3Evidence: Equatable {
    /// The store has exactly these bytes.
    case proven
    /// The store has other bytes.
    case refuted
    /// The answer does not tell.
    case none

    /// - Parameters:
    ///   - checksums: the SHA-256 of the object in base64, and that of its parts' SHA-256 where it
    ///     was sent in parts.
    ///   - md5: of an object that was sent in one piece; asked for only if the ETag may be one.
    init(
        checksum: String?, etag: ETag, encryption: String?, checksums: [String],
        md5: () throws(HTTPError) -> String?
    ) throws(HTTPError) {
        if let checksum {
            if checksums.contains(checksum) {
                self = .proven
                return
            }
            // A checksum of checksums depends on the sizes of parts, which may be another's.
            if !checksum.contains("-") {
                self = .refuted
                return
            }
        }
        // Under a key of KMS or of the client, an ETag looks like an MD5 and is none.
        let isPlain = encryption == nil || encryption == "AES256"
        guard isPlain, Self.isMD5(etag.text), let md5 = try md5(), md5 == etag.text else {
            self = .none
            return
        }
        self = .proven
    }

    private static func isMD5(_ text: String) -> Bool {
        [UInt8](hex: text)?.count == 16
    }
}
