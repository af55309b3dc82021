"""Stores that a test writes itself, manifest by manifest, as docs/FORMAT.md has them."""

import datetime
import gzip
import hashlib
import json
from collections import Counter

from folding import EPOCH_MS, hour_of_id

BASE = 1795370400000  # 2026-11-22T18:00:00Z
FILE_KINDS = ("claimed", "piped", "recovery")


def text_of(ms):
    moment = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"


def ms_of(text):
    return round(datetime.datetime.fromisoformat(text).timestamp() * 1000)


def id_at(ms, number=0):
    return ((ms - EPOCH_MS) << 22) + number


def time_of(identity):
    return (identity >> 22) + EPOCH_MS


def post(identity):
    return b'{"data":{"id":"%d","text":"t"}}' % identity


def connection(identity, start, end, cause=None, kind="live", covers=None):
    """Times in milliseconds, by the listener's clock."""
    piece = {"id": identity, "from": text_of(start), "to": text_of(end), "kind": kind}
    if covers:
        piece["covers"] = {"first": text_of(covers[0]), "last": text_of(covers[1])}
    return piece | ({"cause": cause} if cause else {})


def manifest(zone, instance, sequence, start, end, connections, ids=(), offset=0,
             basis="date-header", selection="s", kind="x-filtered"):
    """The manifest of a segment of posts with these ids, and its content."""
    raw = b"".join(post(identity) + b"\n" for identity in ids)
    data = gzip.compress(raw, 1, mtime=0)
    name = text_of(start).replace("-", "").replace(":", "") + f"-{instance}-{sequence:08}"
    key = f"segments/zone={zone}/date={text_of(start)[:10]}/{name}.ndjson.gz"
    hours = Counter(hour_of_id(identity) for identity in ids)
    facts = {
        "format": 1, "stream": "default", "zone": zone, "instance": instance,
        "sequence": sequence, "software": "tests/1",
        "raw": {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()},
        "lines": len(ids), "records": len(ids), "notices": 0, "unreadable": 0,
        "hours": [{"hour": hour, "records": hours[hour], "notices": 0} for hour in sorted(hours)],
        "received": {"first": text_of(start), "last": text_of(end)},
        "clock": {"offsetMs": offset, "basis": basis}, "arrivals": [], "members": [],
        "connections": connections,
        "source": {"kind": kind} | ({"selection": selection} if selection else {})}
    if ids:
        span = {"min": str(min(ids)), "max": str(max(ids))}
        facts["ids"] = span
        facts["arrivals"] = [[end - start, len(ids)]]
        facts["object"] = {
            "key": key, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        facts["members"] = [{
            "offset": 0, "bytes": len(data), "raw": len(raw), "lines": len(ids),
            "minID": span["min"], "maxID": span["max"]}]
    return facts, data, key


def put(store, facts, data, key):
    place = key.replace("segments/", "manifests/").replace(".ndjson.gz", ".json")
    for path, content in ((key, data), (place, json.dumps(facts).encode())):
        if path != key or facts["lines"]:
            store.path(path).parent.mkdir(parents=True, exist_ok=True)
            store.path(path).write_bytes(content)
