"""What a set of segments must become, by docs/FORMAT.md and docs/INDEX.md, computed in Python."""

import datetime
import functools
import pathlib
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import xxhash

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Tools"))
import line_oracle  # noqa: E402

EPOCH_MS = 1288834974657
classify = functools.lru_cache(maxsize=None)(line_oracle.classify)


def hour_of_id(identity):
    moment = datetime.datetime.fromtimestamp(
        ((identity >> 22) + EPOCH_MS) / 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H")


def digest_of(line):
    """As the index has it: signed, of the value of `data`, or of the line of v1.1."""
    _, _, start, end = classify(line)
    # Offsets count characters of Latin-1, which are bytes.
    value = xxhash.xxh64_intdigest(line[start:end])
    return value - 2**64 if value >= 2**63 else value


@dataclass
class Tweet:
    """The copies of one id: (segment key, line from 1, zone, bytes), the winner first."""

    copies: list = field(default_factory=list)

    @property
    def winner(self):
        return self.copies[0]

    @property
    def line(self):
        return self.winner[3]

    @property
    def zones(self):
        return {zone for _, _, zone, _ in self.copies}

    @property
    def digests(self):
        return {digest_of(line) for _, _, _, line in self.copies}


class Folding:
    """Every record, notice and unreadable line of the segments at its place.

    The bound on implausible ids is left out: the worlds of these tests have none.
    """

    def __init__(self, segments, zones=(), honours_deletions=True):
        ranks = {zone: rank for rank, zone in enumerate(zones)}
        order = lambda segment: (ranks.get(segment.zone, len(ranks)), segment.zone, segment.name)  # noqa: E731, E501
        self.segments = sorted(segments, key=order)
        self.honours_deletions = honours_deletions
        self.tweets = defaultdict(Tweet)
        self.notices = defaultdict(list)
        self.unreadable = defaultdict(list)
        for segment in self.segments:
            for number, line in enumerate(segment.lines, 1):
                self._add(segment, number, line)

    def _add(self, segment, number, line):
        kind, *facts = classify(line)
        home = segment.manifest["received"]["first"][:13]
        if kind == "record":
            copy = (segment.key, number, segment.zone, line)
            self.tweets[facts[0]].copies.append(copy)
        elif kind == "notice":
            hour = home if facts[1] is None else hour_of_id(facts[1])
            self.notices[hour].append((segment.key, number, *facts, line))
        else:
            self.unreadable[home].append((segment.key, number, facts[0], line))

    @functools.cached_property
    def hours(self):
        """All partitions, those without tweets too."""
        homes = {segment.manifest["received"]["first"][:13] for segment in self.segments}
        tweets = {hour_of_id(identity) for identity in self.tweets}
        return sorted(homes | tweets | set(self.notices))

    @functools.cached_property
    def deleted(self):
        """The ids that a notice deleted, with the first such notice."""
        found = {}
        for hour in self.hours:
            for key, number, kind, identity, _ in self.notices[hour]:
                if kind == "delete" and identity is not None:
                    found.setdefault(identity, (key, number))
        return found

    def is_left_out(self, identity):
        return self.honours_deletions and identity in self.deleted

    @functools.cached_property
    def by_hour(self):
        hours = defaultdict(list)
        for identity in sorted(self.tweets):
            hours[hour_of_id(identity)].append(identity)
        return hours

    def canonical(self, hour=None):
        """The bytes of the canonical stream, of one hour or of all."""
        ids = sorted(self.tweets) if hour is None else self.by_hour[hour]
        return b"".join(
            self.tweets[identity].line + b"\n" for identity in ids
            if not self.is_left_out(identity))

    def zones_of_ids(self):
        return {identity: tweet.zones for identity, tweet in self.tweets.items()}

    def ledger(self, hour=None):
        """For each segment key what became of its lines: (lines, canonical, duplicates, notices,
        quarantined, deleted), of one hour or of all."""
        counts = {segment.key: Counter() for segment in self.segments}
        for identity in self.tweets if hour is None else self.by_hour[hour]:
            self._count(identity, counts)
        for name, places in (("notices", self.notices), ("quarantined", self.unreadable)):
            for at, lines in places.items():
                for key, *_ in lines if hour in (None, at) else ():
                    counts[key][name] += 1
        names = ("canonical", "duplicates", "notices", "quarantined", "deleted")
        return {
            key: (sum(count.values()), *(count[name] for name in names))
            for key, count in counts.items()}

    def _count(self, identity, counts):
        winner, *others = self.tweets[identity].copies
        counts[winner[0]]["deleted" if self.is_left_out(identity) else "canonical"] += 1
        for key, *_ in others:
            counts[key]["duplicates"] += 1
