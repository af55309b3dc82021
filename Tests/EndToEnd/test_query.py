"""What `query`, `cat`, `index` and `sql` say, against Python's own reading of the raw segments.

The known world has gaps that were decided beforehand; the proof's has real listeners and faults.
"""

import csv
import datetime
import fcntl
import gzip
import io
import itertools
import json
import pathlib
import random
import resource
import sqlite3
import subprocess

import jsonschema
import pytest

from folding import EPOCH_MS, Folding, classify, digest_of, hour_of_id
from merger import Merger
from program import environment_of
from simulator import ROOT, binary
from store import DirectoryStore, canonical_key
from written import ZONES, KnownWorld, Line, id_at, is_implausible, post, sync_of, write_segment

SCHEMA = json.loads((ROOT / "docs/schema/query.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def read_documents(output):
    """Documents, one a line; of many not all are held against the schema, which takes long."""
    documents = [json.loads(line) for line in output.splitlines()]
    for document in documents[::max(1, len(documents) // 100)]:
        VALIDATOR.validate(document)
    return documents


class Known:
    """The known world, merged; then a segment came that is not. Nobody may change it."""

    def __init__(self, folder):
        self.store = DirectoryStore(folder / "store")
        self.merger = Merger(folder, self.store)
        self.merger("init")
        self.world = KnownWorld(self.store)
        self.merger("run", "--full", "--deletions", "now")
        self.folding = Folding(self.store.segments())
        for identity in [one for one in self.folding.tweets if is_implausible(one)]:
            del self.folding.tweets[identity]
        self.unmerged = id_at(self.world.minute(50), 123)
        self.late = write_segment(
            self.store, "a", self.world.minute(49) + 7, self.world.minute(52),
            [Line(self.world.minute(50), post(self.unmerged + step)) for step in (-1, 0, 1)],
            instance="f" * 16)

    def documents(self, *ids, code=0):
        return read_documents(self.merger("query", "--json", *ids, code=code))


@pytest.fixture(scope="session")
def known(tmp_path_factory):
    return Known(tmp_path_factory.mktemp("known"))


def seen(known):
    return sorted(known.folding.tweets)


def absent(known):
    return [one for one in known.world.made if one not in known.folding.tweets]


# what was seen


def test_every_tweet_of_the_known_world_is_told_as_it_was_written(known):
    ids = seen(known)
    random.Random(3).shuffle(ids)
    documents = ask(known, ids, "--copies")
    assert [document["id"] for document in documents] == [str(one) for one in ids]
    for identity, document in zip(ids, documents, strict=True):
        tweet = known.folding.tweets[identity]
        assert document["zones"] == sorted(tweet.zones)
        assert (document["segment"], document["line"]) == tweet.winner[:2]
        assert document["received"] == reception(known, *tweet.winner[:2])
        assert document["deleted"] == (identity in known.world.deleted)
        wanted = [
            (zone, key, number, reception(known, key, number), hexadecimal(line))
            for key, number, zone, line in tweet.copies]
        assert [tuple(copy[name] for name in ("zone", "segment", "line", "received", "digest"))
                for copy in document["copies"]] == wanted
        assert document["versions"] == len(tweet.digests)
        versions = document.get("divergence", [])
        assert {(one["digest"], *one["zones"]) for one in versions} == (
            {(hexadecimal(line), *sorted(zones)) for line, zones in by_version(tweet)}
            if len(tweet.digests) > 1 else set())


def ask(known, ids, *arguments):
    """Documents of many ids, handed over on standard input."""
    result = subprocess.run(
        [binary("merger"), "query", "--json", *arguments, "-"], env=known.merger.environment,
        input="\n".join(map(str, ids)).encode(), stdout=subprocess.PIPE, check=False)
    return read_documents(result.stdout)


def reception(known, key, number):
    moment = sync_of(known.world.place[key, number].received) / 1000
    text = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)
    return text.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def hexadecimal(line):
    return f"{digest_of(line) % 2**64:016x}"


def by_version(tweet):
    for digest in tweet.digests:
        copies = [copy for copy in tweet.copies if digest_of(copy[3]) == digest]
        yield copies[0][3], {copy[2] for copy in copies}


def test_copies_of_real_listeners_are_found_where_python_finds_them(proof):
    ids = random.Random(4).sample(sorted(proof.folding.tweets), 300)
    documents = [json.loads(line) for line in
                 proof.merger("query", "--json", "--copies", *ids).splitlines()]
    for identity, document in zip(ids, documents, strict=True):
        wanted = [copy[:3] for copy in proof.folding.tweets[identity].copies]
        assert [(one["segment"], one["line"], one["zone"]) for one in document["copies"]] == wanted


def test_records_come_in_the_order_asked_from_a_file_and_repeated_ones_too(known, tmp_path):
    left = [one for one in seen(known) if one not in known.world.deleted]
    ids = random.Random(5).sample(left, 500) + left[:3]
    file = tmp_path / "ids.txt"
    file.write_text(" ".join(map(str, ids)) + "\n")
    wanted = b"".join(known.folding.tweets[one].line + b"\n" for one in ids)
    assert known.merger("query", "--record", "--file", file) == wanted


def test_what_is_no_id_is_refused_before_anything_is_asked(known, tmp_path):
    file = tmp_path / "ids.txt"
    file.write_text("12\n0x13\n")
    result = known.merger.start("query", "--file", file)
    assert result.returncode == 78
    assert b'"0x13" is not a tweet id' in result.stderr


# what is absent


def expected_reason(known, identity):
    """By the outages that were decided; None where an edge is too near to say."""
    states = [known.world.state(zone, (identity >> 22) + EPOCH_MS) for zone in ZONES]
    if "covered" in states:
        return "undelivered"
    if None in states:
        return None
    return "unknown" if "unknown" in states else "unconnected"


def test_the_absence_of_every_tweet_is_explained_by_the_outages_that_were_decided(known):
    ids = absent(known)
    documents = ask(known, ids)
    reasons = {}
    for identity, document in zip(ids, documents, strict=True):
        wanted = expected_reason(known, identity)
        if wanted:
            assert document["absence"]["reason"] == wanted, document
            reasons[wanted] = reasons.get(wanted, 0) + 1
    assert reasons["unconnected"] > 100
    assert reasons["unknown"] > 100
    assert reasons["undelivered"] >= 2


def test_the_gaps_around_an_absent_tweet_have_bounds_and_causes(known):
    identity = next(one for one in absent(known) if expected_reason(known, one) == "unconnected")
    [document] = known.documents(identity, code=1)
    states = {state["zone"]: state["stretch"] for state in document["absence"]["states"]}
    assert set(states) == set(ZONES)
    for zone, first, last in known.world.OUTAGES[:3]:
        stretch = states[zone]
        assert stretch["state"] == "gap"
        assert stretch["cause"] == known.world.CAUSE
        # Widened by what is in doubt, a delivery lag of seven seconds and the clock.
        assert 0 <= known.world.minute(first) - milliseconds(stretch["from"]) <= 10_000
        assert 0 <= milliseconds(stretch["to"]) - known.world.minute(last) <= 10_000


def milliseconds(text):
    return round(datetime.datetime.fromisoformat(text).timestamp() * 1000)


def test_other_absences_have_their_own_reasons(known):
    world = known.world
    ids = {
        world.doubled: "quarantined", world.doubled + 1: "quarantined",
        world.ahead: "quarantined", world.ahead + 1: "implausible", 20: "implausible",
        known.unmerged: "unmerged", world.never_seen: "undelivered",
        id_at(world.start - 3 * 86_400_000): "outside", id_at(world.start - 60_000): "outside",
        id_at(world.end + 3_600_000): "outside",
    }
    documents = known.documents(*ids, code=1)
    found = {int(one["id"]): one["absence"]["reason"] for one in documents}
    assert found == ids
    by_id = {int(one["id"]): one["absence"] for one in documents}
    assert by_id[world.doubled]["quarantine"][0]["reason"] == "two different ids"
    assert by_id[world.ahead]["quarantine"][0]["reason"] == "implausible id"
    assert by_id[known.unmerged]["unmerged"] == [known.late]
    assert "deletedAt" in by_id[world.never_seen]


def test_an_absence_is_told_in_words(known):
    text = known.merger("query", known.unmerged, code=1).decode()
    assert text.startswith(f"{known.unmerged}: not seen: segments that may hold it are not merged")
    assert known.late in text


def test_a_record_that_is_not_there_is_said_on_standard_error_alone(known):
    deleted = known.world.deleted[0]
    result = known.merger.start("query", "--record", deleted, known.unmerged)
    assert (result.returncode, result.stdout) == (1, b"")
    assert f"{deleted}: is not in the canonical stream" in result.stderr.decode()
    assert f"{known.unmerged}: not seen" in result.stderr.decode()


# lists


def listed(known, *arguments):
    return [int(line) for line in known.merger("query", *arguments).splitlines()]


def test_lists_are_those_of_the_segments(known):
    tweets = known.folding.tweets
    hours = sorted({hour_of_id(one) for one in tweets})
    first = ("--since", hours[0], "--until", hours[0])
    here = [one for one in seen(known) if hour_of_id(one) == hours[0]]
    assert listed(known, *first) == here
    for zone in ZONES:
        assert listed(known, "--zone-only", zone) == [
            one for one in seen(known) if tweets[one].zones == {zone}]
        assert listed(known, "--missing-from", zone, *first) == [
            one for one in here if zone not in tweets[one].zones]
    assert listed(known, "--divergent") == [
        one for one in seen(known) if len(tweets[one].digests) > 1]
    assert listed(known, "--deleted") == sorted(known.world.deleted)
    assert listed(known, "--divergent", "--missing-from", "a") == [
        one for one in seen(known)
        if len(tweets[one].digests) > 1 and "a" not in tweets[one].zones]
    assert listed(known, "--zone-only", "nowhere") == []


def test_a_list_is_documents_with_json(known):
    for document in read_documents(known.merger("query", "--divergent", "--json")):
        tweet = known.folding.tweets[int(document["id"])]
        assert (document["zones"], document["versions"]) == (
            sorted(tweet.zones), len(tweet.digests))


def test_ids_or_a_list_are_asked_for_and_not_both(known):
    for arguments in ([], ["--divergent", seen(known)[0]], ["--since", "2026-11-20", "--record"]):
        assert known.merger.start("query", *arguments).returncode == 78


# cat


def between(known, first, last):
    ids = [one for one in seen(known) if first <= one <= last and one not in known.world.deleted]
    return b"".join(known.folding.tweets[one].line + b"\n" for one in ids)


def test_cat_cuts_exactly_at_ids_and_at_moments(known):
    ids = seen(known)
    for first, last in ((ids[3], ids[3]), (ids[100], ids[2500]), (ids[0] - 1, ids[-1])):
        assert known.merger("cat", "--from", first, "--to", last) == between(known, first, last)
    start, end = known.world.minute(59) + 2000, known.world.minute(61) + 2000
    texts = [datetime.datetime.fromtimestamp(one / 1000, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ") for one in (start, end)]
    assert known.merger("cat", "--from", texts[0], "--to", texts[1]) == between(
        known, id_at(start), id_at(end) - 1)
    known.merger("cat", "--from", ids[5], "--to", ids[4], code=78)


def test_the_view_of_a_zone_is_its_lines_of_those_hours_in_order(known):
    hours = known.store.hours
    for hour, zone in itertools.product(hours[:2], "abc"):
        wanted = [
            line for segment in known.store.segments(zone) for line in segment.lines
            if belongs(segment, line, hour)]
        output = known.merger("cat", "--zone", zone, "--since", hour, "--until", hour)
        assert output.split(b"\n")[:-1] == wanted


@pytest.fixture
def adopted(tmp_path):
    """A merger with one file that reaches over five days and is not merged, and its ids."""
    start = datetime.datetime(2021, 7, 1, 12, tzinfo=datetime.timezone.utc).timestamp() * 1000
    ids = [id_at(int(start) + minutes * 60_000) for minutes in range(0, 5 * 24 * 60, 17)]
    (tmp_path / "july.gz").write_bytes(
        gzip.compress(b"".join(post(one) + b"\n" for one in ids)))
    merger = Merger(tmp_path, DirectoryStore(tmp_path / "store"))
    merger("adopt", "--zone", "seed", tmp_path / "july.gz")
    return merger, ids


def test_the_view_of_a_zone_finds_days_in_the_middle_of_an_adopted_file(adopted):
    merger, ids = adopted
    for is_merged in (False, True):
        if is_merged:
            merger("run")
        for day in range(1, 8):
            wanted = b"".join(post(one) + b"\n" for one in ids
                              if hour_of_id(one)[:10] == f"2021-07-{day:02}")
            assert (wanted == b"") == (day == 7)
            span = ("--since", f"2021-07-{day:02}T00", "--until", f"2021-07-{day:02}T23")
            assert merger("cat", "--zone", "seed", *span) == wanted, (day, is_merged)
        assert merger("cat", "--zone", "seed", "--since", "2021-07-04").count(b"\n") == sum(
            hour_of_id(one)[:10] >= "2021-07-04" for one in ids)


def test_a_tweet_in_the_middle_of_an_adopted_file_is_said_to_be_unmerged(adopted):
    merger, ids = adopted
    [document] = read_documents(merger("query", "--json", ids[len(ids) // 2], code=1))
    assert document["absence"]["reason"] == "unmerged"
    assert "date=2021-07-01" in document["absence"]["unmerged"][0]
    merger("run")
    [document] = read_documents(merger("query", "--json", ids[len(ids) // 2]))
    assert document["zones"] == ["seed"]


def belongs(segment, line, hour):
    kind, *facts = classify(line)
    identity = {"record": facts[0], "notice": facts[-1], "unreadable": None}[kind]
    if identity is None or is_implausible(identity):
        return segment.manifest["received"]["first"][:13] == hour
    return hour_of_id(identity) == hour


def test_a_deletion_that_waits_for_its_sweep_is_left_out_at_once(known, tmp_path):
    store = known.store.copy(tmp_path / "store")
    merger = Merger(tmp_path, store)
    identity = next(one for one in seen(known) if one not in known.world.deleted)
    now = round(datetime.datetime.now().timestamp() * 1000)
    notice = b'{"delete":{"status":{"id":%d}}}' % identity
    write_segment(store, "b", now - 60_000, now, [Line(now - 1000, notice)], instance="e" * 16)
    line = known.folding.tweets[identity].line
    assert line not in merger("cat").split(b"\n")
    assert merger("query", "--record", identity, code=1) == b""
    [found] = read_documents(merger("query", "--json", identity))
    assert found["deleted"] and "deletedAt" not in found
    # It is only left out: nobody has merged.
    assert line in store.zcat(*store.canonical_keys).split(b"\n")


@pytest.mark.parametrize("kind, body", [
    ("scrub_geo", b'{"scrub_geo":{"user_id":14090452,"up_to_status_id":%d}}'),
    ("status_withheld",
     b'{"status_withheld":{"id":%d,"user_id":14090452,"withheld_in_countries":["DE"]}}')])
def test_a_notice_that_deletes_nothing_is_listed_and_changes_no_record(known, tmp_path, kind, body):
    store = known.store.copy(tmp_path / "store")
    merger = Merger(tmp_path, store)
    identity = next(one for one in seen(known) if one not in known.world.deleted)
    now = round(datetime.datetime.now().timestamp() * 1000)
    notice = body % identity
    write_segment(store, "b", now - 60_000, now, [Line(now - 1000, notice)], instance="e" * 16)
    merger("run", "--deletions", "now")
    [found] = read_documents(merger("query", "--json", identity))
    assert [one["kind"] for one in found["notices"]] == [kind]
    assert not found["deleted"]
    assert merger("query", "--record", identity) == known.folding.tweets[identity].line + b"\n"


# index and sql


def test_a_database_of_all_hours_says_what_the_segments_say(known, tmp_path):
    file = tmp_path / "all.sqlite"
    known.merger("index", "-o", file)
    database = sqlite3.connect(file)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    rows = database.execute("SELECT id, zones, segment, line FROM tweet_readable")
    assert {row[0]: (set(row[1].split()), *row[2:]) for row in rows} == {
        identity: (tweet.zones, *tweet.winner[:2])
        for identity, tweet in known.folding.tweets.items()}
    assert known.merger.start("index", "-o", file).returncode == 78
    before = file.stat().st_ino
    known.merger("index", "--force", "-o", file)
    assert file.stat().st_ino != before
    assert [path.name for path in tmp_path.iterdir()] == ["all.sqlite"]


def test_sql_counts_what_python_counts_over_all_hours(known):
    rows = json.loads("[" + ",".join(known.merger(
        "sql", "--json", "SELECT zones, tweets FROM zone_set").decode().split("\n")[:-1]) + "]")
    counts = {}
    for tweet in known.folding.tweets.values():
        name = " ".join(sorted(tweet.zones))
        counts[name] = counts.get(name, 0) + 1
    assert {row["zones"]: row["tweets"] for row in rows} == counts


def test_sql_speaks_json_csv_and_tables(known):
    sql = """SELECT 1 AS one, 'a,"b"' AS text, NULL AS missing, x'00ff' AS bytes, 1.5 AS real,
        1541815603606036480 AS id, 2 AS one, '' AS empty, 9e999 AS much, char(27)||'[2J' AS screen"""
    assert json.loads(known.merger("sql", "--json", sql)) == {
        "one": 1, "text": 'a,"b"', "missing": None, "bytes": "00ff", "real": 1.5,
        "id": "1541815603606036480", "one_2": 2, "empty": "", "much": "inf", "screen": "\x1b[2J"}
    names, row = csv.reader(io.StringIO(known.merger("sql", "--csv", sql).decode(), newline=""))
    assert names[:7] == ["one", "text", "missing", "bytes", "real", "id", "one_2"]
    assert row[:8] == ["1", 'a,"b"', "", "00ff", "1.5", "1541815603606036480", "2", ""]
    head, values = known.merger("sql", sql).decode().splitlines()
    assert head.split()[:2] == ["one", "text"]
    assert "\x1b" not in values and "\\u{1b}[2J" in values


@pytest.mark.parametrize("count", [0, 3, 999, 1000, 1001, 2500])
def test_a_table_has_each_row_once_however_many_were_measured(known, count):
    sql = f"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n LIMIT {count}"
    assert known.merger("sql", sql).split() == [b"x", *(b"%d" % x for x in range(1, count + 1))]


def test_sql_of_one_hour_reads_its_index_and_of_two_keeps_a_database(known):
    hours = known.store.hours
    one = known.merger("sql", "--csv", "SELECT count(*) FROM tweet", "--since", hours[0], "--until",
                       hours[0]).split()[1]
    assert int(one) == len(known.folding.by_hour[hours[0]])
    cache = known.merger.environment["MERGER_CACHE"]
    known.merger("sql", "SELECT 1")
    [first] = list_unions(cache)
    known.merger("sql", "SELECT 1")
    assert list_unions(cache) == [first]


def test_sql_removes_databases_that_a_killed_process_left_and_no_others(known):
    known.merger("sql", "SELECT 1")
    [whole] = pathlib.Path(known.merger.environment["MERGER_CACHE"]).glob("*/unions/*")
    whole.unlink()
    left, written = (whole.with_name(f"{whole.name}.{number}") for number in "12")
    left.touch()
    with open(written, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        known.merger("sql", "SELECT 1")
        assert (left.exists(), written.exists(), whole.exists()) == (False, True, True)
    written.unlink()


def list_unions(cache):
    return sorted((path.name, path.stat().st_ino)
                  for path in pathlib.Path(cache).glob("*/unions/*"))


def test_a_closed_pipe_is_success_for_lists_and_sql(known):
    for arguments in (
            ("query", "--since", known.store.hours[0]),
            ("sql", "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
                    "SELECT x FROM n LIMIT 3000000", "--csv")):
        process = known.merger.begin(*arguments)
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) == 0


HOSTILE = {
    # A statement, and what is said of it.
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n":
        "ran longer than",
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n ORDER BY -x":
        "needs more than 64 MiB",
    # One call of one function, which SQLite cannot interrupt.
    "SELECT instr(hex(zeroblob(4000000)), hex(zeroblob(2000000)) || '1')":
        "one function ran longer",
    "ATTACH '{folder}/attached.sqlite' AS a": "not authorized",
    "VACUUM INTO '{folder}/copy.sqlite'": "is not one statement that only reads",
    "DELETE FROM tweet": "not authorized",
    "SELECT load_extension('{folder}/x.so')": "not authorized",
}


@pytest.mark.parametrize("sql", HOSTILE)
def test_hostile_sql_neither_writes_nor_goes_on_nor_fills_memory_or_disk(known, tmp_path, sql):
    folder = tmp_path / "temporary"
    folder.mkdir()
    before = known.store.state()
    process = subprocess.run(
        [binary("merger"), "sql", "--timeout", "1s" if "longer" in HOSTILE[sql] else "60s",
         "--memory", "64MiB", sql.format(folder=folder)],
        env=known.merger.environment | {"SQLITE_TMPDIR": str(folder), "TMPDIR": str(folder)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False,
        preexec_fn=limit_memory)
    assert process.returncode == 1, process.stderr
    assert HOSTILE[sql] in process.stderr.decode()
    assert list(folder.iterdir()) == []
    assert known.store.state() == before


def limit_memory():
    """Whatever goes beyond what was promised fails, instead of filling this machine."""
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
