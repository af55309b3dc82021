import Foundation
import TestSupport
import Testing

@testable import Shared

struct S3SignerTests {
    @Test(arguments: Vectors.all.vectors)
    func `a request is signed as botocore signs it`(_ vector: Vector) throws {
        let time = try #require(Timestamp(vector.time))
        let payload = try #require(ContentDigest(hex: vector.payload))
        let headers = S3Signer(region: vector.region).headers(
            for: S3Signer.Request(
                method: vector.method, authority: vector.authority, path: vector.path,
                query: vector.queryItems, headers: vector.httpHeaders, payload: payload),
            credentials: AWSCredentials(
                accessKeyID: Vectors.all.keyID, secretAccessKey: Secret(Vectors.all.secret),
                sessionToken: vector.token.map { Secret($0) }),
            at: time)
        #expect(headers["Authorization"] == vector.authorization)
        #expect(headers["x-amz-content-sha256"] == vector.payload)
        #expect(headers["x-amz-security-token"] == vector.token)
    }

    @Test(arguments: Vectors.all.vectors)
    func `a key is written in a path as botocore writes it`(_ vector: Vector) {
        #expect(
            vector.base + "/" + PercentEncoding.encode(vector.key, keeping: "/") == vector.path)
    }

    @Test func `another second gives another signature`() throws {
        func sign(_ milliseconds: Int64) -> String? {
            S3Signer(region: "r").headers(
                for: S3Signer.Request(
                    method: "GET", authority: "h", path: "/", query: [:], headers: [:],
                    payload: .ofNothing),
                credentials: AWSCredentials(accessKeyID: "a", secretAccessKey: Secret("s")),
                at: Timestamp(milliseconds: milliseconds))["Authorization"]
        }
        #expect(sign(1000) == sign(1999))
        #expect(sign(1000) != sign(2000))
    }
}

/// `Fixtures/sigv4.json`.
struct Vectors: Decodable {
    var botocore: String
    var keyID: String
    var secret: String
    var vectors: [Vector]

    static let all: Vectors = {
        let path =
            "\(#filePath.dropLast("ObjectStore/S3/S3SignerTests.swift".utf8.count))"
            + "Fixtures/sigv4.json"
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            return try JSONDecoder().decode(Vectors.self, from: data)
        } catch {
            preconditionFailure("\(path): \(error)")
        }
    }()
}

struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var method: String
    var authority: String
    var key: String
    var base: String
    var path: String
    var query: [[String]]
    var headers: [[String]]
    var payload: String
    var token: String?
    var region: String
    var time: String
    var authorization: String

    var testDescription: String { name }

    var queryItems: QueryItems {
        query.reduce(into: [:]) { $0.append($1[0], $1[1]) }
    }

    var httpHeaders: HTTPHeaders {
        headers.reduce(into: [:]) { $0.append($1[0], $1[1]) }
    }
}
