"""The commands that read a merged store, against what Python finds in the segments."""

import collections
import gzip
import itertools
import json
import random
import sqlite3
import subprocess

import pytest

from folding import Folding, digest_of
from merger import Merger
from piped import altered, emit, pipe
from simulator import binary
from store import DirectoryStore, canonical_key, index_key, outcome


@pytest.fixture
def damaged(small, tmp_path):
    """A merged copy that the test may break, and a merger for it."""
    store = small.store.copy(tmp_path / "damaged")
    return store, Merger(tmp_path, store)


def some_ids(folding, count=40):
    return random.Random(7).sample(sorted(folding.tweets), count)


# query


def test_query_says_zones_place_and_versions(small):
    ids = some_ids(small.folding)
    output = small.merger("query", "--json", *ids).splitlines()
    for identity, text in zip(ids, output, strict=True):
        tweet, found = small.folding.tweets[identity], json.loads(text)
        assert found["id"] == str(identity)
        assert found["zones"] == sorted(tweet.zones)
        assert (found["segment"], found["line"]) == tweet.winner[:2]
        assert int(found["digest"], 16) == digest_of(tweet.line) % 2**64
        assert found["versions"] == len(tweet.digests)
        assert found["deleted"] == (identity in small.folding.deleted)


def test_query_prints_the_very_bytes_of_a_record(small):
    ids = [one for one in some_ids(small.folding) if one not in small.folding.deleted]
    wanted = b"".join(small.folding.tweets[identity].line + b"\n" for identity in ids)
    assert small.merger("query", "--record", *ids) == wanted


def test_query_does_not_print_what_was_deleted(small):
    deleted = next(one for one in small.folding.deleted if one in small.folding.tweets)
    assert small.merger("query", "--record", deleted, code=1) == b""


def test_query_of_an_id_that_nobody_saw_ends_with_1(small):
    absent = next(one for one in itertools.count(min(small.folding.tweets) + 1)
                  if one not in small.folding.tweets)
    assert b"not seen" in small.merger("query", absent, code=1)
    assert small.merger.json("query", absent, code=1)["zones"] == []


# cat


def test_cat_is_the_canonical_stream(small):
    assert small.merger("cat") == small.folding.canonical()


def test_cat_of_an_hour_is_that_hour(small):
    for hour in small.folding.by_hour:
        assert small.merger("cat", "--since", hour, "--until", hour) == (
            small.folding.canonical(hour))


def test_cat_of_a_zone_is_its_segments_in_order(small):
    for zone in "abc":
        wanted = small.store.zcat(*small.store.keys(f"segments/zone={zone}"))
        assert small.merger("cat", "--zone", zone) == wanted


def test_cat_into_a_pipe_that_is_closed_early_ends_with_0(proof):
    cat = proof.merger.begin("cat")
    assert cat.stdout.readline().startswith(b"{")
    cat.stdout.close()
    assert cat.wait(timeout=60) == 0
    assert cat.stderr.read() == b""


def test_cat_into_head_ends_with_0(proof):
    script = '"$0" cat | head -1 | wc -l; echo "${PIPESTATUS[0]}"'
    output = subprocess.run(
        ["bash", "-c", script, binary("merger")], env=proof.merger.environment, check=True,
        stdout=subprocess.PIPE).stdout
    assert output.split() == [b"1", b"0"]


# index


def test_index_makes_one_database_of_all_hours(small, tmp_path):
    file = tmp_path / "all.sqlite"
    small.merger("index", "-o", file)
    database = sqlite3.connect(file)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    names = dict(database.execute("SELECT 1 << bit, name FROM zone"))
    found = {
        identity: {name for bit, name in names.items() if bits & bit}
        for identity, bits in database.execute("SELECT id, zones FROM tweet")}
    assert found == small.folding.zones_of_ids()
    rows = database.execute(
        "SELECT key, lines, canonical, duplicates, notices, quarantined, deleted FROM ledger")
    assert {key: tuple(row) for key, *row in rows} == small.folding.ledger()
    [notices] = database.execute("SELECT count(*) FROM notice").fetchone()
    assert notices == sum(map(len, small.folding.notices.values()))


def test_index_does_not_overwrite_a_file(small, tmp_path):
    (tmp_path / "mine.sqlite").write_text("mine")
    small.merger("index", "-o", tmp_path / "mine.sqlite", code=78)
    assert (tmp_path / "mine.sqlite").read_text() == "mine"


# coverage


def test_coverage_counts_what_each_zone_saw_lacks_and_saw_alone(small):
    seen = list(small.folding.zones_of_ids().values())
    report = small.merger.json("coverage")
    assert sum(row["tweets"] for row in report["sets"]) == len(seen)
    found = {row["zone"]: row for row in report["zones"]}
    for zone in "abc":
        count = sum(zone in zones for zones in seen)
        assert found[zone]["tweets"] == count
        assert found[zone]["lacks"] == len(seen) - count
        assert found[zone]["onlyHere"] == sum(zones == {zone} for zones in seen)
    sets = {frozenset(row["zones"]): row["tweets"] for row in report["sets"]}
    assert sets == {zones: seen.count(set(zones)) for zones in map(frozenset, seen)}


# inspect


def test_inspect_counts_what_a_segment_holds(small):
    for segment in small.folding.segments:
        if not segment.lines:
            continue
        found = small.merger.json("inspect", small.store.path(segment.key))
        manifest = segment.manifest
        assert found["lines"] == manifest["lines"]
        assert found["records"] == manifest["records"]
        assert sum(found["notices"].values()) == manifest["notices"]
        assert found["members"] == len(manifest["members"])
        assert (found["first"], found["last"]) == (
            manifest["ids"]["min"], manifest["ids"]["max"])


def test_inspect_says_where_a_file_is_torn(small, tmp_path):
    key = small.store.keys("segments")[0]
    torn = tmp_path / "torn.gz"
    torn.write_bytes(small.store.read(key)[:-500])
    found = small.merger.json("inspect", torn, code=12)
    [damage] = found["damages"]
    assert 0 < damage["offset"] <= torn.stat().st_size
    assert found["lines"] < small.store.zcat(key).count(b"\n")


# verify


def test_verify_finds_nothing_wrong_with_a_whole_store(small):
    output = small.merger("verify", "--segments").decode()
    tweets = small.folding.canonical().count(b"\n")
    assert f"{len(small.store.hours)} hours, {tweets} tweets, 0 problems" in output


def test_verify_accounts_for_each_line_of_each_zone(small):
    found = small.merger.json("verify")
    assert found["problems"] == []
    assert found["hours"] == len(small.store.hours)
    assert found["tweets"] == small.folding.canonical().count(b"\n")
    lines = collections.Counter()
    for key in small.store.keys("segments"):
        lines[key.split("/")[1].removeprefix("zone=")] += small.store.zcat(key).count(b"\n")
    for entry in found["zones"]:
        assert entry["ledger"]["lines"] == lines[entry["zone"]], entry
    assert found["total"]["lines"] == lines.total()


def busiest(small):
    return max(small.folding.by_hour, key=lambda hour: len(small.folding.by_hour[hour]))


def must_find(merger, *texts, arguments=()):
    output = merger("verify", *arguments, code=12).decode()
    for text in texts:
        assert text in output, output


def flip(path, offset):
    content = bytearray(path.read_bytes())
    content[offset] ^= 0x10
    path.write_bytes(content)


def test_verify_finds_a_flipped_byte_of_a_canonical_object(small, damaged):
    store, merger = damaged
    hour = busiest(small)
    flip(store.path(canonical_key(hour)), 5000)
    must_find(merger, hour, "1 problems")


def test_verify_finds_a_missing_canonical_object(small, damaged):
    store, merger = damaged
    hour = busiest(small)
    store.path(canonical_key(hour)).unlink()
    must_find(merger, hour, "no canonical object")


def test_verify_finds_a_row_that_was_deleted_from_an_index(small, damaged):
    store, merger = damaged
    hour = busiest(small)
    identity = next(one for one in small.folding.by_hour[hour] if one not in small.folding.deleted)
    rewrite_index(store, hour, f"DELETE FROM tweet WHERE id = {identity}")
    must_find(merger, hour)


def test_verify_finds_a_winner_that_was_moved(small, damaged):
    store, merger = damaged
    hour = busiest(small)
    rewrite_index(store, hour, "UPDATE segment SET records = records + 1 WHERE number = 0")
    must_find(merger, hour)


def rewrite_index(store, hour, statement):
    """Changes rows, and puts the file as a store would: under its name at once."""
    path = store.path(index_key(hour))
    copy = path.with_suffix(".new")
    copy.write_bytes(path.read_bytes())
    database = sqlite3.connect(copy)
    changed = database.execute(statement).rowcount
    database.commit()
    database.close()
    assert changed == 1
    copy.rename(path)


def test_verify_finds_a_missing_index(small, damaged):
    store, merger = damaged
    hour = busiest(small)
    store.path(index_key(hour)).unlink()
    must_find(merger, hour)


def test_verify_finds_a_flipped_byte_and_a_missing_object_of_segments(small, damaged):
    store, merger = damaged
    first, second = store.keys("segments")[:2]
    flip(store.path(first), 100)
    store.path(second).unlink()
    must_find(merger, names_of(first), names_of(second), arguments=["--segments"])


def names_of(key):
    return key.rsplit("/", 1)[1].removesuffix(".ndjson.gz")


# A manifest that lies


def lie(store, change):
    """Changes a manifest of zone a that is of two hours; returns the name of its segment."""
    key, manifest = next(
        (key, manifest) for key, manifest in zip(
            store.keys("manifests/zone=a"), store.manifests("a"), strict=True)
        if sum(hour["records"] > 1 for hour in manifest["hours"]) > 1)
    change(manifest)
    store.path(key).write_bytes(json.dumps(manifest).encode())
    return key.rsplit("/", 1)[1].removesuffix(".json")


def count_one_record_more(manifest):
    manifest["records"] += 1
    manifest["lines"] += 1


def count_one_record_as_notice(manifest):
    manifest["records"] -= 1
    manifest["notices"] += 1
    manifest["hours"][0]["records"] -= 1
    manifest["hours"][0]["notices"] += 1


def move_a_record_to_another_hour(manifest):
    first, second = [hour for hour in manifest["hours"] if hour["records"] > 1][:2]
    first["records"] -= 1
    second["records"] += 1


def say_another_digest(manifest):
    manifest["object"]["sha256"] = "0" * 64


def claim_another_zone(manifest):
    manifest["zone"] = "b"


LIES = [
    count_one_record_more, count_one_record_as_notice, move_a_record_to_another_hour,
    say_another_digest, claim_another_zone]


@pytest.mark.parametrize("change", LIES, ids=lambda change: change.__name__)
def test_a_false_manifest_is_named_and_the_rest_is_merged(small, tmp_path, change):
    store = small.unmerged.copy(tmp_path / "store")
    name = lie(store, change)
    merger = Merger(tmp_path, store)
    report = merger.json("run", code=12)
    assert any(name in problem for problem in report["problems"]), report["problems"]
    rest = Folding([one for one in small.unmerged.segments() if one.name != name])
    for hour in rest.hours:
        # Hours of which it says the truth may have it.
        may_be = {rest.canonical(hour), small.folding.canonical(hour)}
        assert store.zcat(canonical_key(hour)) in may_be
    assert store.hours == small.store.hours
    assert merger("cat") != small.folding.canonical()


def test_a_manifest_that_is_no_json_is_named_and_the_rest_is_merged(small, tmp_path):
    store = small.unmerged.copy(tmp_path / "store")
    key = store.keys("manifests/zone=b")[1]
    store.path(key).write_bytes(store.read(key)[:200])
    report = Merger(tmp_path, store).json("run", code=12)
    [problem] = report["problems"]
    assert key in problem
    name = key.rsplit("/", 1)[1].removesuffix(".json")
    rest = Folding([one for one in small.unmerged.segments() if one.name != name])
    assert Merger(tmp_path, store)("cat") == rest.canonical()


def test_a_manifest_that_becomes_true_again_completes_the_merge(small, tmp_path):
    store = small.unmerged.copy(tmp_path / "store")
    name = lie(store, count_one_record_as_notice)
    merger = Merger(tmp_path, store)
    merger("run", code=12)
    [key] = [key for key in store.keys("manifests") if name in key]
    store.path(key).write_bytes(small.unmerged.read(key))
    merger("run")
    assert outcome(store) == outcome(small.store)


# the cache


def test_rotten_copies_of_indexes_are_fetched_again(small, tmp_path):
    merger = Merger(tmp_path, small.store)
    commands = [("coverage", "--json"), ("query", "--json", *some_ids(small.folding, 5)),
                ("sql", "SELECT count(*), sum(zones) FROM tweet")]
    before = [merger(*command) for command in commands]
    copies = [path for path in (tmp_path / "cache").glob("*/index/**/*.sqlite.*")
              if not path.name.endswith(".sha256")]
    assert len(copies) == len(small.store.keys("index")) > 1
    for command, answer in zip(commands, before, strict=True):
        for union in (tmp_path / "cache").glob("*/unions/*"):
            union.unlink()
        for path in copies:
            path.write_bytes(b"\xa5" * 200 + path.read_bytes()[200:])
        assert merger(*command) == answer


# adopt


def foreign_file(path, lines):
    """As the seed wrote it: several members, cut anywhere, CRLF and empty lines."""
    text = b"".join(line + b"\r\n" + (b"\r\n" if number % 50 == 0 else b"")
                    for number, line in enumerate(lines))
    size = len(text) // 3
    pieces = [text[:size], text[size:2 * size], text[2 * size:]]
    path.write_bytes(b"".join(gzip.compress(piece) for piece in pieces))
    return path


@pytest.fixture(scope="module")
def legacy_lines():
    return emit(world="v1", posts=500, rate=0.1, start_time="2021-07-23T10:00:00Z", notices=0.05)


def test_an_adopted_file_is_merged_and_adopting_it_twice_is_once(legacy_lines, tmp_path):
    store = DirectoryStore(tmp_path / "store")
    merger = Merger(tmp_path, store)
    file = foreign_file(tmp_path / "tweets-2021-07-23T10:00:00Z.log.gz", legacy_lines)
    assert f"{len(legacy_lines)} lines".encode() in merger("adopt", "--zone", "seed", file)
    keys = store.keys()
    assert b"is there already" in merger("adopt", "--zone", "seed", file)
    assert store.keys() == keys
    merger("run")
    [segment] = store.segments("seed")
    assert segment.lines == legacy_lines
    folding = Folding([segment])
    assert merger("cat") == folding.canonical() != b""
    assert len(folding.by_hour) > 1
    before = store.state()
    assert b"is there already" in merger("adopt", "--zone", "seed", file)
    merger("run")
    assert store.state() == before


def test_an_adopted_file_fills_the_gaps_of_a_zone(legacy_lines, tmp_path):
    store = DirectoryStore(tmp_path / "store")
    merger = Merger(tmp_path, store)
    pipe(tmp_path, "a", store, [altered(line) for line in legacy_lines[::2]])
    merger("run")
    merger("adopt", "--zone", "seed", foreign_file(tmp_path / "old.gz", legacy_lines))
    merger("run")
    folding = Folding(store.segments())
    assert merger("cat") == folding.canonical()
    assert folding.tweets.keys() == Folding(store.segments("seed")).tweets.keys()


def test_settings_that_do_not_exist_are_refused_with_the_nearest_known(small):
    result = small.merger.start("run", MERGER_STROE="file:///tmp/x")
    assert result.returncode == 78
    assert b"MERGER_STORE" in result.stderr


def test_a_store_without_a_dataset_is_refused_by_commands_that_read(tmp_path):
    empty = DirectoryStore(tmp_path / "empty")
    result = Merger(tmp_path, empty).start("cat")
    assert result.returncode == 78
    assert b"holds no dataset" in result.stderr
