/// Files of the source tree that tests read.
package enum Repository {
    package static let root: String = {
        let depth = "/Tests/TestSupport/Repository.swift".utf8.count
        return String(#filePath.dropLast(depth))
    }()

    package static func tool(_ name: String) -> String { "\(root)/Tests/Tools/\(name)" }

    package static func schema(_ name: String) -> String { "\(root)/docs/schema/\(name)" }

    package static func fixture(_ name: String) -> String {
        "\(root)/Tests/SharedTests/Fixtures/\(name)"
    }
}
