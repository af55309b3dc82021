/// How one connection wants its lines.
enum StreamFormat: Sendable {
    case v2
    case v1(isDelimited: Bool, warnsOfStalls: Bool)

    var isDelimited: Bool {
        switch self {
        case .v2: false
        case .v1(let isDelimited, _): isDelimited
        }
    }

    /// A disconnect message as this stream words it.
    func disconnectMessage(type: String) -> [UInt8] {
        switch self {
        case .v2:
            Array(
                (#"{"errors":[{"title":"operational-disconnect","disconnect_type":"\#(type)","#
                    + #""detail":"This stream has been disconnected for operational reasons.","#
                    + #""type":"https://api.twitter.com/2/problems/operational-disconnect"}]}"#)
                    .utf8)
        case .v1:
            Array(
                (#"{"disconnect":{"code":\#(Int(type) ?? 12),"stream_name":"simulator-statuses","#
                    + #""reason":"\#(Self.reason(of: type))"}}"#).utf8)
        }
    }

    static func stallWarning(percentFull: Int) -> [UInt8] {
        Array(
            (#"{"warning":{"code":"FALLING_BEHIND","message":"Your connection is falling behind "#
                + #"and messages are being queued for delivery to you.","#
                + #""percent_full":\#(percentFull)}}"#).utf8)
    }

    private static func reason(of type: String) -> String {
        switch Int(type) {
        case 1: "shutdown"
        case 2: "duplicate stream"
        case 4: "stall"
        case 5: "normal"
        case 6: "token revoked"
        case 7: "admin logout"
        case 9: "max message limit"
        default: "shed load"
        }
    }
}
