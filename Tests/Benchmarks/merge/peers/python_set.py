"""python_set.py IN OUT: gzip, JSON and a set, in order of arrival, as twarc's deduplicate does."""

import glob
import gzip
import sys

import orjson

seen = set()
with gzip.open(sys.argv[2], "wb", 6) as out:
    for file in sorted(glob.glob(f"{sys.argv[1]}/zone-*/**/*.gz", recursive=True)):
        for line in gzip.open(file):
            post = orjson.loads(line)
            number = post["data"]["id"] if "data" in post else post["id_str"]
            if number not in seen:
                seen.add(number)
                out.write(line)
