import Glibc
import Testing

@testable import merger

struct LogLinearModelTests {
    /// Students with hepatitis A in an outbreak in Taiwan, by three lists: serum tests (bit 0), reports of
    /// hospitals (1) and questionnaires (2) (Chao et al. 2001, Statistics in Medicine 20, 3123-3157).
    private static let hepatitis: [UInt64: Int] = [
        0b111: 28, 0b011: 21, 0b101: 17, 0b001: 69, 0b110: 18, 0b010: 55, 0b100: 63,
    ]

    private func blocks(_ minutes: [[UInt64: Int]], _ connected: UInt64) throws -> CaptureBlocks {
        try #require(
            CaptureBlocks.group(
                minutes.map {
                    CaptureStratum(connected: connected, milliseconds: 60_000, counts: $0)
                }
            ).first)
    }

    /// Published: 388 cases with a deviance of 24.36 on 3 degrees of freedom.
    @Test func `lists that are taken for independent tell of 388 cases of hepatitis`() throws {
        let group = try blocks([Self.hepatitis], 0b111)
        let fit = try #require(LogLinearModel().fit(group.blocks))
        #expect((271 + fit.missed.value).rounded() == 388)
        let saturated = Self.hepatitis.values.reduce(0.0) {
            $0 + Double($1) * log(Double($1)) - Double($1)
        }
        #expect((200 * (saturated - fit.logLikelihood)).rounded() == 2436)
    }

    /// Published: 1313; the projection has a closed form.
    @Test func `lists of which each pair depends tell of 1313 cases`() throws {
        let group = try blocks([Self.hepatitis], 0b111)
        let fit = try #require(LogLinearModel(pairs: [0b011, 0b101, 0b110]).fit(group.blocks))
        #expect((271 + fit.missed.value).rounded() == 1313)
        let projected = 69.0 * 55 * 63 * 28 / (21 * 17 * 18)
        #expect(abs(fit.missed.value / projected - 1) < 1e-9)
        // The variance of a logarithm of a product of counts.
        let doubt = Self.hepatitis.values.reduce(0.0) { $0 + 1 / Double($1) }
        #expect(abs(fit.missed.variance / (projected + projected * projected * doubt) - 1) < 1e-9)
    }

    @Test(arguments: EstimateFixture.all.filter { !$0.expected.fits.isEmpty }.map(\.name))
    func `fits and the pairs they need are those of statsmodels`(name: String) throws {
        let world = try #require(EstimateFixture.all.first { $0.name == name })
        let groups = CaptureBlocks.group(world.captured)
        for expected in world.expected.fits {
            let group = try #require(groups.first { $0.connected == expected.connected })
            let choice = try #require(LogLinearChoice(group))
            // The fixture's zones are bits from 0 on, all of which are connected.
            #expect(choice.pairs == expected.pairs.map { 1 << UInt64($0[0]) | 1 << UInt64($0[1]) })
            #expect(abs(choice.fit.logLikelihood / expected.likelihood - 1) < 1e-12)
            #expect(abs(choice.fit.missed.value / expected.value - 1) < 1e-8)
            #expect(abs(choice.fit.missed.variance / expected.variance - 1) < 1e-7)
            for (ours, theirs) in zip(choice.fit.dependences, expected.dependences) {
                #expect(abs(ours - theirs) < 1e-8)
            }
        }
    }

    @Test func `more zones than the model takes are refused`() throws {
        #expect(LogLinearChoice(try blocks([[0b111111: 60, 1: 3]], 0b111111)) == nil)
    }
}
