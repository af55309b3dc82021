"""python_sqlite.py IN OUT: an SQLite index with INSERT OR IGNORE, in order of arrival, zlib 6."""

import glob
import gzip
import os
import sqlite3
import sys

import orjson

database = sqlite3.connect(f"{os.environ['TMPDIR']}/index.db", isolation_level=None)
database.execute("PRAGMA journal_mode=WAL")
database.execute("PRAGMA synchronous=NORMAL")
database.execute("PRAGMA cache_size=-262144")
database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, zones INT, segment INT, offset INT)")
with gzip.open(sys.argv[2], "wb", 6) as out:
    files = sorted(glob.glob(f"{sys.argv[1]}/zone-*/**/*.gz", recursive=True))
    for segment, file in enumerate(files):
        zone = 1 << (ord(file.split("/zone-")[1][0]) - ord("a"))
        offset = 0
        database.execute("BEGIN")
        for line in gzip.open(file):
            post = orjson.loads(line)
            number = int(post["data"]["id"] if "data" in post else post["id_str"])
            row = (number, zone, segment, offset)
            if database.execute("INSERT OR IGNORE INTO t VALUES(?,?,?,?)", row).rowcount:
                out.write(line)
            else:
                database.execute("UPDATE t SET zones=zones|? WHERE id=?", (zone, number))
            offset += len(line)
        database.execute("COMMIT")
