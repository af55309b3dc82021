"""polars_unique.py IN OUT: a lazy frame of lines, unique by id, sorted, streamed out."""

import glob
import os
import sys

os.environ.setdefault("POLARS_MAX_THREADS", "2")
import polars  # noqa: E402

line = polars.col("line")
files = sorted(glob.glob(f"{sys.argv[1]}/zone-*/**/*.gz", recursive=True))
(
    polars.scan_lines(files, name="line")
    .with_columns(
        id=polars.coalesce(
            line.str.json_path_match("$.data.id"), line.str.json_path_match("$.id_str")
        ).cast(polars.Int64))
    .unique("id", keep="any").sort("id").select("line")
    .sink_csv(
        sys.argv[2], include_header=False, quote_style="never", compression="gzip",
        compression_level=6, separator="\x01", engine="streaming")
)
