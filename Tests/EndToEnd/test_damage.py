"""What a run makes of a store in which something was lost or changed behind its back."""

import pytest

from folding import Folding
from merger import Merger
from store import canonical_key, index_key, outcome


def flip(path, offset):
    """Changes one byte, and the file as a whole: stores put a new file under the name."""
    content = bytearray(path.read_bytes())
    content[offset] ^= 0x10
    path.unlink()
    path.write_bytes(content)


def name_of(key):
    return key.rsplit("/", 1)[1].split(".ndjson")[0]


def run_without(small, store, folder, key):
    """Runs, and checks that one segment was left out by name and everything else merged."""
    merger = Merger(folder, store)
    report = merger.json("run", code=12)
    assert all(name_of(key) in problem for problem in report["problems"]), report["problems"]
    assert report["problems"]
    rest = Folding([one for one in small.unmerged.segments() if one.key != key])
    assert merger("cat") == rest.canonical() != small.folding.canonical()
    return merger


@pytest.mark.parametrize("offset", [5, 40, 3000, -6, -2])
def test_a_segment_with_a_flipped_byte_is_left_out_by_name(small, tmp_path, offset):
    store = small.unmerged.copy(tmp_path / "store")
    key = store.keys("segments/zone=a")[0]
    flip(store.path(key), offset)
    merger = run_without(small, store, tmp_path, key)
    store.path(key).unlink()
    store.path(key).write_bytes(small.unmerged.read(key))
    merger("run")
    assert outcome(store) == outcome(small.store)


def test_a_segment_whose_data_are_missing_is_left_out_by_name(small, tmp_path):
    store = small.unmerged.copy(tmp_path / "store")
    key = store.keys("segments/zone=b")[1]
    store.path(key).unlink()
    merger = run_without(small, store, tmp_path, key)
    store.path(key).write_bytes(small.unmerged.read(key))
    merger("run")
    assert outcome(store) == outcome(small.store)


def test_data_without_a_manifest_are_not_in_the_set_and_are_named(small, tmp_path):
    store = small.unmerged.copy(tmp_path / "store")
    store.path("segments/zone=a/date=2026-11-20").mkdir(parents=True)
    stray = "segments/zone=a/date=2026-11-20/20261120T100000.000Z-0123456789abcdef-00000000"
    store.path(f"{stray}.ndjson.gz").write_bytes(b"half of an upload")
    [problem] = Merger(tmp_path, store).json("run", code=12)["problems"]
    assert name_of(stray) in problem
    assert outcome(store) == outcome(small.store)


def test_foreign_keys_do_no_harm(small, tmp_path):
    store = small.unmerged.copy(tmp_path / "store")
    for key in ("README.md", "canonical/notes.txt", "index/old/index.sqlite"):
        store.path(key).parent.mkdir(parents=True, exist_ok=True)
        store.path(key).write_text("somebody else's")
    merger = Merger(tmp_path, store)
    merger("run")
    assert merger("cat") == small.folding.canonical()


@pytest.mark.parametrize("damage", ["lost", "flipped", "truncated"])
def test_a_canonical_object_that_is_not_the_wanted_one_is_made_again(small, tmp_path, damage):
    store = small.store.copy(tmp_path / "store")
    key = canonical_key(next(iter(small.folding.by_hour)))
    merger = Merger(tmp_path, store)
    assert merger.json("run")["hoursWritten"] == 0
    content = store.read(key)
    if damage == "flipped":
        flip(store.path(key), len(content) // 2)
    else:
        store.path(key).unlink()
    if damage == "truncated":
        store.path(key).write_bytes(content[:-100])
    assert merger.json("run")["hoursWritten"] == 1
    assert outcome(store) == outcome(small.store)


def test_a_canonical_object_without_its_index_is_left_alone(small, tmp_path):
    store = small.store.copy(tmp_path / "store")
    hour = next(iter(small.folding.by_hour))
    store.path(index_key(hour)).unlink()
    report = Merger(tmp_path, store).json("run", code=12)
    assert any(hour in problem for problem in report["problems"])
    assert store.read(canonical_key(hour)) == small.store.read(canonical_key(hour))


def test_an_index_that_is_no_database_is_not_overwritten(small, tmp_path):
    store = small.store.copy(tmp_path / "store")
    hour = next(iter(small.folding.by_hour))
    store.path(index_key(hour)).unlink()
    store.path(index_key(hour)).write_bytes(b"not SQLite at all" * 1000)
    report = Merger(tmp_path, store).json("run", code=12)
    assert any(index_key(hour) in problem for problem in report["problems"])
    assert store.read(index_key(hour)) == b"not SQLite at all" * 1000


def test_a_store_of_another_stream_is_refused(small, tmp_path):
    result = Merger(tmp_path, small.store).start("run", "--stream-name", "other")
    assert result.returncode == 78, result
    assert b"LISTENER_STREAM_NAME" in result.stderr or b"MERGER_STREAM_NAME" in result.stderr
