/// What an operator can do about a refusal. Texts that end error messages.
enum S3Advice {
    static func nextStep(_ refusal: S3Refusal, _ configuration: S3Configuration) -> String? {
        if let region = refusal.region, region != configuration.region,
            (300..<500).contains(refusal.status), configuration.endpoint == nil
        {
            return "bucket \(configuration.bucket) is in \(region): set AWS_REGION=\(region)"
        }
        switch refusal.code {
        case "NoSuchBucket":
            return "create the bucket \(configuration.bucket), or correct its name"
        case "PermanentRedirect", "AuthorizationHeaderMalformed":
            return "set AWS_REGION to the region of the bucket \(configuration.bucket)"
        case "InvalidAccessKeyId":
            return "the store does not know this access key: check AWS_ACCESS_KEY_ID, or the "
                + "profile or role it comes from"
        case "SignatureDoesNotMatch":
            return "the secret does not belong to the access key: check AWS_SECRET_ACCESS_KEY"
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken":
            return "the session token is no longer taken: get new temporary credentials"
        case "RequestTimeTooSkewed", "RequestExpired":
            return "this machine's clock differs too much from the store's: set it, such as with "
                + "chrony"
        case "BadDigest", "XAmzContentSHA256Mismatch":
            return "the bytes were damaged on their way to the store"
        default:
            return nextStep(status: refusal.status, isSilent: refusal.code.isEmpty)
        }
    }

    /// - Parameter isSilent: a `HEAD` is refused without a word.
    private static func nextStep(status: Int, isSilent: Bool) -> String? {
        switch status {
        case 403 where isSilent:
            "the credentials do not allow this, or nothing is there and they do not include "
                + "s3:ListBucket: check the policy of their user or role"
        case 403: "the credentials do not allow this: check the policy of their user or role"
        case 501:
            "the store cannot do this; where it is a conditional write, "
                + "TRIBUTARY_CONDITIONAL_WRITES=false goes on without"
        default: nil
        }
    }
}
