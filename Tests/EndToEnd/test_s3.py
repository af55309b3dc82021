"""The proof in small, with the store on real S3 servers: run by Tests/Tools/with-s3-stores.

`-m "not s3"` leaves these tests out.
"""

import gzip
import json
import os
import signal
import subprocess
import urllib.parse
import uuid

import pytest
import requests

import damaged
from capture import capture_fairly
from folding import Folding
from forwarder import Forwarder
from listener import Listener
from merger import Merger
from piped import emit, pipe
from simulator import ROOT, wait_for
from store import S3Store, canonical_key

pytestmark = pytest.mark.s3

SERVERS = ("moto", "swift")


def server(name):
    stores = os.environ.get("TRIBUTARY_TEST_STORES")
    assert stores, (
        "TRIBUTARY_TEST_STORES is not set: run pytest by Tests/Tools/with-s3-stores, "
        'or leave these tests out with -m "not s3"')
    return next(entry for entry in json.loads(stores) if entry["name"] == name)


def new_store(name):
    return S3Store(server(name), f"e2e-{uuid.uuid4().hex[:8]}")


class World:
    """Three zones with gaps, one killed; merged on the server, and copied for examination."""

    def __init__(self, folder, name):
        self.capture = capture_fairly(folder, lambda _: new_store(name), posts=3000, rate=800)
        self.store = self.capture.store
        self.merger = Merger(folder, self.store)
        self.report = self.merger.json("run")
        self.copy = self.store.copy(folder / "copy")
        self.folding = Folding(self.copy.segments())


@pytest.fixture(scope="module", params=SERVERS)
def world(request, tmp_path_factory):
    return World(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(params=SERVERS)
def store(request):
    return new_store(request.param)


def id_of(post):
    return int(json.loads(post)["data"]["id"])


def test_the_canonical_stream_is_the_truth_byte_for_byte(world):
    posts = sorted(world.capture.truth, key=id_of)
    assert len(posts) == 3000
    canonical = world.copy.zcat(*world.copy.canonical_keys)
    assert canonical == b"".join(post + b"\n" for post in posts)


def test_each_zone_alone_lacks_tweets(world):
    seen = list(world.folding.zones_of_ids().values())
    for zone in "abc":
        assert sum(zone in zones for zones in seen) < 3000
        assert world.capture.status["zones"][zone]["faultsFired"]["hangup"] >= 1


def test_the_index_and_the_sums_are_what_python_folds(world):
    assert world.copy.hours == world.folding.hours
    for hour in world.copy.hours:
        rows = world.copy.open_index(hour).rows(
            "SELECT key, lines, canonical, duplicates, notices, quarantined, deleted FROM ledger")
        wanted = world.folding.ledger(hour)
        assert {key: tuple(row) for key, *row in rows} == {key: wanted[key] for key, *_ in rows}
    assert world.report["total"]["lines"] == sum(map(world.copy.lines_shipped, "abc"))


def test_a_second_run_writes_nothing(world, tmp_path):
    before = world.store.state()
    assert world.merger.json("run")["hoursWritten"] == 0
    assert Merger(tmp_path, world.store).json("run", "--full")["hoursWritten"] == 0
    assert world.store.state() == before


def test_verify_finds_nothing_wrong(world):
    assert b" 0 problems" in world.merger("verify", "--segments")


def test_query_finds_records(world):
    ids = sorted(world.folding.tweets)[::300]
    wanted = b"".join(world.folding.tweets[identity].line + b"\n" for identity in ids)
    assert world.merger("query", "--record", *ids) == wanted


# Only moto's log tells of requests.
@pytest.mark.parametrize("world", ["moto"], indirect=True)
def test_query_of_a_record_is_one_ranged_get(world):
    log = ROOT / ".build" / "s3" / "moto" / "moto.log"
    identity = max(world.folding.tweets)
    key = canonical_key(next(
        hour for hour, ids in world.folding.by_hour.items() if identity in ids))
    before = log.stat().st_size
    world.merger("query", "--record", identity)
    requests = log.read_bytes()[before:].decode()
    assert requests
    lines = [urllib.parse.unquote(line) for line in requests.splitlines()]
    gets = [line for line in lines if key in line and "GET /" in line]
    assert len(gets) == 1, lines
    assert " 206 " in gets[0]


@pytest.mark.parametrize("point", ["index-put", "canonical-put"])
def test_a_merge_that_was_killed_is_completed_by_the_next(store, tmp_path, point):
    lines = emit(posts=300, notices=0.1)
    for zone, received in (("a", lines[:200]), ("b", lines[100:])):
        pipe(tmp_path, zone, store, received)
    merger = Merger(tmp_path, store)
    assert merger.start("run", TRIBUTARY_CRASH_AT=point).returncode == -signal.SIGKILL
    pipe(tmp_path, "c", store, lines)
    merger("run")
    assert merger("cat") == Folding(store.segments()).canonical()
    assert len(Folding(store.segments()).tweets) == 300


@pytest.mark.parametrize("point", ["hour-marked", "segment-deleted"])
def test_an_expiry_that_was_killed_is_ended_by_the_next(store, tmp_path, point):
    lines = emit(posts=200, notices=0.1)
    for zone, received in (("a", lines[:150]), ("b", lines[50:])):
        pipe(tmp_path, zone, store, received)
    folding = Folding(store.segments())
    merger = Merger(tmp_path, store, MERGER_DELETIONS="now")
    merger("run")
    expire = ("expire", "--older-than", "0s")
    assert merger.start(*expire, TRIBUTARY_CRASH_AT=point).returncode == -signal.SIGKILL
    assert len(store.keys("segments")) == {"hour-marked": 2, "segment-deleted": 1}[point]
    assert merger.json("run", "--full")["problems"] == []
    merger(*expire)
    assert store.keys("segments") == []
    assert b" 0 problems" in merger("verify")
    assert merger("cat") == folding.canonical()


def test_a_store_that_is_down_at_the_start_gets_all_when_it_is_up(store, tmp_path):
    endpoint = urllib.parse.urlsplit(store.environment["AWS_ENDPOINT_URL_S3"])
    forwarder = Forwarder(endpoint.port)
    store.environment["AWS_ENDPOINT_URL_S3"] = f"http://127.0.0.1:{forwarder.port}"
    lines = emit(posts=200)
    listener = Listener(
        tmp_path, "a", store, stdin=subprocess.PIPE, SOURCE="stdin", SYNC_INTERVAL="100ms")
    try:
        listener.process.stdin.write(b"".join(line + b"\n" for line in lines))
        listener.process.stdin.flush()
        wait_for(lambda: listener.lines_synced == 200, "all lines on the disk")
        listener.rotate()
        listener.wait_for_log("not shipped yet")
        assert store.keys() == []
        forwarder.open()
        wait_for(lambda: store.lines_shipped("a") == 200, "the lines in the store", 60)
        assert listener.stop() == 0
    finally:
        listener.end_for_sure()
        forwarder.close()
    assert [line for segment in store.segments("a") for line in segment.lines] == lines


def test_wrong_keys_are_explained_and_not_printed(tmp_path):
    store = new_store("swift")
    store.environment["AWS_SECRET_ACCESS_KEY"] = "not-the-secret-at-all"
    result = Merger(tmp_path, store).start("run")
    assert result.returncode not in (0, None)
    assert b"AWS_" in result.stderr
    assert b"not-the-secret-at-all" not in result.stderr + result.stdout


FAULTS = [
    {"kind": "lose-reply"}, {"kind": "cut-request"},
    {"kind": "refuse", "status": 503, "code": "SlowDown", "times": 8},
    {"kind": "refuse", "status": 403, "code": "AccessDenied", "times": 2}]


def pipe_through(fault, store, folder, tmp_path, lines):
    """Pipes lines through a proxy that breaks puts into a folder; all of the faults fired."""
    proxy = server(store.name)["faultProxy"]
    path = f"{store.url.removeprefix('s3://')}/{folder}/"
    order = {"times": 1} | fault | {"path": path, "method": "PUT"}
    answer = requests.post(f"{proxy['control']}/faults", json=order, timeout=10).json()
    store.environment["AWS_ENDPOINT_URL_S3"] = proxy["endpoint"]
    pipe(tmp_path, "a", store, lines, SHUTDOWN_DEADLINE="50s")
    fired = requests.get(f"{proxy['control']}/faults/{answer['id']}", timeout=10).json()["fired"]
    assert fired == order["times"]


def spooled(tmp_path):
    return {path.name for path in (tmp_path / "spool-a").iterdir()}


@pytest.mark.parametrize("folder", ["segments", "manifests"])
@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}")
def test_what_is_broken_on_its_way_is_in_the_store_once_and_off_the_disk(
        store, tmp_path, folder, fault):
    lines = emit(posts=200)
    pipe_through(fault, store, folder, tmp_path, lines)
    [segment] = store.segments("a")
    assert segment.lines == lines
    assert [key.split("/")[0] for key in store.keys()] == [
        "_tributary.json", "manifests", "segments"]
    assert spooled(tmp_path) <= {"attempts", "dataset.json", "heard", "lock"}


def test_bytes_that_changed_on_their_way_are_never_taken_for_ours(store, tmp_path):
    lines = emit(posts=200)
    pipe_through({"kind": "flip-request"}, store, "segments", tmp_path, lines)
    if "verifiesPayloadDigest" in server(store.name)["capabilities"]:
        # The server refused them, and the second attempt was whole.
        assert [segment.lines for segment in store.segments("a")] == [lines]
        assert spooled(tmp_path) <= {"attempts", "dataset.json", "heard", "lock"}
        return
    # It took them, and its key is written once: the segment is in no set, and kept here whole.
    assert store.manifests("a") == []
    assert "can never be shipped" in (tmp_path / "listener-a.log").read_text()
    [data] = (tmp_path / "spool-a" / "quarantine").glob("*.ndjson.gz")
    assert gzip.decompress(data.read_bytes()).split(b"\n")[:-1] == lines


def test_an_object_of_another_place_is_adopted_once(store, tmp_path):
    lines = emit(world="v1", posts=200, rate=0.1, start_time="2021-07-23T10:00:00Z")
    old = new_store(store.name)
    old.write("logs/tweets-2021-07-23T10:00:00Z.log.gz", gzip.compress(b"\n".join(lines) + b"\n"))
    source = f"{old.url}/logs/tweets-2021-07-23T10:00:00Z.log.gz"
    merger = Merger(tmp_path, store)
    assert b"200 lines" in merger("adopt", "--zone", "seed", source)
    assert b"is there already" in merger("adopt", "--zone", "seed", source)
    merger("run", "--full")
    assert sorted(merger("cat").splitlines()) == sorted(lines)
    result = merger.start("adopt", "--zone", "seed", f"{old.url}/logs/none.gz")
    assert result.returncode not in (0, 4) and b"none.gz" in result.stderr


def test_data_that_lost_their_manifest_and_data_that_are_torn_are_repaired(store, tmp_path):
    lines = emit(world="v1", posts=200, rate=0.1, start_time="2021-07-23T10:00:00Z")
    halves = lines[:100], lines[100:]
    merger = Merger(tmp_path, store)
    for number, half in enumerate(halves):
        (tmp_path / f"{number}.gz").write_bytes(damaged.member(half))
        merger("adopt", "--zone", "seed", tmp_path / f"{number}.gz")
    first, second = store.keys("manifests")
    store.remove(first)
    key = json.loads(store.read(second))["object"]["key"]
    store.write(key, store.read(key)[:-9])
    assert len(merger.json("run", "--full", code=12)["problems"]) == 2
    repaired = merger.json("repair")["repaired"]
    assert sorted(entry["reason"] for entry in repaired) == ["damaged data", "no manifest"]
    merger("run", "--full")
    assert merger("cat").count(b"\n") == len(lines)
    assert merger.json("repair")["repaired"] == []
