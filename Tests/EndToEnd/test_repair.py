"""`merger repair`: manifests written from the bytes, and segments of what damaged data still give."""

import hashlib
import json
import pathlib
import signal
import subprocess
import sys
import time

import pytest

import damaged
from folding import Folding
from merger import Merger
from piped import emit
from store import Segment

CHECK = pathlib.Path(__file__).parents[1] / "Tools" / "check_segment.py"


@pytest.fixture
def unmerged(small, tmp_path):
    store = small.unmerged.copy(tmp_path / "store")
    return store, Merger(tmp_path, store)


def data_of(manifest_key):
    return manifest_key.replace("manifests/", "segments/").replace(".json", ".ndjson.gz")


def name_of(key):
    return key.rsplit("/", 1)[1].split(".ndjson")[0].removesuffix(".json")


def content(store):
    return {key: store.read(key) for key in store.keys()}


def segments_but(store, *keys):
    """Those of the set but the ones of these keys, whose data do not inflate."""
    return [store._segment(manifest) for manifest in store.manifests()
            if manifest.get("object", {}).get("key") not in keys]


def test_data_whose_manifest_was_lost_are_named_by_a_run_and_merged_after_a_repair(
        small, unmerged, tmp_path):
    store, merger = unmerged
    lost = store.keys("manifests/zone=a")[0]
    manifest = json.loads(store.read(lost))
    store.path(lost).unlink()
    assert merger.json("run")["problems"] == []  # They are young: somebody may be shipping them.
    assert merger.json("repair")["repaired"] == []
    [entry] = merger.json("repair", "--grace", "0s")["repaired"]
    assert (entry["reason"], entry["lines"]) == ("no manifest", manifest["lines"])
    digest = hashlib.sha256(store.read(data_of(lost))).hexdigest()
    assert entry["manifest"] == lost.replace(".json", f".{digest[:16]}.json")
    repaired = json.loads(store.read(entry["manifest"]))
    for field in ["object", "raw", "lines", "records", "notices", "ids", "hours", "members"]:
        assert repaired[field] == manifest[field], field
    assert repaired["clock"]["basis"] == "content" and repaired["connections"] == []
    name = name_of(lost)
    (tmp_path / f"{name}.json").write_bytes(store.read(entry["manifest"]))
    (tmp_path / f"{name}.ndjson.gz").write_bytes(store.read(data_of(lost)))
    latest = json.loads(store.read("_tributary.json"))["limits"]["latestIDTime"]
    subprocess.run(
        [sys.executable, CHECK, "--latest-id-time", latest, tmp_path / f"{name}.json"], check=True)
    merger("run")
    assert merger("cat") == small.folding.canonical()
    before = store.state()
    assert merger.json("repair", "--grace", "0s") == {
        "dryRun": False, "examined": 0, "repaired": [], "problems": []}
    merger("run")
    assert store.state() == before


def test_old_data_without_a_manifest_are_reported_by_every_run_and_noted_by_a_repair(
        small, unmerged):
    store, merger = unmerged
    lines = emit(world="v1", posts=50, rate=0.1, start_time="2021-07-23T10:00:00Z")
    name = "20210723T100000.000Z-0123456789abcdef-00000000"
    key = f"segments/zone=old/date=2021-07-23/{name}.ndjson.gz"
    store.path(key).parent.mkdir(parents=True)
    store.path(key).write_bytes(damaged.member(lines))
    for _ in range(2):
        [problem] = merger.json("run", "--full", code=12)["problems"]
        assert f"old/{name}: has data and no manifest" in problem and "merger repair" in problem
    merger("repair")
    assert store.keys("pending") == [f"pending/{name}.json"]
    assert merger.json("run")["segmentsAdmitted"] > 0
    assert store.keys("pending") == []
    assert merger("cat", "--until", "2021-08-01") == Folding(
        [Segment(json.loads(store.read(store.keys("manifests/zone=old")[0])), lines)]).canonical()


def cut_in_the_middle(data):
    return data[:len(data) // 2] + data[len(data) // 2 + 300:]


HARMS = {
    "torn": lambda data: data[:-400],
    "torn in the middle": cut_in_the_middle,
    "zero bytes": lambda data: b"",
    "zeros": lambda data: bytes(len(data)),
    "garbage behind": lambda data: data + b"garbage",
    "wrong CRC": lambda data: data[:-8] + bytes([data[-8] ^ 1]) + data[-7:],
}


@pytest.mark.parametrize("harm", HARMS)
def test_of_damaged_data_what_inflates_is_a_segment_of_its_own(small, unmerged, harm):
    store, merger = unmerged
    key = store.keys("segments/zone=a")[0]
    whole = store._segment(json.loads(store.read(store.keys("manifests/zone=a")[0])))
    store.path(key).write_bytes(HARMS[harm](store.read(key)))
    before = store.read(key)
    assert any(name_of(key) in problem for problem in merger.json("run", code=12)["problems"])
    planned = merger.json("repair", "--dry-run")
    [entry] = merger.json("repair")["repaired"]
    assert planned["repaired"] == [entry]
    assert entry["reason"] == "damaged data" and entry["damages"]
    assert store.read(key) == before
    stand_in = store._segment(json.loads(store.read(entry["manifest"])))
    assert stand_in.manifest["instance"] == hashlib.sha256(before).hexdigest()[:16]
    assert stand_in.manifest["source"] == {"kind": "salvaged", "url": key}
    assert entry["lines"] == len(stand_in.lines)
    if harm in ["torn", "garbage behind", "wrong CRC"]:
        assert stand_in.lines == whole.lines[:len(stand_in.lines)] != []
    merger("run")
    assert merger("cat") == Folding(segments_but(store, key)).canonical()
    state = store.state()
    assert merger.json("repair")["repaired"] == []
    merger("run")
    assert store.state() == state


def test_an_open_segment_that_was_uploaded_gives_all_lines_that_were_flushed(unmerged):
    store, merger = unmerged
    lines = emit(world="v1", posts=50, rate=0.1, start_time="2021-07-23T10:00:00Z")
    name = "20210723T100000.000Z-0123456789abcdef-00000000"
    key = f"segments/zone=old/date=2021-07-23/{name}.ndjson.gz"
    store.path(key).parent.mkdir(parents=True)
    store.path(key).write_bytes(damaged.flushed(lines))
    [entry] = merger.json("repair")["repaired"]
    assert entry["linesSaved"] == len(lines)
    assert store._segment(json.loads(store.read(entry["manifest"]))).lines == lines


def test_a_gzip_bomb_in_the_store_is_left_out_by_a_run_and_by_a_repair(small, unmerged):
    store, merger = unmerged
    manifest_key = store.keys("manifests/zone=a")[0]
    manifest = json.loads(store.read(manifest_key))
    key = manifest["object"]["key"]
    first = store.read(key)
    bomb = damaged.bomb(1 << 30)
    store.path(key).write_bytes(first + bomb)
    # A manifest that says what the bytes are, and only lies about what is reasonable.
    manifest["object"] |= {
        "bytes": len(first + bomb), "sha256": hashlib.sha256(first + bomb).hexdigest()}
    manifest["raw"]["bytes"] += 1 << 30
    manifest["members"].append(
        {"offset": len(first), "bytes": len(bomb), "raw": 1 << 30, "lines": 0})
    store.path(manifest_key).write_bytes(json.dumps(manifest).encode())
    problems = merger.json("run", code=12)["problems"]
    assert any("which is too much" in problem for problem in problems), problems
    [entry] = merger.json("repair")["repaired"]
    assert [damage["kind"] for damage in entry["damages"]] == ["inflates to too much"]
    assert entry["lines"] == manifest["lines"]
    merger("run")
    assert merger("cat") == Folding(segments_but(store, key)).canonical()


def test_a_dry_run_writes_nothing(unmerged):
    store, merger = unmerged
    for key in store.keys("manifests")[:3]:
        store.path(key).unlink()
    before = store.state()
    assert len(merger.json("repair", "--grace", "0s", "--dry-run")["repaired"]) == 3
    assert store.state() == before


def test_a_repair_killed_at_any_moment_ends_like_one_that_was_not(small, tmp_path):
    original = small.unmerged.copy(tmp_path / "original")
    for key in original.keys("manifests")[::2]:
        original.path(key).unlink()
    for key in original.keys("segments")[1::4]:
        original.path(key).write_bytes(cut_in_the_middle(original.read(key)))
    whole = original.copy(tmp_path / "whole")
    begun = time.monotonic()
    Merger(tmp_path, whole)("repair", "--grace", "0s")
    seconds = time.monotonic() - begun
    killed = original.copy(tmp_path / "killed")
    folder = tmp_path / "home"
    folder.mkdir()
    merger = Merger(folder, killed)
    kills = 0
    for number in range(1, 12):
        process = merger.begin("repair", "--grace", "0s")
        try:
            process.wait(timeout=seconds * number / 12)
        except subprocess.TimeoutExpired:
            process.kill()
            kills += process.wait() == -signal.SIGKILL
    assert kills >= 3
    merger("repair", "--grace", "0s")
    assert content(killed) == content(whole) != content(original)
