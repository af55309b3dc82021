"""`merger verify` against a store in which one byte, object or row was changed."""

import gzip
import json
import os
import pathlib
import random

import pytest

from merger import Merger
from piped import emit
from store import DirectoryStore, outcome

FLIPS = 12


@pytest.fixture
def merged(small, tmp_path):
    store = small.store.copy(tmp_path / "store")
    return store, Merger(tmp_path, store)


def replace(path, content):
    """As stores do: another file under the name."""
    path.unlink()
    path.write_bytes(content)


def flipped(content, offset, bit):
    content = bytearray(content)
    content[offset] ^= 1 << bit
    return bytes(content)


def verify(merger, *arguments):
    result = merger.start("verify", *arguments)
    assert result.returncode in [0, 12], result
    return result.returncode == 12


def said(manifest):
    """What bytes and indexes prove of a manifest: not when and by what it was made."""
    proved = ["format", "stream", "zone", "instance", "sequence", "object", "raw", "lines", "records",
              "notices", "unreadable", "ids", "hours", "received", "members", "connections"]
    return {name: manifest.get(name) for name in proved}


@pytest.mark.parametrize("prefix", ["canonical", "segments"])
def test_a_flipped_byte_of_a_canonical_object_or_a_segment_is_found(merged, prefix):
    store, merger = merged
    dice = random.Random(prefix)
    for _ in range(FLIPS):
        key = dice.choice(store.keys(prefix))
        content = store.read(key)
        mutant = flipped(content, dice.randrange(len(content)), dice.randrange(8))
        replace(store.path(key), mutant)
        assert verify(merger, *(["--segments"] if prefix == "segments" else [])), key
        replace(store.path(key), content)
    assert not verify(merger, "--segments")


def test_a_flipped_byte_of_a_manifest_is_found_where_it_says_something_that_can_be_proved(merged):
    store, merger = merged
    dice = random.Random(2)
    found = 0
    for _ in range(3 * FLIPS):
        key = dice.choice(store.keys("manifests"))
        content = store.read(key)
        mutant = flipped(content, dice.randrange(len(content) - 1), dice.randrange(8))
        try:
            says_the_same = said(json.loads(mutant)) == said(json.loads(content))
        except ValueError:
            says_the_same = False
        replace(store.path(key), mutant)
        is_found = verify(merger, "--segments")
        replace(store.path(key), content)
        assert is_found or says_the_same, (key, mutant)
        found += is_found
    assert found > FLIPS


def test_a_flipped_byte_of_an_index_is_found_where_it_changes_a_row(merged, small):
    store, merger = merged
    dice = random.Random(3)
    found = 0
    for _ in range(2 * FLIPS):
        key = dice.choice(store.keys("index"))
        content = store.read(key)
        mutant = flipped(content, dice.randrange(len(content)), dice.randrange(8))
        replace(store.path(key), mutant)
        is_found = verify(merger, "--segments")
        try:
            says_the_same = outcome(store) == outcome(small.store)
        except Exception:  # sqlite3 refuses what is no database in many ways
            says_the_same = False
        replace(store.path(key), content)
        assert is_found or says_the_same, key
        found += is_found
    assert found > 0


def test_a_byte_that_rots_under_a_copy_in_the_cache_is_found(merged):
    store, merger = merged
    assert not verify(merger)
    path = store.path(store.keys("index")[0])
    content, times = path.read_bytes(), path.stat()
    place = content.index(b"segments/zone=")
    with open(path, "r+b") as file:
        file.seek(place)
        file.write(b"S")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    # The same version to whoever asks for one: inode, size and time.
    assert path.stat().st_ino == times.st_ino
    assert verify(merger)


def test_a_copy_in_the_cache_that_is_damaged_is_fetched_again(merged, small):
    store, merger = merged
    before = merger("cat")
    cache = pathlib.Path(merger.environment["MERGER_CACHE"])
    copies = [path for path in cache.rglob("index.sqlite.*") if path.suffix != ".sha256"]
    assert copies
    for path in copies:
        path.write_bytes(path.read_bytes()[:100])
    assert merger("cat") == before
    for path in copies:
        path.write_bytes(bytes(path.stat().st_size))
    assert merger("query", next(iter(small.folding.tweets)))


def test_a_line_that_was_cut_off_and_is_gone_is_missed(tmp_path):
    store = DirectoryStore(tmp_path / "store")
    merger = Merger(tmp_path, store)
    lines = [*emit(posts=20), b"[" + b" " * (9 << 20) + b"]"]
    (tmp_path / "lines.gz").write_bytes(gzip.compress(b"\n".join(lines) + b"\n"))
    merger("adopt", "--zone", "a", tmp_path / "lines.gz")
    merger("run", "--full")
    [key] = store.keys("quarantine")
    assert not verify(merger, "--segments")
    store.path(key).unlink()
    assert b"of the 1 lines that were cut off are gone" in merger("verify", "--segments", code=12)


def test_a_file_whose_posts_are_fifteen_years_apart_is_adopted_and_sound(tmp_path):
    merger = Merger(tmp_path, DirectoryStore(tmp_path / "store"))
    ids = [(years * 365 * 86_400_000) << 22 for years in (1, 16)]
    lines = [b'{"data":{"id":"%d","text":"a post"}}' % one for one in ids]
    (tmp_path / "lines.gz").write_bytes(gzip.compress(b"\n".join(lines) + b"\n"))
    merger("adopt", "--zone", "a", tmp_path / "lines.gz")
    merger("run", "--full")
    assert merger("cat").splitlines() == lines
    assert not verify(merger, "--segments")


def test_a_canonical_object_that_no_index_knows_is_found(merged):
    store, merger = merged
    key = store.keys("canonical")[0]
    for stray in ("canonical/date=2020-01-01/hour=00/tweets.ndjson.gz",
                  key.replace("tweets", "more")):
        path = store.path(stray)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(store.read(key))
        assert verify(merger), stray
        path.unlink()
    assert not verify(merger)


@pytest.mark.parametrize("prefix", ["canonical", "index", "segments", "manifests"])
def test_a_missing_object_is_found(merged, prefix):
    store, merger = merged
    for key in store.keys(prefix)[:3]:
        content = store.read(key)
        store.path(key).unlink()
        assert verify(merger, "--segments"), key
        store.path(key).write_bytes(content)
