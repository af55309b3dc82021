"""Segments and manifests written by Python alone, by docs/FORMAT.md: a world whose gaps are known.

Three zones listen for two hours of yesterday. Outages, deliveries that failed, and a manifest that
is missing are decided here; nothing of ours had a hand in it.
"""

import datetime
import gzip
import hashlib
import json
import random
from dataclasses import dataclass

from folding import EPOCH_MS, classify, hour_of_id

ZONES = ("a", "b", "c")
SEGMENT_MS = 600_000
SYNC_MS = 1000
MEMBER_LINES = 40


def text_of(milliseconds):
    moment = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03}Z"


def id_at(milliseconds, number=0):
    return ((milliseconds - EPOCH_MS) << 22) + number


def post(identity, text="text"):
    return b'{"data":{"id":"%d","text":"%s"}}' % (identity, text.encode())


def deletion(identity):
    return b'{"delete":{"status":{"id":%d,"id_str":"%d"}}}' % (identity, identity)


@dataclass(frozen=True)
class Line:
    """What a zone received, and when."""

    received: int
    content: bytes


def key_of(folder, zone, first, instance, sequence, suffix):
    name = text_of(first).replace("-", "").replace(":", "")
    return f"{folder}/zone={zone}/date={text_of(first)[:10]}/{name}-{instance}-{sequence:08}{suffix}"


def write_segment(
        store, zone, first, last, lines, connections=(), sequence=0, instance=None,
        member_lines=MEMBER_LINES):
    """Puts a segment and its manifest where their keys say; the key of the segment."""
    instance = instance or zone * 16
    lines = sorted(lines, key=lambda line: line.received)
    key = key_of("segments", zone, first, instance, sequence, ".ndjson.gz")
    data, members = b"", []
    for start in range(0, len(lines), member_lines):
        part = [line.content for line in lines[start:start + member_lines]]
        raw = b"".join(content + b"\n" for content in part)
        member = gzip.compress(raw, mtime=0)
        ids = records_of(part)
        members.append({
            "offset": len(data), "bytes": len(member), "raw": len(raw), "lines": len(part)}
            | ({"minID": str(min(ids)), "maxID": str(max(ids))} if ids else {}))
        data += member
    raw = b"".join(line.content + b"\n" for line in lines)
    manifest = facts(lines, first) | {
        "format": 1, "stream": "default", "zone": zone, "instance": instance,
        "sequence": sequence, "software": "written.py/1",
        "raw": {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()},
        "received": {"first": text_of(first), "last": text_of(last)},
        "clock": {"offsetMs": 0, "basis": "date-header"}, "arrivals": arrivals(lines, first),
        "connections": list(connections), "members": members, "source": {"kind": "x-filtered"}}
    if lines:
        manifest["object"] = {
            "key": key, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        put(store, key, data)
    manifest_key = key_of("manifests", zone, first, instance, sequence, ".json")
    put(store, manifest_key, json.dumps(manifest).encode())
    return key


def put(store, key, content):
    store.path(key).parent.mkdir(parents=True, exist_ok=True)
    store.path(key).write_bytes(content)


def records_of(contents):
    found = [classify(content) for content in contents]
    return [facts[1] for facts in found if facts[0] == "record" and not is_implausible(facts[1])]


def is_implausible(identity):
    """Good enough here: the world has ids of yesterday, and of days to come."""
    now = datetime.datetime.now(datetime.timezone.utc).timestamp() * 1000
    return (identity >> 22) + EPOCH_MS > now


def facts(lines, first):
    counts = {"record": 0, "notice": 0, "unreadable": 0}
    hours = {}
    for line in lines:
        kind, *rest = classify(line.content)
        if kind == "record" and is_implausible(rest[0]):
            kind = "unreadable"
        counts[kind] += 1
        if kind != "unreadable":
            identity = rest[0] if kind == "record" else rest[1]
            hour = text_of(first)[:13] if identity is None else hour_of_id(identity)
            hours.setdefault(hour, {"record": 0, "notice": 0})[kind] += 1
    ids = records_of(line.content for line in lines)
    return {
        "lines": len(lines), "records": counts["record"], "notices": counts["notice"],
        "unreadable": counts["unreadable"],
        "hours": [{"hour": hour, "records": count["record"], "notices": count["notice"]}
                  for hour, count in sorted(hours.items())],
    } | ({"ids": {"min": str(min(ids)), "max": str(max(ids))}} if ids else {})


def arrivals(lines, first):
    """One entry for each sync in which lines came."""
    found = {}
    for number, line in enumerate(lines, 1):
        found[sync_of(line.received) - first] = number
    return [list(entry) for entry in sorted(found.items())]


def sync_of(milliseconds):
    """The end of the sync interval that a moment lies in."""
    return (milliseconds // SYNC_MS + 1) * SYNC_MS


class KnownWorld:
    """Two hours, a tweet every two seconds, and outages that are known to the minute."""

    # Minutes since the start: (zone, from, to).
    OUTAGES = (("a", 20, 30), ("b", 25, 40), ("c", 25, 35), ("a", 72, 78), ("b", 72, 78))
    CAUSE = "the server answered 503"
    # No manifest of c tells of these minutes.
    MISSING = ("c", 70, 80)

    def __init__(self, store, seed=5):
        now = datetime.datetime.now(datetime.timezone.utc)
        start = now.replace(minute=0, second=0, microsecond=0) - datetime.timedelta(days=1)
        self.store, self.start = store, round(start.timestamp() * 1000)
        self.end = self.start + 2 * 3_600_000
        self.dice = random.Random(seed)
        self.made = [id_at(self.start + 2000 * number, 5) for number in range(3600)]
        self.received = {zone: [] for zone in ZONES}
        self.place = {}
        for identity in self.made:
            self._deliver(identity)
        self._add_oddities()
        for zone in ZONES:
            self._write(zone)

    def minute(self, number):
        return self.start + number * 60_000

    def state(self, zone, milliseconds, margin=20_000):
        """`covered`, `gap` or `unknown`; None near an edge, where rules of coverage decide."""
        missing, *bounds = self.MISSING
        spans = [("unknown", *map(self.minute, bounds))] if zone == missing else []
        spans += [("gap", self.minute(first), self.minute(last))
                  for name, first, last in self.OUTAGES if name == zone]
        for state, first, last in spans:
            if first + margin <= milliseconds < last - margin:
                return state
            if first - margin <= milliseconds < last + margin:
                return None
        is_edge = milliseconds < self.start + margin or milliseconds > self.end - margin
        return None if is_edge else "covered"

    def _is_out(self, zone, milliseconds):
        return any(
            name == zone and self.minute(first) <= milliseconds < self.minute(last)
            for name, first, last in self.OUTAGES)

    def _deliver(self, identity, content=None):
        """To each zone that is connected, after a moment, with a loss of one in ten."""
        for zone in ZONES:
            received = (identity >> 22) + EPOCH_MS + self.dice.randrange(1500)
            if self.dice.random() < 0.1 or self._is_out(zone, received):
                continue
            text = "EDITED" if self.dice.random() < 0.02 else "text"
            self.received[zone].append(Line(received, content or post(identity, text)))
            if self.dice.random() < 0.02:
                self.received[zone].append(Line(received + 4000, post(identity, text)))

    def _add_oddities(self):
        """Lines that are quarantined, and notices of tweets that were seen or never were."""
        at = self.minute(5)
        self.doubled = id_at(at, 77)
        doubled = b'{"id":%d,"id_str":"%d"}' % (self.doubled, self.doubled + 1)
        self.received["a"].append(Line(at + 700, doubled))
        self.ahead = id_at(self.start + 11 * 86_400_000)
        self.received["b"].append(Line(at + 900, post(self.ahead)))
        seen = {classify(line.content)[1] for line in self.received["a"]}
        self.deleted = self.dice.sample([one for one in self.made if one in seen], 5)
        self.never_seen = id_at(self.minute(10), 99)
        for identity in [*self.deleted, self.never_seen]:
            self.received["a"].append(Line(self.minute(15), deletion(identity)))

    def _write(self, zone):
        for sequence, first in enumerate(range(self.start, self.end, SEGMENT_MS)):
            last = first + SEGMENT_MS
            if (zone, first) == (self.MISSING[0], self.minute(self.MISSING[1])):
                self.received[zone] = [
                    line for line in self.received[zone] if not first <= line.received < last]
                continue
            lines = [line for line in self.received[zone] if first <= line.received < last]
            lines.sort(key=lambda line: line.received)
            key = write_segment(
                self.store, zone, first, last, lines, self._connections(zone, first, last),
                sequence)
            for number, line in enumerate(lines, 1):
                self.place[key, number] = line

    def _connections(self, zone, first, last):
        """The pieces, within a segment, of what was connected between outages."""
        edges = [self.start]
        for name, start, end in self.OUTAGES:
            if name == zone:
                edges += [self.minute(start), self.minute(end)]
        edges.append(self.end)
        for number, (start, end) in enumerate(zip(edges[::2], edges[1::2], strict=True)):
            if start < last and end > first:
                piece = {
                    "id": f"{zone}-{number}", "from": text_of(max(start, first)),
                    "to": text_of(min(end, last)), "kind": "live"}
                if end <= last:
                    piece["cause"] = self.CAUSE
                yield piece
