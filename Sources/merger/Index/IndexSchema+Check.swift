/// Tells an index file from one that only calls itself so: a file of a store may be anybody's.
extension IndexSchema {
    /// What an index that was just made says of itself.
    private static let entries = Result { () throws -> [String] in
        let database = try Database(":memory:", .create)
        try database.run(tables)
        try database.run(views)
        return try entries(of: database)
    }

    /// Whether a file has our tables and views and nothing beside them: no trigger, no virtual table, no
    /// view in the place of a table.
    static func isSchema(of database: Database) throws -> Bool {
        try entries(of: database) == entries.get()
    }

    private static func entries(of database: Database) throws -> [String] {
        let rows = try database.prepare(
            "SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema ORDER BY type, name")
        var entries: [String] = []
        while try rows.step() {
            entries.append((0..<rows.columnCount).map(rows.text).joined(separator: "\n"))
        }
        return entries
    }
}
