"""SIGKILL of the merger at each of its crash points: a run afterwards ends as if nothing had been."""

import signal

import pytest

from merger import Merger
from store import outcome, split

CRASH_POINTS = ["files-built", "index-put", "canonical-put"]


def give_back(store, held_back):
    for key, content in held_back.items():
        store.path(key).write_bytes(content)


def crash(merger, point):
    result = merger.start("run", TRIBUTARY_CRASH_AT=point)
    assert result.returncode == -signal.SIGKILL, (result.returncode, result.stderr)


def hours_begun(store):
    return len(store.hours), len(store.canonical_keys)


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_first_merge_that_was_killed_ends_like_one_that_was_not(small, tmp_path, point):
    store = small.unmerged.copy(tmp_path / "store")
    merger = Merger(tmp_path, store)
    crash(merger, point)
    assert hours_begun(store) == {
        "files-built": (0, 0), "index-put": (1, 0), "canonical-put": (1, 1)}[point]
    merger("run")
    assert outcome(store) == outcome(small.store)


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_later_merge_that_was_killed_ends_like_one_that_was_not(small, tmp_path, point):
    store, held_back = split(small.unmerged, tmp_path)
    merger = Merger(tmp_path, store)
    merger("run")
    give_back(store, held_back)
    before = {key: store.digest(key) for key in store.keys()}
    crash(merger, point)
    written = [key for key, digest in before.items() if store.digest(key) != digest]
    assert [key.split("/")[0] for key in written] == {
        "files-built": [], "index-put": ["index"], "canonical-put": ["canonical", "index"]}[point]
    merger("run")
    assert outcome(store) == outcome(small.store)


def test_a_merge_killed_at_every_hour_in_turn_ends_like_one_that_was_not(small, tmp_path):
    store, held_back = split(small.unmerged, tmp_path)
    merger = Merger(tmp_path, store)
    merger("run")
    give_back(store, held_back)
    # Every crash is after the index of one more hour: each is gone on with by the run after it.
    crashes = 0
    while merger.start("run", TRIBUTARY_CRASH_AT="index-put").returncode == -signal.SIGKILL:
        crashes += 1
        assert crashes <= 2 * len(store.hours)
        # Without progress past the object that is missing, this would be the same crash for ever.
        if crashes % 2:
            merger.start("run", TRIBUTARY_CRASH_AT="canonical-put")
    assert crashes >= 2
    merger("run")
    assert outcome(store) == outcome(small.store)


def test_segments_that_come_after_a_crash_are_merged_with_those_of_the_crash(small, tmp_path):
    store, held_back = split(small.unmerged, tmp_path)
    merger = Merger(tmp_path, store)
    crash(merger, "index-put")
    give_back(store, held_back)
    merger("run")
    assert outcome(store) == outcome(small.store)


def test_a_lost_cache_changes_nothing_after_a_crash(small, tmp_path):
    store, held_back = split(small.unmerged, tmp_path)
    Merger(tmp_path, store)("run")
    give_back(store, held_back)
    crash(Merger(tmp_path, store), "index-put")
    fresh = tmp_path / "another-machine"
    fresh.mkdir()
    Merger(fresh, store)("run")
    assert outcome(store) == outcome(small.store)
