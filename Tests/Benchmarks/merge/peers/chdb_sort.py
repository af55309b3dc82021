"""chdb_sort.py IN OUT: ClickHouse within Python, ORDER BY id LIMIT 1 BY id."""

import sys

from chdb import session

database = session.Session()
for setting in (
    "max_threads=2", "max_memory_usage=12000000000", "max_bytes_before_external_sort=6000000000"
):
    database.query(f"SET {setting}")
database.query(f"""
    SELECT line FROM (
        SELECT line, toUInt64(if(JSONHas(line, 'data'),
            JSONExtractString(line, 'data', 'id'), JSONExtractString(line, 'id_str'))) AS id
        FROM file('{sys.argv[1]}/zone-*/*/*/*/*/*.gz', 'LineAsString'))
    ORDER BY id LIMIT 1 BY id
    INTO OUTFILE '{sys.argv[2]}' TRUNCATE COMPRESSION 'gzip' LEVEL 6 FORMAT TSVRaw""")
