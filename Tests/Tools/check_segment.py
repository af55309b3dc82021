"""Checks that manifests say of their segments what docs/FORMAT.md means, with nothing of ours.

    python3 check_segment.py [--latest-id-time TIME] MANIFEST...

The data of MANIFEST `<name>.json` are expected beside it as `<name>.ndjson.gz`. Prints what is wrong,
and ends with 1 if something is.
"""

import argparse
import hashlib
import json
import os
import sys
import zlib
from datetime import datetime, timedelta, timezone

import line_oracle

MEMBER_RAW_BYTES = 1 << 20
SNOWFLAKE_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, timezone.utc)
OFFSET_MAX = timedelta(hours=12)


def hour(moment):
    return moment.replace(minute=0, second=0, microsecond=0)


def hour_of_id(identity):
    return hour(SNOWFLAKE_EPOCH + timedelta(milliseconds=identity >> 22))


def time(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def last_plausible_hour(manifest, latest_id_time):
    if manifest["clock"]["basis"] == "content":
        return hour(time(latest_id_time))
    offset = timedelta(milliseconds=manifest["clock"]["offsetMs"])
    offset = min(max(offset, -OFFSET_MAX), OFFSET_MAX)
    return hour(time(manifest["received"]["last"]) + offset) + timedelta(hours=24)


def read_members(manifest, data):
    """The raw bytes of each member, inflated alone."""
    at = 0
    for member in manifest["members"]:
        assert member["offset"] == at, f"member at {member['offset']}, not at {at}"
        piece = data[at : at + member["bytes"]]
        assert piece[3] == 0 and piece[4:8] == bytes(4), "optional header fields or a time"
        inflater = zlib.decompressobj(31)
        yield member, inflater.decompress(piece)
        assert inflater.eof and not inflater.unused_data, f"no whole member at {at}"
        at += member["bytes"]
    assert at == len(data), f"{len(data) - at} bytes behind the last member"


def check(path, latest_id_time):
    with open(path, "rb") as file:
        manifest = json.load(file)
    received = manifest["received"]
    start = received["first"].replace("-", "").replace(":", "")
    name = f"{start}-{manifest['instance']}-{manifest['sequence']:08}"
    assert os.path.basename(path) == name + ".json", f"the name is {name}"

    data = b""
    if "object" in manifest:
        with open(path.removesuffix(".json") + ".ndjson.gz", "rb") as file:
            data = file.read()
        date = received["first"][:10]
        key = f"segments/zone={manifest['zone']}/date={date}/{name}.ndjson.gz"
        facts = {"key": key, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        assert manifest["object"] == facts, f"the object is {facts}"

    bound = last_plausible_hour(manifest, latest_id_time)
    home = hour(time(received["first"])).strftime("%Y-%m-%dT%H")
    counts = {"lines": 0, "records": 0, "notices": 0, "unreadable": 0}
    hours, ids, raw = {}, [], b""
    for number, (member, content) in enumerate(read_members(manifest, data)):
        raw += content
        assert content.endswith(b"\n"), "a member ends inside a line"
        is_last = number == len(manifest["members"]) - 1
        assert is_last or "salvage" in manifest or len(content) >= MEMBER_RAW_BYTES
        lines = content.split(b"\n")[:-1]
        member_ids = []
        for line in lines:
            counts["lines"] += 1
            kind, *rest = line_oracle.classify(line)
            if kind == "record" and hour_of_id(rest[0]) <= bound:
                counts["records"] += 1
                member_ids.append(rest[0])
                count = hours.setdefault(hour_of_id(rest[0]).strftime("%Y-%m-%dT%H"), [0, 0])
                count[0] += 1
            elif kind == "notice":
                counts["notices"] += 1
                is_known = rest[1] is not None and hour_of_id(rest[1]) <= bound
                at = hour_of_id(rest[1]).strftime("%Y-%m-%dT%H") if is_known else home
                hours.setdefault(at, [0, 0])[1] += 1
            else:
                counts["unreadable"] += 1
        ids += member_ids
        facts = {"offset": member["offset"], "bytes": member["bytes"], "raw": len(content)}
        facts["lines"] = len(lines)
        if member_ids:
            facts |= {"minID": str(min(member_ids)), "maxID": str(max(member_ids))}
        assert member == facts, f"the member is {facts}, not {member}"

    said = {key: manifest[key] for key in counts}
    assert said == counts, f"{said} are {counts}"
    facts = {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    assert manifest["raw"] == facts, f"raw is {facts}"
    facts = {"min": str(min(ids)), "max": str(max(ids))} if ids else None
    assert manifest.get("ids") == facts, f"ids are {facts}"
    facts = [
        {"hour": at, "records": count[0], "notices": count[1]} for at, count in sorted(hours.items())
    ]
    assert manifest["hours"] == facts, f"hours are {facts}, not {manifest['hours']}"
    arrivals = manifest["arrivals"]
    assert arrivals == sorted(arrivals), "arrivals do not ascend"
    assert (arrivals[-1][1] if arrivals else 0) == counts["lines"], "arrivals end at other lines"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--latest-id-time")
    parser.add_argument("manifests", nargs="+")
    options = parser.parse_args()
    failed = False
    for path in options.manifests:
        try:
            check(path, options.latest_id_time)
        except (AssertionError, KeyError, ValueError, OSError, zlib.error) as error:
            print(f"{path}: {type(error).__name__}: {error}", file=sys.stderr)
            failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
