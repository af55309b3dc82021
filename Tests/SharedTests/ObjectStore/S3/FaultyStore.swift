import Foundation
import Testing

@testable import Shared

/// A store behind `Tests/Tools/s3-fault-proxy.py`, which breaks what a test orders and counts it.
struct FaultyStore: Sendable {
    var store: S3ObjectStore
    /// Part of the path of every request of this store and of no other.
    var folder: String
    var control: String

    private static let http = HTTPClient()

    enum Kind: Sendable {
        case loseReply
        case cutRequest
        case flipRequest
        case cutReply
        case flipReply
        case refuse(status: Int, code: String)
        case errorInSuccess(code: String)
        case stall(seconds: Int)
    }

    /// A fault that was ordered.
    struct Fault {
        fileprivate var url: String

        /// How often it was carried out.
        var fired: Int {
            get async throws {
                struct Answer: Decodable { var fired: Int }
                let response = try await FaultyStore.http.send(HTTPRequest(.get, url))
                return try JSONDecoder().decode(Answer.self, from: Data(response.body)).fired
            }
        }
    }

    /// Breaks the next `times` requests with this method whose query contains `query`.
    func order(
        _ kind: Kind, on method: HTTPRequest.Method, query: String = "", times: Int = 1
    ) async throws -> Fault {
        struct Answer: Decodable { var id: Int }
        var order = Order(path: folder, method: method.rawValue, query: query, times: times)
        // A listing names the folder in its query, and the bucket alone in its path.
        if query.contains(folder) { order.path = "" }
        order.describe(kind)
        let request = HTTPRequest(
            .post, "\(control)/faults", body: .bytes(Array(try JSONEncoder().encode(order))))
        let response = try await Self.http.send(request)
        let answer = try JSONDecoder().decode(Answer.self, from: Data(response.body))
        return Fault(url: "\(control)/faults/\(answer.id)")
    }

    /// What the proxy understands.
    private struct Order: Encodable {
        var path: String
        var method: String
        var query: String
        var times: Int
        var kind = ""
        var status: Int?
        var code: String?
        var seconds: Int?

        mutating func describe(_ fault: Kind) {
            switch fault {
            case .loseReply: kind = "lose-reply"
            case .cutRequest: kind = "cut-request"
            case .flipRequest: kind = "flip-request"
            case .cutReply: kind = "cut-reply"
            case .flipReply: kind = "flip-reply"
            case .refuse(let status, let code):
                (kind, self.status, self.code) = ("refuse", status, code)
            case .errorInSuccess(let code): (kind, self.code) = ("error-in-success", code)
            case .stall(let seconds): (kind, self.seconds) = ("stall", seconds)
            }
        }
    }
}

extension TestStore {
    /// Those of ``all`` that can be broken.
    static let faulty = all.filter { $0.openFaulty != nil }

    func faulty(parts singlePutBytesMax: Int? = nil) throws -> FaultyStore {
        let open = try #require(openFaulty)
        return try open(singlePutBytesMax)
    }
}
