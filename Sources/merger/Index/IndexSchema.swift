/// The tables of an index file: `docs/INDEX.md`.
enum IndexSchema {
    /// `TrbR` in ASCII.
    static let applicationID: Int64 = 0x5472_6252
    static let version: Int64 = 1

    static let tableNames = [
        "zone", "segment", "tweet", "divergence", "notice", "deletion", "quarantine", "connection",
        "member", "partition",
    ]

    static let tables = """
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(version);
        CREATE TABLE zone(
            bit INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE segment(
            number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
            zone INTEGER NOT NULL REFERENCES zone(bit), sha256 TEXT,
            first INTEGER NOT NULL, last INTEGER NOT NULL,
            records INTEGER NOT NULL, notices INTEGER NOT NULL, quarantined INTEGER NOT NULL,
            elsewhere INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('present', 'expired')),
            added INTEGER NOT NULL) STRICT;
        CREATE TABLE tweet(
            id INTEGER PRIMARY KEY, zones INTEGER NOT NULL, segment INTEGER NOT NULL,
            line INTEGER NOT NULL, digest INTEGER NOT NULL) STRICT;
        CREATE TABLE divergence(
            id INTEGER NOT NULL, digest INTEGER NOT NULL, zones INTEGER NOT NULL,
            segment INTEGER NOT NULL, line INTEGER NOT NULL,
            PRIMARY KEY (id, digest)) STRICT, WITHOUT ROWID;
        CREATE TABLE notice(
            segment INTEGER NOT NULL, line INTEGER NOT NULL, kind TEXT NOT NULL, id INTEGER,
            at INTEGER NOT NULL, json TEXT NOT NULL,
            PRIMARY KEY (segment, line)) STRICT, WITHOUT ROWID;
        CREATE TABLE deletion(
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, segment INTEGER NOT NULL,
            line INTEGER NOT NULL) STRICT;
        CREATE TABLE quarantine(
            segment INTEGER NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL,
            bytes INTEGER NOT NULL, content BLOB NOT NULL,
            PRIMARY KEY (segment, line)) STRICT, WITHOUT ROWID;
        CREATE TABLE connection(
            segment INTEGER NOT NULL, id TEXT NOT NULL, first INTEGER NOT NULL,
            last INTEGER NOT NULL, kind TEXT NOT NULL, coversFirst INTEGER, coversLast INTEGER,
            cause TEXT, PRIMARY KEY (segment, id)) STRICT, WITHOUT ROWID;
        CREATE TABLE member(
            number INTEGER PRIMARY KEY, offset INTEGER NOT NULL, bytes INTEGER NOT NULL,
            raw INTEGER NOT NULL, lines INTEGER NOT NULL, firstID INTEGER, lastID INTEGER,
            crc32 INTEGER NOT NULL) STRICT;
        CREATE TABLE partition(
            hour TEXT PRIMARY KEY, count INTEGER NOT NULL, rawBytes INTEGER NOT NULL,
            rawSHA256 TEXT NOT NULL, objectBytes INTEGER NOT NULL, objectSHA256 TEXT NOT NULL,
            replacesSHA256 TEXT, honoursDeletions INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """

    /// Times as people read them. `%f` is seconds with three decimals.
    private static func time(_ column: String) -> String {
        "strftime('%Y-%m-%dT%H:%M:%fZ', \(column) / 1000.0, 'unixepoch')"
    }

    static let views = """
        CREATE VIEW ledger AS
            WITH won AS (
                SELECT tweet.segment AS segment, count(*) AS copies,
                    count(deletion.id) * (SELECT max(honoursDeletions) FROM partition) AS deleted
                FROM tweet LEFT JOIN deletion USING (id) GROUP BY tweet.segment)
            SELECT number AS segment, zone.name AS zone, key, records + notices + quarantined AS lines,
                ifnull(copies - deleted, 0) AS canonical, records - ifnull(copies, 0) AS duplicates,
                notices, quarantined, ifnull(deleted, 0) AS deleted, elsewhere
            FROM segment JOIN zone ON zone.bit = segment.zone
                LEFT JOIN won ON won.segment = segment.number;
        CREATE VIEW tweet_readable AS
            SELECT id, \(time("((id >> 22) + 1288834974657)")) AS created,
                (SELECT group_concat(name, ' ') FROM zone WHERE zones & (1 << bit)) AS zones,
                (SELECT key FROM segment WHERE number = tweet.segment) AS segment, line, digest
            FROM tweet;
        CREATE VIEW segment_readable AS
            SELECT number, key, zone.name AS zone, \(time("first")) AS first,
                \(time("last")) AS last, records, notices, quarantined, elsewhere, state
            FROM segment JOIN zone ON zone.bit = segment.zone;
        CREATE VIEW connection_readable AS
            SELECT zone.name AS zone, connection.id AS id, \(time("connection.first")) AS first,
                \(time("connection.last")) AS last, kind, \(time("coversFirst")) AS coversFirst,
                \(time("coversLast")) AS coversLast, cause
            FROM connection JOIN segment ON segment.number = connection.segment
                JOIN zone ON zone.bit = segment.zone;
        CREATE VIEW notice_readable AS
            SELECT zone.name AS zone, kind, id, \(time("at")) AS at, json
            FROM notice JOIN segment ON segment.number = notice.segment
                JOIN zone ON zone.bit = segment.zone;
        """
}
