"""The proof: three zones that each missed a tenth, one of them killed, lose nothing together.

The truth is the simulator's own file; stores are read by zcat, gzip, json and sqlite3 alone.
"""

import json

from folding import digest_of
from merger import Merger
from store import canonical_key, outcome


def id_of(post):
    return int(json.loads(post)["data"]["id"])


def sorted_truth(capture):
    return b"".join(post + b"\n" for post in sorted(capture.truth, key=id_of))


def test_every_fault_fired(proof):
    for zone, facts in proof.capture.status["zones"].items():
        assert facts["faultsFired"]["hangup"] >= 1, zone
        assert facts["faultsFired"]["repeat"] == 1, zone
        assert facts["counts"]["repeated"] == 200
    assert len(proof.capture.truth) == 30_000
    assert len(proof.capture.notices) > 300


def test_the_canonical_stream_is_the_truth_byte_for_byte(proof):
    canonical = proof.store.zcat(*proof.store.canonical_keys)
    assert canonical.count(b"\n") == 30_000
    assert canonical == sorted_truth(proof.capture)


def test_canonical_ids_ascend_without_repetition_over_all_hours(proof):
    lines = proof.store.zcat(*proof.store.canonical_keys).split(b"\n")[:-1]
    ids = [id_of(line) for line in lines]
    assert all(left < right for left, right in zip(ids, ids[1:], strict=False))
    assert len(proof.store.canonical_keys) >= 3


def test_each_zone_alone_lacks_tweets_that_others_have(proof):
    zones_of_ids = proof.folding.zones_of_ids()
    for zone in "abc":
        seen = sum(zone in zones for zones in zones_of_ids.values())
        assert 15_000 < seen <= 27_000, zone


def test_a_zone_that_was_not_killed_has_every_line_it_was_handed(proof):
    for zone in ("a", "c"):
        counts = proof.capture.status["zones"][zone]["counts"]
        notices = set(proof.capture.notices)
        lines = [line for segment in proof.store.segments(zone) for line in segment.lines]
        posts = [line for line in lines if line not in notices]
        assert len(lines) == counts["delivered"] + counts["notices"]
        assert len(posts) - 200 == len(proof.capture.handed[zone])
        assert list(dict.fromkeys(posts)) == proof.capture.handed[zone]


def test_the_killed_zone_lost_at_most_what_came_after_its_last_sync(proof):
    salvaged = [manifest for manifest in proof.store.manifests("b") if "salvage" in manifest]
    [manifest] = salvaged
    assert manifest["instance"] == proof.capture.killed_instance
    # What the torn member held; nothing, where the last one had just been ended.
    assert manifest["salvage"]["records"] in (0, manifest["members"][-1]["lines"])
    assert manifest["lines"] > 0
    [segment] = [found for found in proof.store.segments("b") if found.manifest == manifest]
    assert len(segment.lines) == manifest["lines"]
    of_instance = sum(
        other["lines"] for other in proof.store.manifests("b")
        if other["instance"] == manifest["instance"])
    # 3,000 posts a second, a sync each second, and what the killed process had not read yet.
    assert 0 <= proof.capture.handed_when_killed - of_instance < 2 * 3000


def test_the_ledger_sums_are_those_of_zcat(proof):
    ledger = {row["zone"]: row["ledger"] for row in proof.report["zones"]}
    for zone in "abc":
        keys = proof.store.keys(f"segments/zone={zone}")
        assert ledger[zone]["lines"] == proof.store.zcat(*keys).count(b"\n")
    for row in [*ledger.values(), proof.report["total"]]:
        parts = ("canonical", "duplicates", "notices", "quarantined", "deleted")
        assert row["lines"] == sum(row[part] for part in parts)
    assert proof.report["total"]["canonical"] == 30_000
    assert proof.report["problems"] == []
    assert proof.report["segmentsAdmitted"] > 0


def test_the_ledger_of_each_hour_and_segment_is_what_python_counts(proof):
    for hour in proof.store.hours:
        names = "lines, canonical, duplicates, notices, quarantined, deleted"
        rows = proof.store.open_index(hour).rows(f"SELECT key, {names} FROM ledger")
        wanted = proof.folding.ledger(hour)
        assert {key: counts for key, *counts in rows} == {
            key: list(wanted[key]) for key, *_ in rows}
        admitted = {key for key, *_ in rows}
        assert {key for key, counts in wanted.items() if counts[0]} <= admitted


def test_the_zones_of_every_id_are_those_whose_segments_hold_it(proof):
    found = {}
    for hour in proof.store.hours:
        index = proof.store.open_index(hour)
        names = dict(index.rows("SELECT 1 << bit, name FROM zone"))
        for identity, bits in index.rows("SELECT id, zones FROM tweet"):
            found[identity] = {name for bit, name in names.items() if bits & bit}
    assert found == proof.folding.zones_of_ids()


def test_the_winner_of_every_id_is_its_first_copy_by_zone_segment_and_line(proof):
    found = {}
    for hour in proof.store.hours:
        rows = proof.store.open_index(hour).rows(
            "SELECT id, key, line, digest FROM tweet JOIN segment ON number = tweet.segment")
        found |= {identity: tuple(place) for identity, *place in rows}
    wanted = {
        identity: (*tweet.winner[:2], digest_of(tweet.line))
        for identity, tweet in proof.folding.tweets.items()}
    assert found == wanted


def test_every_notice_is_in_the_index_of_its_hour(proof):
    for hour in proof.store.hours:
        rows = proof.store.open_index(hour).rows(
            "SELECT key, line, kind, id, CAST(json AS BLOB) FROM notice "
            "JOIN segment ON number = notice.segment")
        assert sorted(rows) == sorted(proof.folding.notices[hour])
    assert set(proof.folding.notices) <= set(proof.store.hours)


def test_a_second_run_changes_nothing_and_says_so(proof):
    before = proof.store.state()
    report = proof.merger.json("run")
    assert proof.store.state() == before
    assert report["segmentsAdmitted"] == report["hoursWritten"] == 0
    assert report["hoursUnchanged"] == len(proof.store.hours)
    text = proof.merger("run").decode()
    assert text == f"0 segments admitted, 0 hours written, {len(proof.store.hours)} unchanged\n"


def test_a_second_run_with_an_empty_cache_changes_nothing(proof, tmp_path):
    before = proof.store.state()
    report = Merger(tmp_path, proof.store).json("run", "--full")
    assert proof.store.state() == before
    assert report["hoursWritten"] == 0


def test_python_folds_the_segments_to_the_same_bytes(proof):
    assert proof.store.hours == proof.folding.hours
    for hour in proof.folding.hours:
        assert proof.folding.canonical(hour) == proof.store.zcat(canonical_key(hour))


def test_a_run_with_little_memory_makes_the_same(proof, tmp_path):
    store = proof.unmerged.copy(tmp_path / "store")
    report = Merger(tmp_path, store).json("run", "--memory", "64MiB")
    assert report["total"] == proof.report["total"]
    assert outcome(store) == outcome(proof.store)
