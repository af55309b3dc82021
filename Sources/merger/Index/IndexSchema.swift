import Shared

/// The tables of an index file: `docs/INDEX.md`.
enum IndexSchema {
    /// `TrbR` in ASCII.
    static let applicationID: Int64 = 0x5472_6252
    static let version: Int64 = 2

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

    /// When an id says that it was made; for one from before November 2010 a time that means nothing.
    private static func creation(_ id: String) -> String {
        time("((\(id) >> \(TweetID.bitsBelowTime)) + \(TweetID.epoch.milliseconds))")
    }

    /// The names of the zones of a mask, the first by rank first.
    private static func names(_ mask: String) -> String {
        """
        (SELECT group_concat(name, ' ')
            FROM (SELECT name FROM zone WHERE \(mask) & (1 << bit) ORDER BY bit))
        """
    }

    private static func key(of table: String) -> String {
        "(SELECT key FROM segment WHERE number = \(table).segment)"
    }

    private static func zone(of table: String) -> String {
        """
        (SELECT name FROM segment JOIN zone ON zone.bit = segment.zone
            WHERE number = \(table).segment)
        """
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
            SELECT id, \(creation("id")) AS created, \(names("zones")) AS zones,
                \(key(of: "tweet")) AS segment, line, digest
            FROM tweet;
        CREATE VIEW zone_set AS
            SELECT \(names("zones")) AS zones, tweets
            FROM (SELECT zones, count(*) AS tweets FROM tweet GROUP BY zones);
        CREATE VIEW divergence_readable AS
            SELECT id, \(creation("id")) AS created, digest, \(names("zones")) AS zones,
                \(key(of: "divergence")) AS segment, line
            FROM divergence;
        CREATE VIEW segment_readable AS
            SELECT number, key, zone.name AS zone, \(time("first")) AS first,
                \(time("last")) AS last, records, notices, quarantined, elsewhere, state
            FROM segment JOIN zone ON zone.bit = segment.zone;
        CREATE VIEW connection_readable AS
            SELECT \(zone(of: "connection")) AS zone, id, \(time("first")) AS first,
                \(time("last")) AS last, kind, \(time("coversFirst")) AS coversFirst,
                \(time("coversLast")) AS coversLast, cause, \(key(of: "connection")) AS segment
            FROM connection;
        CREATE VIEW notice_readable AS
            SELECT \(zone(of: "notice")) AS zone, kind, id, \(time("at")) AS at, json,
                \(key(of: "notice")) AS segment, line
            FROM notice;
        CREATE VIEW deletion_readable AS
            SELECT id, \(creation("id")) AS created, \(time("at")) AS at,
                \(zone(of: "deletion")) AS zone, \(key(of: "deletion")) AS segment, line,
                EXISTS (SELECT 1 FROM tweet WHERE tweet.id = deletion.id) AS seen
            FROM deletion;
        CREATE VIEW quarantine_readable AS
            SELECT \(zone(of: "quarantine")) AS zone, \(key(of: "quarantine")) AS segment, line,
                reason, bytes, CAST(content AS TEXT) AS text
            FROM quarantine;
        CREATE VIEW member_readable AS
            SELECT number, offset, bytes, raw, lines, firstID, lastID,
                \(creation("firstID")) AS first, \(creation("lastID")) AS last
            FROM member;
        """
}
