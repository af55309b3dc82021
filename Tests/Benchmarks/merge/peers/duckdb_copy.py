"""duckdb_copy.py IN OUT distinct|qualify: one COPY, by DISTINCT ON or by a window."""

import os
import sys

import duckdb

PICKED = {
    "distinct": "SELECT DISTINCT ON (id) id, line FROM ({})",
    "qualify": "SELECT id, line FROM ({}) QUALIFY row_number() OVER (PARTITION BY id) = 1",
}
LINES = f"""
    SELECT json::VARCHAR AS line,
        CAST(coalesce(json->>'$.data.id', json->>'$.id_str') AS BIGINT) AS id
    FROM read_ndjson_objects('{sys.argv[1]}/zone-*/*/*/*/*/*.gz', maximum_object_size=1048576)"""

connection = duckdb.connect(":memory:")
connection.execute(
    f"""SET threads=2; SET memory_limit='8GB'; SET preserve_insertion_order=false;
    SET temp_directory='{os.environ["TMPDIR"]}/duck'""")
connection.execute(
    f"""COPY (SELECT line FROM ({PICKED[sys.argv[3]].format(LINES)}) ORDER BY id)
    TO '{sys.argv[2]}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x01',
        COMPRESSION gzip)""")
