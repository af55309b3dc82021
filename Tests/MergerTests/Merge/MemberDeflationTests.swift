import Shared
import TestSupport
import Testing

@testable import merger

struct MemberDeflationTests {
    @Test func `members come back in the order in which they were handed in`() throws {
        let deflation = MemberDeflation(.fast)
        defer { deflation.close() }
        // The first take far longer than the last, so that they end in another order.
        let contents = (0..<40).map { [UInt8](repeating: UInt8($0), count: 100_000 * (40 - $0)) }
        for content in contents { deflation.submit(content) }
        #expect(deflation.underWay == contents.count)
        for content in contents {
            let deflated = deflation.next()
            #expect(deflated.raw == content)
            var inflater = MemberInflater()
            var inflated = [UInt8](repeating: 255, count: content.count)
            try deflated.member.withUnsafeBytes { member in
                try inflated.withUnsafeMutableBytes { try inflater.inflate(member, into: $0) }
            }
            #expect(inflated == content)
        }
        #expect(deflation.underWay == 0)
    }
}
