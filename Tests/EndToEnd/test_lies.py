"""A manifest is a claim: whatever a field of one says, no run crashes, and nothing false is merged."""

import json
import random

import pytest

from folding import Folding
from merger import Merger
from store import outcome

SEED = 5
LIES = [
    -1, 0, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**64, 1.5, 1e300, True, None, "", "../../../etc/passwd",
    "\u0000", "9" * 40, "2026-11-22T18", "9999-12-31T23:59:59.999Z", "0" * 64, [], {}, [[]],
    [None], "x" * 100_000,
]
# What nobody can prove by the bytes may be believed; the rows that say it are then others.
BELIEVED = {
    "arrivals", "clock", "connections", "overlong", "lineFeeds", "salvage", "software", "source",
    "received"}


def places(value, path=()):
    """The paths of everything in a document that can be changed."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value[:2]):
            yield from places(inner, (*path, index))


def changed(document, path, lie):
    copy = json.loads(json.dumps(document))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    if lie is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = lie
    return copy


def test_a_lie_in_any_field_of_a_manifest_harms_no_other_segment(small, tmp_path):
    dice = random.Random(SEED)
    store = small.unmerged.copy(tmp_path / "store")
    [key] = [
        key for key in store.keys("manifests/zone=b") if "object" in json.loads(store.read(key))
    ][:1]
    truth = json.loads(store.read(key))
    segments = small.unmerged.segments()
    without = Folding([one for one in segments if one.key != truth["object"]["key"]]).canonical()
    everything = small.folding.canonical()
    assert without != everything
    # Merged once without it; what a run adds is then of this segment alone.
    store.path(key).unlink()
    merger = Merger(tmp_path, store)
    merger("run")
    assert merger("cat") == without
    refused = 0
    paths = list(places(truth))
    assert len(paths) > 40
    for path in paths:
        lie = dice.choice([*LIES, ...])
        store.path(key).write_text(json.dumps(changed(truth, path, lie)))
        said = f"{path} = {lie!r}"[:200]
        result = merger.start("run", "--json")
        assert result.returncode in (0, 12), (said, result.returncode, result.stderr[-500:])
        canonical = merger("cat")
        if result.returncode == 12:
            assert any(name_of(key) in problem for problem in json.loads(result.stdout)["problems"])
            assert canonical == without, said
            refused += 1
        else:
            assert canonical == everything, said
            same = json.loads(json.dumps(changed(truth, path, lie))) == truth
            assert same or path[0] in BELIEVED or lie in (None, ...), said
            # Believed, and so admitted: begin again without it.
            store = small.unmerged.copy(tmp_path / f"store-{paths.index(path)}")
            store.path(key).unlink()
            merger = Merger(tmp_path, store)
            merger("run")
        store.path(key).unlink(missing_ok=True)
    assert refused > len(paths) // 3
    store.path(key).write_text(json.dumps(truth))
    merger("run")
    assert outcome(store) == outcome(small.store)


def late_arrival(truth):
    truth["arrivals"] = [[2**63 - 1, truth["lines"]]]


def many_lines(truth):
    for facts in (truth, truth["members"][0]):
        facts["lines"] += 2**40
    truth["unreadable"] += 2**40


def far_hour(truth):
    truth["hours"][-1]["hour"] = "2080-07-10T17"


def huge_object(truth):
    truth["object"]["bytes"] += 2**50
    truth["members"][-1]["bytes"] += 2**50


def large_object(truth):
    truth["object"]["bytes"] += 2**38
    truth["members"][-1]["bytes"] += 2**38


def huge_count(truth):
    truth["overlong"] = {"lines": 2**62, "bytes": 2**62}


@pytest.mark.parametrize(
    "lie", [late_arrival, many_lines, far_hour, huge_object, large_object, huge_count])
def test_a_lie_that_a_manifest_tells_throughout_harms_no_other_segment(small, tmp_path, lie):
    store = small.unmerged.copy(tmp_path / "store")
    key = next(
        key for key in store.keys("manifests/zone=b")
        if json.loads(store.read(key))["notices"] > 0)
    truth = json.loads(store.read(key))
    others = [one for one in small.unmerged.segments() if one.key != truth["object"]["key"]]
    lies = json.loads(json.dumps(truth))
    lie(lies)
    store.path(key).write_text(json.dumps(lies))
    merger = Merger(tmp_path, store)
    result = merger.start("run", "--json")
    assert result.returncode == 12, result
    assert any(name_of(key) in problem for problem in json.loads(result.stdout)["problems"])
    assert merger("cat") == Folding(others).canonical()
    identity = next(iter(small.folding.tweets))
    for words in (["query", "--copies", identity], ["cat", "--zone", "b"], ["deletions"],
                  ["coverage"], ["verify"], ["repair", "--dry-run"]):
        result = merger.start(*words)
        assert result.returncode in (0, 1, 12), (words, result.returncode, result.stderr[-500:])


def name_of(key):
    return key.rsplit("/", 1)[1].removesuffix(".json")
