#!/usr/bin/env bash
# miller.sh IN OUT: the first record of each id, in order of arrival. Writes the JSON anew.
set -euo pipefail
mapfile -t files < <(find "$1" -path '*zone-*' -name '*.gz' | sort)
zcat "${files[@]}" |
    mlr --jsonl put '$_k = is_present($data) ? $data["id"] : $id_str' \
        then head -n 1 -g _k then cut -x -f _k |
    gzip -6 >"$2"
