"""`merger coverage` against an independent computation over manifests and raw segments."""

import csv
import io
import json
import math
import random
from collections import Counter, defaultdict

import pytest

from coverage_oracle import Oracle, stretches
from folding import Folding, hour_of_id
from handmade import BASE, connection, id_at, manifest, ms_of, put, text_of, time_of
from merger import Merger
from store import DirectoryStore

MINUTE = 60_000
LAG = 7000
STOP = "the listener was stopped"
ZONES = ["a", "b", "c", "old"]


class Made:
    """Two hours of three zones with clocks that are off, an adopted file, and every kind of gap.

    Posts come up to five seconds late, and a connected zone loses one in fifty.
    """

    def __init__(self, folder, seed):
        self.dice = random.Random(seed)
        self.store = DirectoryStore(folder / "store")
        span = range(BASE - 5 * MINUTE, BASE + 115 * MINUTE)
        self.ids = sorted({id_at(self.dice.choice(span), number) for number in range(6000)})
        self._zone("a", 20_000, [(0, 1, 31, "reset"), (1, 33, 70, "stalled"), (2, 71, 100, STOP)],
                   back_fills={1: 2})
        self._zone("b", -35_000, [(0, 2, 50, None)], missing={3, 4})
        # Thirteen hours ahead.
        self._zone("b", -13 * 60 * MINUTE, [(0, 60, 90, "reset"), (1, 90, 91, "refused")],
                   instance="b2", back_fills={1: 8}, interrupted={1})
        self._zone("c", 0, [(0, 0, 45, STOP)], basis="unchecked")
        self._zone("c", 0, [(0, 44, 80, "crashed")], instance="c2", selection="t")
        self._recover("b", 48, 55)
        self._adopt(28, 36)
        self.merger = Merger(folder, self.store)
        self.merger("run", "--full")
        self.folding = Folding(self.store.segments())

    def _heard(self, first, last):
        """Server times in minutes since BASE: what a connection of that time delivers."""
        start, end = BASE + first * MINUTE, BASE + last * MINUTE
        for identity in self.ids:
            arrival = time_of(identity) + self.dice.randrange(5000)
            if start <= arrival < end and self.dice.random() > 0.02:
                yield arrival, identity

    def _zone(self, zone, offset, connections, instance=None, basis="date-header",
              selection="s", missing=(), back_fills=(), interrupted=()):
        """A run whose segments last five minutes; times in minutes of the server's clock."""
        instance = (instance or zone).ljust(16, "0")
        first, last = connections[0][1] - 1, connections[-1][2] + 1
        heard = {number: sorted(self._heard(start, end))
                 for number, start, end, _ in connections}
        for number, start, _, _ in connections:
            if number in interrupted:
                # Older posts come first, at once, and it ends before the newer ones.
                span = BASE + (start - back_fills[number]) * MINUTE, BASE + (start - 1) * MINUTE
                heard[number] = [(BASE + start * MINUTE, identity) for identity in self.ids
                                 if span[0] <= time_of(identity) < span[1]]
        for sequence, minute in enumerate(range(first, last, 5)):
            start, end = minute, min(minute + 5, last)
            if connections[-1][3] is None:
                end = min(end, connections[-1][2])
            pieces, ids = [], []
            for number, opened, closed, cause in connections:
                if closed < start or (closed == start and opened < start) or opened >= end:
                    continue
                begin, finish = max(opened, start), min(closed, end)
                ends = closed <= end and cause
                covers = None
                if number in back_fills:
                    covers = ((BASE + (opened - back_fills[number]) * MINUTE - offset),
                              BASE + opened * MINUTE - offset)
                quiet = 0 if ends else 3000
                pieces.append(connection(
                    f"{instance}-{number}", BASE + begin * MINUTE - offset,
                    BASE + finish * MINUTE - offset - quiet, cause if ends else None,
                    "backfill" if covers else "live", covers))
                ids += [identity for arrival, identity in heard[number]
                        if BASE + begin * MINUTE <= arrival < BASE + finish * MINUTE]
            if sequence not in missing:
                put(self.store, *manifest(
                    zone, instance, sequence, BASE + start * MINUTE - offset,
                    BASE + end * MINUTE - offset, pieces, ids, offset, basis, selection))

    def _recover(self, zone, first, last):
        span = (BASE + first * MINUTE, BASE + last * MINUTE)
        ids = [identity for identity in self.ids if span[0] <= time_of(identity) < span[1]]
        put(self.store, *manifest(
            zone, "e" * 16, 0, BASE + 300 * MINUTE, BASE + 310 * MINUTE,
            [connection("e-1", BASE + 301 * MINUTE, BASE + 309 * MINUTE,
                        "the recovery is complete", "recovery", span)], ids))

    def _adopt(self, first, last):
        ids = [identity for identity in self.ids
               if first <= (time_of(identity) - BASE) / MINUTE < last]
        span = (time_of(ids[0]), time_of(ids[-1]))
        put(self.store, *manifest(
            "old", "f" * 16, 0, *span,
            [connection("f-1", *span, "the end of the file", "claimed", span)], ids,
            basis="content", selection=None, kind="adopted"))

    def report(self, *arguments):
        return self.merger.json("coverage", *arguments)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Made(tmp_path_factory.mktemp("made"), seed=1)


SPANS = {
    "all": [], "hour": ["--since", "2026-11-22T18", "--until", "2026-11-22T18"],
    "wide": ["--since", "2026-11-22T17", "--until", "2026-11-22T20"]}


@pytest.fixture(scope="module", params=SPANS)
def judged(request, made):
    """A report of a span, and what Python makes of the same span."""
    report = made.report(*SPANS[request.param])
    span = ms_of(report["span"]["from"]), ms_of(report["span"]["to"])
    return made, report, Oracle(made.folding.segments, ZONES, span, LAG)


def found(part):
    return [(ms_of(one["from"]), ms_of(one["to"]), one["state"]) for one in part["stretches"]]


def sums(part):
    return {name: part[f"{name}Ms"] for name in ("covered", "recovered", "gap", "unknown")}


def wanted_sums(states):
    counts = Counter(states)
    return {name: counts[number]
            for number, name in enumerate(("gap", "unknown", "recovered", "covered"))}


def zones_of_ids(made, hours):
    return {identity: zones for identity, zones in made.folding.zones_of_ids().items()
            if hour_of_id(identity) in hours}


def test_a_span_that_was_not_asked_for_is_from_the_first_delivery_to_the_last_word(made):
    report = made.report()
    # c's clock was not compared: a minute of doubt. a connected a minute after it.
    assert report["span"]["from"] == text_of(BASE + MINUTE)
    # b's second listener was alive until minute 92, a's was stopped at 100.
    assert report["span"]["to"] == text_of(BASE + 100 * MINUTE - LAG - 1000)


def test_every_stretch_of_every_zone_is_what_python_finds(judged):
    made, report, oracle = judged
    assert [zone["zone"] for zone in report["zones"]] == ZONES
    for zone in report["zones"]:
        states = oracle.zones[zone["zone"]].states
        assert merged(found(zone)) == stretches(states, oracle.span[0]), zone["zone"]
        assert sums(zone) == wanted_sums(states)


def merged(parts):
    """Neighbours of one state as one, whatever their causes."""
    result = []
    for start, end, state in parts:
        if result and result[-1][2] == state:
            assert result[-1][1] == start
            result[-1] = (result[-1][0], end, state)
        else:
            result.append((start, end, state))
    return result


def test_the_union_and_the_time_by_number_of_zones_are_what_python_finds(judged):
    _, report, oracle = judged
    union = report["union"]
    assert found(union) == stretches(oracle.union, oracle.span[0])
    assert sums(union) == wanted_sums(oracle.union)
    assert union["msByZoneCount"] == [oracle.counts[count] for count in range(len(ZONES) + 1)]
    counted = Counter(oracle.union)
    assert union["percent"] == pytest.approx(
        100 * (counted[2] + counted[3]) / len(oracle.union), abs=1e-9)


def test_gaps_are_what_no_zone_covers_in_whole_seconds(judged):
    _, report, oracle = judged
    spans = []
    for start, end, state in stretches(oracle.union, oracle.span[0]):
        if state in ("gap", "unknown"):
            if spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], end, spans[-1][2] and state == "unknown")
            else:
                spans.append((start, end, state == "unknown"))
    assert bool(spans) == (report["union"]["percent"] < 100)
    assert [(ms_of(gap["start_time"]), ms_of(gap["end_time"]), gap["ms"], gap["unknown"])
            for gap in report["union"]["gaps"]] == [
        (start // 1000 * 1000, -(-end // 1000) * 1000, end - start, unknown)
        for start, end, unknown in spans]


def test_tweets_by_zone_set_are_those_of_the_segments(judged):
    made, report, _ = judged
    hours = {hour["hour"] for hour in report["hours"]}
    seen = zones_of_ids(made, hours)
    assert sets_of(report) == Counter(map(frozenset, seen.values()))
    for hour in report["hours"]:
        ids = made.folding.by_hour[hour["hour"]]
        assert hour["tweets"] == len(ids)
        assert sets_of(hour) == Counter(frozenset(seen[identity]) for identity in ids)
    for zone in report["zones"]:
        name = zone["zone"]
        assert zone["tweets"] == sum(name in zones for zones in seen.values())
        assert zone["lacks"] == len(seen) - zone["tweets"]
        assert zone["onlyHere"] == sum(zones == {name} for zones in seen.values())


def sets_of(part):
    return {frozenset(row["zones"]): row["tweets"] for row in part["sets"]}


def test_what_a_connected_zone_did_not_deliver_is_told_from_outage_and_selection(judged):
    made, report, oracle = judged
    seen = zones_of_ids(made, {hour["hour"] for hour in report["hours"]})
    figures = oracle.loss(seen)
    assert {zone["zone"]: [zone["exposed"], zone["undelivered"], zone["otherSelection"]]
            for zone in report["zones"]} == figures
    assert figures["a"][1] > 0 and figures["c"][2] > 0 and figures["old"] == [0, 0, 0]
    # One in fifty was lost on the way, and nothing else counts as lost.
    assert 0.005 < figures["a"][1] / figures["a"][0] < 0.05


def test_minutes_add_up_to_the_hour_and_are_those_of_the_ids(made):
    report = made.report("--minutes")
    for hour in report["hours"]:
        minutes = [Counter() for _ in range(60)]
        for identity in made.folding.by_hour[hour["hour"]]:
            zones = frozenset(made.folding.tweets[identity].zones)
            minutes[time_of(identity) // MINUTE % 60][zones] += 1
        assert [{frozenset(row["zones"]): row["tweets"] for row in sets}
                for sets in hour["minutes"]] == minutes


def test_ledger_inputs_and_selections(made):
    report = made.report()
    totals = [sum(column) for column in zip(*made.folding.ledger().values(), strict=True)]
    names = ("lines", "canonical", "duplicates", "notices", "quarantined", "deleted")
    assert [report["ledger"][name] for name in names] == totals
    assert report["divergentTweets"] == report["deletedTweets"] == 0
    assert report["inputs"]["manifests"] == len(made.store.keys("manifests"))
    assert report["inputs"]["indexes"] == len(made.store.hours)
    assert report["inputs"]["notMerged"] == 0 and report["inputs"]["problems"] == []
    assert [(row["zone"], row.get("selection")) for row in report["selections"]] == [
        ("a", "s"), ("b", "s"), ("c", "s"), ("c", "t")]


def test_the_digest_of_the_inputs_is_that_of_the_inputs(made, tmp_path):
    digest = made.report()["inputs"]["sha256"]
    store = made.store.copy(tmp_path / "store")
    other = Merger(tmp_path, store)
    assert other.json("coverage")["inputs"]["sha256"] == digest
    assert other.json("coverage", "--lag", "8s")["inputs"]["sha256"] != digest
    store.path(store.keys("manifests/zone=a")[5]).unlink()
    assert other.json("coverage")["inputs"]["sha256"] != digest


def chapman(first, second):
    """What both of two zones missed, by the minute, and the variance: Seber, "Estimation of Animal
    Abundance", 2.1. Minutes of fewer than 50 tweets are thrown together with those that follow."""
    minutes = defaultdict(Counter)
    for identity in first | second:
        minutes[time_of(identity) // MINUTE][identity in first, identity in second] += 1
    blocks, block = [], Counter()
    for minute in sorted(minutes):
        block += minutes[minute]
        if block.total() >= 50:
            blocks.append(block)
            block = Counter()
    value = variance = 0
    for block in [*blocks, block]:
        alone, other, both = block[True, False], block[False, True], block[True, True]
        value += alone * other / (both + 1)
        variance += ((alone + both + 1) * (other + both + 1) * alone * other
                     / ((both + 1) ** 2 * (both + 2)))
    return value, variance


@pytest.mark.parametrize(
    "seed, rate, losses", [(1, 200, (0.1, 0.2)), (2, 20, (0.3, 0.3)), (3, 800, (0.05, 0.01))])
def test_what_two_zones_missed_is_chapmans_figure(tmp_path, seed, rate, losses):
    dice = random.Random(seed)
    store = DirectoryStore(tmp_path / "store")
    ids = sorted({id_at(BASE + 10_000 + dice.randrange(58 * MINUTE), dice.randrange(4000))
                  for _ in range(59 * rate)})
    got = {}
    for zone, loss in zip("ab", losses, strict=True):
        got[zone] = {identity for identity in ids if dice.random() > loss}
        span = BASE - MINUTE, BASE + 60 * MINUTE
        put(store, *manifest(zone, zone * 16, 0, *span, [connection(f"{zone}-1", *span, STOP)],
                             sorted(got[zone])))
    merger = Merger(tmp_path, store)
    merger("run", "--full")
    estimate = merger.json("coverage")["estimate"]
    value, variance = chapman(got["a"], got["b"])
    missed = estimate["missed"]
    assert missed["value"] == pytest.approx(value, rel=1e-9)
    # A logarithmic normal interval of 95 %.
    ratio = math.exp(1.959963984540054 * math.sqrt(math.log1p(variance / value**2)))
    assert missed["low"] == pytest.approx(value / ratio, abs=1)
    assert missed["high"] == pytest.approx(value * ratio, rel=0.02)
    assert missed["low"] <= len(ids) - len(got["a"] | got["b"]) <= missed["high"]


def test_a_segment_that_is_not_merged_is_counted_and_said(made, tmp_path):
    store = made.store.copy(tmp_path / "store")
    merger = Merger(tmp_path, store)
    put(store, *manifest("d", "d" * 16, 0, BASE, BASE + MINUTE, [], [id_at(BASE + 5)]))
    assert merger.json("coverage")["inputs"]["notMerged"] == 1
    assert b"1 segments are not merged" in merger("coverage")


def test_a_threshold_that_is_missed_is_exit_4_with_what_is_missing(made):
    span = SPANS["wide"]
    percent = made.report(*span)["union"]["percent"]
    assert made.merger("coverage", *span, "--require", percent - 0.01)
    result = made.merger.start("coverage", *span, "--require", 99.9)
    assert result.returncode == 4
    end = text_of(BASE + 100 * MINUTE - LAG - 1000).encode()
    assert b"are required" in result.stderr and b"the longest from " + end in result.stderr
    assert result.stdout


def test_gaps_alone_are_a_list_for_x(made):
    span = SPANS["wide"]
    report = made.report(*span)
    gaps = json.loads(made.merger("coverage", *span, "--gaps", "--json"))
    assert gaps == report["union"]["gaps"] != []
    text = made.merger("coverage", *span, "--gaps", "--csv").decode()
    assert [(row["start_time"], row["end_time"]) for row in csv.DictReader(io.StringIO(text))] == [
        (gap["start_time"], gap["end_time"]) for gap in gaps]


def test_csv_is_the_sets_of_each_hour_or_minute(made):
    for arguments, minutes in (([], 60), (["--minutes"], 1)):
        text = made.merger("coverage", "--csv", *arguments).decode()
        rows = {(row["time"], frozenset(row["zones"].split())): int(row["tweets"])
                for row in csv.DictReader(io.StringIO(text))}
        step = minutes * MINUTE
        assert rows == Counter(
            (text_of(time_of(identity) // step * step), frozenset(tweet.zones))
            for identity, tweet in made.folding.tweets.items())


def test_the_table_tells_what_a_person_must_know(made):
    text = made.merger("coverage", *SPANS["wide"]).decode()
    for words in ("covered %", "no zone from", "reset", "manifests 3 to 4 of a listener are missing",
                  "recovered (backfill)", "seen by exactly", "they are compared only while"):
        assert words in text, words


def test_the_proofs_zones_cover_what_python_finds(proof):
    report = proof.merger.json("coverage", "--lag", "500ms")
    span = ms_of(report["span"]["from"]), ms_of(report["span"]["to"])
    oracle = Oracle(proof.folding.segments, ["a", "b", "c"], span, 500)
    for zone in report["zones"]:
        assert sums(zone) == wanted_sums(oracle.zones[zone["zone"]].states)
        causes = {one.get("cause") for one in zone["stretches"]}
        assert len(causes) > 1
    assert found(report["union"]) == stretches(oracle.union, span[0])


def test_the_page_of_a_store_is_that_of_its_document(made, tmp_path):
    document = tmp_path / "coverage.json"
    document.write_bytes(made.merger("coverage", "--minutes", "--json"))
    made.merger("report", "--coverage", document, "--html", tmp_path / "kept.html")
    made.merger("report", "--html", tmp_path / "asked.html")
    page = (tmp_path / "asked.html").read_bytes()
    assert page == (tmp_path / "kept.html").read_bytes()
    assert json.loads(document.read_bytes())["inputs"]["sha256"].encode() in page
