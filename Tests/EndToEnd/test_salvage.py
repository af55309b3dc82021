"""Damaged files from elsewhere: what inflates is had, the rest is named by its offset."""

import json
import random
import zlib

import pytest

import damaged
from folding import Folding
from merger import Merger
from piped import emit
from store import DirectoryStore


@pytest.fixture(scope="module")
def lines():
    return emit(world="v1", posts=900, rate=0.1, start_time="2021-07-23T10:00:00Z", notices=0.05)


def thirds(lines):
    size = len(lines) // 3
    return lines[:size], lines[size:2 * size], lines[2 * size:]


def torn_at_the_end(lines):
    first, second, _ = thirds(lines)
    rest, saved = damaged.torn(second)
    return damaged.member(first) + rest, first + saved


def torn_in_the_middle(lines):
    """What the seed's script leaves, which appends to its file after each crash."""
    first, second, third = thirds(lines)
    rest, saved = damaged.torn(second)
    return damaged.member(first) + rest + damaged.member(third), first + saved + third


def torn_twice(lines):
    first, second, third = thirds(lines)
    one, saved = damaged.torn(first, 0.8)
    other, more = damaged.torn(second, 0.3)
    return one + other + damaged.member(third), saved + more + third


def torn_at_a_flush(lines):
    first, second, third = thirds(lines)
    return damaged.flushed(first) + damaged.flushed(second) + damaged.member(third), lines


def torn_inside_stored_blocks(lines):
    """Inflating goes on across the seam for as long as a stored block is."""
    first, second, third = thirds(lines)
    rest, saved = damaged.torn(second, 0.5, level=0)
    return damaged.member(first) + rest + damaged.member(third), first + saved + third


def a_wrong_checksum(lines):
    first, second, third = thirds(lines)
    return damaged.member(first) + damaged.wrong_crc(second) + damaged.member(third), lines


def garbage_between_members(lines):
    first, second, third = thirds(lines)
    noise = random.Random(3).randbytes(5000)
    return (damaged.member(first) + noise + damaged.member(second) + b"x" * 17
            + damaged.member(third)), lines


def zeros_at_the_end(lines):
    """What some file systems leave behind the last write after a power loss."""
    return damaged.member(lines) + bytes(100_000), lines


def a_hole_of_zeros(lines):
    first, second, third = thirds(lines)
    whole = damaged.member(second)
    half = whole[:len(whole) // 2]
    _, saved = damaged.cut(half)
    return damaged.member(first) + half + bytes(4096) + damaged.member(third), (first, saved, third)


def a_header_alone_between_members(lines):
    first, second, third = thirds(lines)
    return (damaged.member(first) + damaged.member([])[:10] + damaged.member(second)
            + damaged.member(third)), lines


CASES = [
    torn_at_the_end, torn_in_the_middle, torn_twice, torn_at_a_flush, torn_inside_stored_blocks,
    a_wrong_checksum, garbage_between_members, zeros_at_the_end, a_hole_of_zeros,
    a_header_alone_between_members]
# Python and gzip leave out zeros behind a member.
READ_BY_OTHERS = [zeros_at_the_end]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_of_a_damaged_file_what_inflates_is_adopted_once(lines, tmp_path, case):
    content, wanted = case(lines)
    file = tmp_path / "tweets.log.gz"
    file.write_bytes(content)
    if case not in READ_BY_OTHERS:
        assert damaged.zcat_fails(file) and damaged.python_fails(file)
    store = DirectoryStore(tmp_path / "store")
    merger = Merger(tmp_path, store)
    output = merger("adopt", "--zone", "seed", file).decode()
    assert "at byte " in output
    [segment] = store.segments("seed")
    if isinstance(wanted, tuple):
        # Zeros may inflate to something before they fail: such lines are never of the file.
        first, saved, third = wanted
        assert segment.lines[:len(first) + len(saved)] == first + saved
        assert segment.lines[-len(third):] == third
    else:
        assert segment.lines == wanted
    assert "salvage" in segment.manifest
    keys = store.keys()
    assert "is there already" in merger("adopt", "--zone", "seed", file).decode()
    assert store.keys() == keys
    merger("run")
    assert merger("cat") == Folding([segment]).canonical() != b""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_two_adoptions_of_a_damaged_file_store_the_same_bytes(lines, tmp_path, case):
    file = tmp_path / "tweets.log.gz"
    file.write_bytes(case(lines)[0])
    found = []
    for name in ["one", "two"]:
        store = DirectoryStore(tmp_path / name)
        Merger(tmp_path, store)("adopt", "--zone", "seed", file)
        found.append({key: store.read(key) for key in store.keys("segments")}
                     | {key: store.read(key) for key in store.keys("manifests")})
    assert found[0] == found[1] != {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_inspect_counts_what_inflates_and_names_the_rest(lines, tmp_path, small, case):
    content, wanted = case(lines)
    (tmp_path / "file.gz").write_bytes(content)
    found = small.merger.json("inspect", tmp_path / "file.gz", code=12)
    if not isinstance(wanted, tuple):
        assert found["lines"] == len(wanted)
    assert found["damages"]
    for damage in found["damages"]:
        assert 0 <= damage["offset"] <= len(content)
        assert damage["offset"] + damage["bytes"] <= len(content)


def test_the_places_of_damage_are_where_it_was_done(lines, tmp_path, small):
    first, second, third = map(damaged.member, thirds(lines))
    (tmp_path / "file.gz").write_bytes(first + b"garbage" + second[:-20] + third)
    found = small.merger.json("inspect", tmp_path / "file.gz", code=12)
    assert found["damages"] == [
        {"kind": "not gzip", "offset": len(first), "bytes": 7},
        {"kind": "cut off", "offset": len(first) + 7 + len(second) - 20, "bytes": 0}]


def test_a_file_cut_anywhere_gives_what_python_inflates(lines, tmp_path, small):
    whole = damaged.member(lines[:40]) + damaged.member(lines[40:80])
    dice = random.Random(11)
    for length in [dice.randrange(30, len(whole)) for _ in range(25)]:
        (tmp_path / "file.gz").write_bytes(whole[:length])
        raw, rest = b"", whole[:length]
        while rest:
            inflater = zlib.decompressobj(31)
            raw += inflater.decompress(rest)
            rest = inflater.unused_data
        result = small.merger.start("inspect", "--json", tmp_path / "file.gz")
        assert json.loads(result.stdout)["lines"] == raw.count(b"\n"), length


def test_a_gzip_bomb_is_not_inflated_and_the_rest_of_the_file_is_adopted(lines, tmp_path):
    first, second, _ = thirds(lines)
    (tmp_path / "bomb.gz").write_bytes(
        damaged.member(first) + damaged.bomb(2 << 30) + damaged.member(second))
    store = DirectoryStore(tmp_path / "store")
    output = Merger(tmp_path, store)("adopt", "--zone", "seed", tmp_path / "bomb.gz").decode()
    assert "inflates to too much" in output
    [segment] = store.segments("seed")
    assert segment.lines == first + second
    found = Merger(tmp_path, store).json("inspect", tmp_path / "bomb.gz", code=12)
    assert found["raw"] == sum(len(line) + 1 for line in first + second)


def test_a_file_of_nothing_but_heads_ends_soon_and_holds_no_post(tmp_path):
    (tmp_path / "heads.gz").write_bytes(bytes.fromhex("1f8b0800000000000003") * 400_000)
    store = DirectoryStore(tmp_path / "store")
    result = Merger(tmp_path, store).start("adopt", "--zone", "seed", tmp_path / "heads.gz")
    assert result.returncode == 78
    assert b"holds no post" in result.stderr
    assert store.keys("segments") == []


@pytest.mark.parametrize("content", [b"", bytes(4096), b'{"id":1}\n'], ids=["empty", "zeros", "raw"])
def test_a_file_that_is_no_gzip_is_not_adopted_and_says_where(tmp_path, content):
    (tmp_path / "file.gz").write_bytes(content)
    store = DirectoryStore(tmp_path / "store")
    result = Merger(tmp_path, store).start("adopt", "--zone", "seed", tmp_path / "file.gz")
    assert result.returncode == 78
    assert b"holds no post: nothing was adopted: at byte 0: not gzip" in result.stderr
    assert store.keys("segments") == store.keys("manifests") == []
