import Foundation

@testable import merger

/// `Fixtures/estimate.json`: seeded worlds, and what numpy, scipy and statsmodels say about them.
struct EstimateFixture: Decodable {
    struct Stratum: Decodable {
        var connected: UInt64
        var milliseconds: Int64
        var counts: [[UInt64]]
    }

    struct Model: Decodable {
        var name: String
        var figure: [Double]
    }

    struct Fit: Decodable {
        var connected: UInt64
        var pairs: [[Int]]
        var likelihood: Double
        var dependences: [Double]
        var value: Double
        var variance: Double
    }

    struct Expected: Decodable {
        /// The reported one first.
        var models: [Model]
        var fits: [Fit]
        var blind: [Double]
        var blindMs: Int64
        var completeness: [Double]
        var strata: Int
        var tweets: Int
    }

    struct World: Decodable {
        var name: String
        var strata: [Stratum]
        var expected: Expected

        var captured: [CaptureStratum] {
            strata.map { stratum in
                CaptureStratum(
                    connected: stratum.connected, milliseconds: stratum.milliseconds,
                    counts: Dictionary(
                        uniqueKeysWithValues: stratum.counts.map { ($0[0], Int($0[1])) }))
            }
        }
    }

    var worlds: [World]

    static let all: [World] = {
        let path =
            "\(#filePath.dropLast("Coverage/Estimate/EstimateFixture.swift".utf8.count))"
            + "Fixtures/estimate.json"
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            return try JSONDecoder().decode(EstimateFixture.self, from: data).worlds
        } catch {
            preconditionFailure("\(path): \(error)")
        }
    }()
}
