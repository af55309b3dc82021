"""chdb_group.py IN OUT: ClickHouse within Python, GROUP BY id with any(line)."""

import sys

from chdb import session

database = session.Session()
for setting in (
    "max_threads=2",
    "max_memory_usage=12000000000",
    "max_bytes_before_external_sort=2000000000",
    "max_bytes_before_external_group_by=2000000000",
    "max_block_size=8192",
):
    database.query(f"SET {setting}")
database.query(f"""
    SELECT any(line) FROM (
        SELECT line, toUInt64(if(JSONHas(line, 'data'),
            JSONExtractString(line, 'data', 'id'), JSONExtractString(line, 'id_str'))) AS id
        FROM file('{sys.argv[1]}/zone-*/*/*/*/*/*.gz', 'LineAsString'))
    GROUP BY id ORDER BY id
    INTO OUTFILE '{sys.argv[2]}' TRUNCATE COMPRESSION 'gzip' LEVEL 6 FORMAT TSVRaw""")
