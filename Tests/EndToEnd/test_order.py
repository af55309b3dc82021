"""G5: in whatever order and portions segments are admitted, the result is the same."""

import random

import pytest

from merger import Merger
from store import canonical_key, outcome


def without_manifests(store, root):
    """A copy whose set is empty, and the manifests to be added to it."""
    copy = store.copy(root)
    manifests = {key: copy.read(key) for key in copy.keys("manifests")}
    for key in manifests:
        copy.path(key).unlink()
    return copy, list(manifests.items())


def portions(manifests, dice, size):
    dice.shuffle(manifests)
    return [manifests[at:at + size] for at in range(0, len(manifests), size)]


def admit(store, manifests, merger, *arguments):
    for key, content in manifests:
        store.path(key).write_bytes(content)
    return merger.json("run", *arguments)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_segments_admitted_one_by_one_in_any_order_give_the_same(small, tmp_path, seed):
    store, manifests = without_manifests(small.unmerged, tmp_path / "store")
    merger = Merger(tmp_path, store)
    admitted = 0
    for portion in portions(manifests, random.Random(seed), 1):
        report = admit(store, portion, merger)
        assert report["problems"] == []
        admitted += report["segmentsAdmitted"] > 0
    assert admitted == len(manifests) >= 10
    assert outcome(store) == outcome(small.store), f"seed {seed}"


@pytest.mark.parametrize("seed", [4, 5])
def test_segments_admitted_in_portions_give_the_same(small, tmp_path, seed):
    store, manifests = without_manifests(small.unmerged, tmp_path / "store")
    merger = Merger(tmp_path, store)
    for portion in portions(manifests, random.Random(seed), 4):
        admit(store, portion, merger)
    assert outcome(store) == outcome(small.store), f"seed {seed}"


def test_shards_give_together_what_one_run_gives(small, tmp_path):
    store = small.unmerged.copy(tmp_path / "store")
    for shard in ("2/3", "0/3", "1/3"):
        folder = tmp_path / shard.replace("/", "-")
        folder.mkdir()
        Merger(folder, store)("run", "--shard", shard)
    assert outcome(store) == outcome(small.store)


def test_hours_merged_one_by_one_give_the_same(small, tmp_path):
    store = small.unmerged.copy(tmp_path / "store")
    merger = Merger(tmp_path, store)
    for hour in reversed(small.store.hours):
        merger("run", "--since", hour, "--until", hour)
        assert hour in store.hours
    assert outcome(store) == outcome(small.store)


def test_the_order_of_zones_of_the_dataset_chooses_the_winner(small, tmp_path):
    store = small.unmerged.copy(tmp_path / "store")
    store.path("_tributary.json").unlink()
    merger = Merger(tmp_path, store)
    merger("init", "--zones", "c,b")
    merger("run")
    folding = type(small.folding)(small.unmerged.segments(), zones=("c", "b"))
    for hour in store.hours:
        assert store.zcat(canonical_key(hour)) == folding.canonical(hour)
    assert folding.canonical() != small.folding.canonical()


def test_little_memory_changes_nothing(small, tmp_path):
    store = small.unmerged.copy(tmp_path / "store")
    Merger(tmp_path, store)("run", "--memory", "64MiB")
    assert outcome(store) == outcome(small.store)


def test_two_runs_at_once_give_what_one_gives(small, tmp_path):
    store = small.unmerged.copy(tmp_path / "store")
    runs = []
    for name in "xy":
        (tmp_path / name).mkdir()
        runs.append(Merger(tmp_path / name, store).begin("run"))
    for run in runs:
        assert run.wait(timeout=120) == 0
    assert outcome(store) == outcome(small.store)
