#!/usr/bin/env bash
# jq_sort.sh IN OUT: zcat, jq for the ids only, sort -u. jq 1.6 would round ids if it wrote the lines.
set -euo pipefail
mapfile -t files < <(find "$1" -path '*zone-*' -name '*.gz' | sort)
export LC_ALL=C
paste <(zcat "${files[@]}" | jq -r '.data.id // .id_str') <(zcat "${files[@]}") |
    sort -t $'\t' -k1,1n -s -u -S 4G --parallel=2 -T "$TMPDIR" | cut -f2- | gzip -6 >"$2"
