/// Reads sealed segments with programs that share nothing with the code that wrote them.
package enum SegmentCheck {
    /// The lines that `zcat` prints of a file.
    package static func lines(_ path: String) throws -> [[UInt8]] {
        let raw = try Shell.run(["gzip", "-dc", path])
        return raw.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .dropLast().map(Array.init)
    }

    /// Throws where one of these manifests says anything of its data that Python does not find.
    package static func verify(_ manifests: [String], latestIDTime: String? = nil) throws {
        let options = latestIDTime.map { ["--latest-id-time", $0] } ?? []
        _ = try Shell.run(
            ["python3", Repository.tool("check_segment.py")] + options + manifests)
    }
}
