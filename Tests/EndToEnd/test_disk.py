"""Full, read-only and failing disks, each of them a real one, and clocks that are set: what a
listener loses, and how it goes on."""

import errno
import gzip
import json
import re
import signal
import subprocess
import threading

import pytest

from faultydisk import KILL, FaultyDisk
from listener import Listener
from piped import emit, pipe
from simulator import wait_for
from smalldisk import SmallDisk
from steppedclock import SteppedClock
from store import DirectoryStore

FULL = "the stream waits"
ROOM = "there is room again"


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "mounted" / "store")


@pytest.fixture
def outage(tmp_path):
    """The store is down until this is called: a file where its folder should be."""
    obstacle = tmp_path / "mounted"
    obstacle.write_text("not yet")
    return obstacle.unlink


@pytest.fixture
def disk(tmp_path):
    disk = SmallDisk(tmp_path / "disk", "30m")
    yield disk
    disk.close()


@pytest.fixture
def faulty(tmp_path):
    return FaultyDisk(tmp_path)


@pytest.fixture
def listen(tmp_path, store):
    running = []

    def start(simulator=None, disk=None, **settings):
        ours = {"SPOOL": disk.path / "spool"} if disk else {}
        ours |= {"prefix": disk.prefix} if disk else {}
        make = Listener if simulator is None else (
            lambda folder, zone, to, **rest: Listener.of_simulator(
                folder, zone, to, simulator, **rest))
        listener = make(tmp_path, "a", store, **(ours | settings))
        if disk:
            listener.spool = disk.files / "spool"
        running.append(listener)
        return listener

    yield start
    for listener in running:
        listener.end_for_sure()


def lines_of(store):
    return [line for segment in store.segments("a") for line in segment.lines]


def used(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def assert_sealed_whole(spool):
    """Every manifest in the spool speaks of data that are whole, by gzip and by count."""
    manifests = list(spool.glob("*.json"))
    for path in manifests:
        if path.name == "dataset.json":
            continue
        manifest = json.loads(path.read_bytes())
        if "object" in manifest:
            data = gzip.decompress(path.with_suffix(".ndjson.gz").read_bytes())
            assert data.count(b"\n") == manifest["lines"]
    return len(manifests)


def feed(listener, lines, ends=False):
    """Pipes lines in from a thread, since a listener that has no room does not read."""

    def write():
        try:
            listener.process.stdin.write(b"".join(line + b"\n" for line in lines))
            listener.process.stdin.flush()
            if ends:
                listener.process.stdin.close()
        except BrokenPipeError:
            pass

    threading.Thread(target=write, daemon=True).start()


# A full disk


@pytest.mark.parametrize("limit", ["cap", "floor"])
def test_a_full_spool_pauses_the_stream_and_nothing_is_lost_when_the_store_is_back(
        serve, listen, disk, store, outage, limit):
    room = {"cap": {"SPOOL_BYTES": "3MiB", "FREE_BYTES": "0B"},
            "floor": {"FREE_BYTES": "24MiB"}}[limit]
    simulator = serve(
        "--posts", 30_000, "--rate", 30_000, "--wait-for", 1, "--jitter", 0, "--keep-alive", 0.5)
    listener = listen(simulator, disk, SYNC_INTERVAL="50ms", STALL_TIMEOUT="2s", **room)
    listener.wait_for_log(FULL)
    setting = {"cap": "LISTENER_SPOOL_BYTES", "floor": "LISTENER_FREE_BYTES"}[limit]
    assert re.search(f"error.*spool .*{setting}.*{FULL}: free some space", listener.log)
    # The passes are 1, 2 and 4 s apart: it waits longer than segments grow old and connections
    # stall, and makes nothing.
    wait_for(lambda: not listener.spooled("*.journal"), "the open segment to be sealed")
    held = used(listener.spool)
    names = sorted(path.name for path in listener.spooled())
    wait_for(lambda: listener.log.count("not shipped yet") >= 4, "a few passes of the shipper")
    assert sorted(path.name for path in listener.spooled()) == names
    assert used(listener.spool) == held < 9 << 20
    assert not [name for name in names if name.endswith((".open", ".journal"))]
    assert assert_sealed_whole(listener.spool) >= 1
    assert listener.log.count(FULL) == 1
    outage()
    wait_for(lambda: store.lines_shipped("a") == 30_000, "all lines in the store", 120)
    assert ROOM in listener.log
    assert listener.log.count("stream: connected") == 1 and "stalled" not in listener.log
    assert listener.stop() == 0
    assert lines_of(store) == simulator.truth == simulator.handed_to("a")
    sequences = [manifest["sequence"] for manifest in store.manifests("a")]
    assert sequences == list(range(len(sequences)))
    pieces = [piece for manifest in store.manifests("a") for piece in manifest["connections"]]
    assert len({piece["id"] for piece in pieces}) == 1
    assert all(one["to"] <= two["from"] for one, two in zip(pieces, pieces[1:]))


def test_signals_are_obeyed_while_there_is_no_room(listen, disk, outage, store):
    lines = emit(posts=3000)
    listener = listen(
        disk=disk, SOURCE="stdin", stdin=subprocess.PIPE, SPOOL_BYTES="100KiB",
        FREE_BYTES="0B", SYNC_INTERVAL="50ms", SHUTDOWN_DEADLINE="1s")
    feed(listener, lines[:2000])
    listener.wait_for_log(FULL)
    wait_for(lambda: not listener.spooled("*.journal"), "the open segment to be sealed")
    names = sorted(path.name for path in listener.spooled())
    for _ in range(20):
        listener.rotate()
    listener.wait_for_log("SIGHUP: rotating")
    assert sorted(path.name for path in listener.spooled()) == names
    listener.send(signal.SIGTERM)
    assert listener.wait() == 0
    assert_sealed_whole(listener.spool)
    outage()
    again = listen(disk=disk, SOURCE="stdin", FREE_BYTES="0B")
    assert again.wait() == 0
    shipped = lines_of(store)
    assert shipped == lines[:len(shipped)] and shipped


def test_a_start_without_room_ships_first_and_then_captures(listen, disk, outage, store):
    lines = emit(posts=3000)
    first = listen(
        disk=disk, SOURCE="stdin", stdin=subprocess.PIPE, FREE_BYTES="0B",
        SYNC_INTERVAL="50ms", SHUTDOWN_DEADLINE="1s")
    feed(first, lines[:2000], ends=True)
    assert first.wait() == 0
    second = listen(
        disk=disk, SOURCE="stdin", stdin=subprocess.PIPE, SPOOL_BYTES="100KiB",
        FREE_BYTES="0B", SYNC_INTERVAL="50ms")
    feed(second, lines[2000:], ends=True)
    second.wait_for_log(FULL)
    assert second.is_running and store.keys() == []
    outage()
    assert second.wait() == 0
    assert lines_of(store) == lines


def test_a_start_that_cannot_even_recover_waits_for_room(listen, disk, store):
    lines = emit(posts=2000)
    first = listen(
        disk=disk, SOURCE="stdin", stdin=subprocess.PIPE, FREE_BYTES="0B", SYNC_INTERVAL="50ms")
    feed(first, lines)
    wait_for(lambda: first.lines_synced == 2000, "all lines on the disk")
    first.kill()
    disk.fill()
    second = listen(disk=disk, SOURCE="stdin", stdin=subprocess.PIPE, FREE_BYTES="0B")
    second.wait_for_log("nothing is captured before there is room")
    disk.unfill()
    second.process.stdin.close()
    assert second.wait() == 0
    assert lines_of(store) == lines


def test_a_disk_that_is_full_in_spite_of_the_floor_ends_it_with_one_error(listen, disk, store):
    lines = emit(posts=4000)
    listener = listen(
        disk=disk, SOURCE="stdin", stdin=subprocess.PIPE, FREE_BYTES="0B", SYNC_INTERVAL="50ms")
    feed(listener, lines[:2000])
    wait_for(lambda: listener.lines_synced == 2000, "the first lines on the disk")
    disk.fill()
    feed(listener, lines[2000:])
    assert listener.wait() == 1
    [last] = [line for line in listener.log.splitlines() if "critical" in line]
    assert "No space left on device: free some space, or move it to a larger disk" in last
    assert str(disk.path) in last
    disk.unfill()
    assert listen(disk=disk, SOURCE="stdin", FREE_BYTES="0B").wait() == 0
    shipped = lines_of(store)
    assert shipped == lines[:len(shipped)] and len(shipped) >= 2000


def test_an_output_file_waits_for_room_and_is_whole(listen, disk, tmp_path):
    lines = emit(posts=3000)
    file = disk.path / "posts.gz"
    listener = listen(
        SOURCE="stdin", stdin=subprocess.PIPE, OUTPUT_FILE=file, STORE=None, prefix=disk.prefix,
        FREE_BYTES="16MiB", SYNC_INTERVAL="50ms")
    seen = disk.files / "posts.gz"
    feed(listener, lines[:1000])
    wait_for(lambda: seen.exists() and seen.stat().st_size > 0, "lines in the file")
    (disk.files / "filler").write_bytes(bytes(20 << 20))
    listener.wait_for_log(FULL)
    held = gzip.decompress(seen.read_bytes())
    feed(listener, lines[1000:], ends=True)
    # logrotate's way to make room works meanwhile.
    seen.rename(disk.files / "posts.1.gz")
    listener.rotate()
    wait_for(seen.exists, "the new file")
    assert gzip.decompress((disk.files / "posts.1.gz").read_bytes()) == held
    disk.unfill()
    listener.wait_for_log(ROOM)
    assert listener.wait() == 0
    content = held + gzip.decompress(seen.read_bytes())
    assert content.split(b"\n")[:-1] == lines


# A read-only and a failing disk


def test_a_read_only_disk_is_explained_at_the_start(listen, disk, store):
    lines = emit(posts=100)
    first = listen(
        disk=disk, SOURCE="stdin", stdin=subprocess.PIPE, FREE_BYTES="0B", SYNC_INTERVAL="50ms")
    feed(first, lines)
    wait_for(lambda: first.lines_synced == 100, "the lines on the disk")
    first.kill()
    disk.remount("ro")
    second = listen(disk=disk, SOURCE="stdin", FREE_BYTES="0B")
    assert second.wait() == 1
    [last] = [line for line in second.log.splitlines() if "critical" in line]
    assert "Read-only file system" in last and "mount it writable" in last
    disk.remount("rw")
    assert listen(disk=disk, SOURCE="stdin", FREE_BYTES="0B").wait() == 0
    assert lines_of(store) == lines


@pytest.mark.parametrize("number, advice", [
    (errno.EROFS, "mount it writable"), (errno.EIO, "the disk may be failing"),
    (errno.ENOSPC, "free some space")])
@pytest.mark.parametrize("only", ["write", "fdatasync"])
def test_a_disk_that_fails_under_a_running_listener_ends_it_with_one_error(
        tmp_path, listen, faulty, store, number, advice, only):
    lines = emit(posts=300)
    spool = tmp_path / "spool-a"
    listener = listen(
        SOURCE="stdin", stdin=subprocess.PIPE, SYNC_INTERVAL="50ms",
        environment=faulty.environment(spool, 12, number, only=only, goes_on=True))
    for first in range(0, 300, 10):
        feed(listener, lines[first:first + 10])
        wait_for(
            lambda: not listener.is_running or listener.lines_synced >= first + 10, "a sync")
    assert listener.wait() == 1
    assert faulty.fired[0] == f"12 {only}"
    [last] = [line for line in listener.log.splitlines() if "critical" in line]
    assert advice in last and str(spool) in last
    synced = listener.lines_synced
    assert synced > 0
    assert listen(SOURCE="stdin").wait() == 0
    shipped = lines_of(store)
    assert shipped == lines[:len(shipped)] and len(shipped) >= synced


def on_disk(listener, store):
    """Lines that a sync point, a sealed segment or the store holds by now."""
    try:
        return count_on_disk(listener, store)
    except FileNotFoundError:
        # Shipped between two looks.
        return 0


def count_on_disk(listener, store):
    manifests = [json.loads(path.read_bytes()) for path in listener.spooled("*Z-*.json")]
    sealed = {manifest["sequence"]: manifest["lines"]
              for manifest in manifests + store.manifests("a")}
    open_ones = [int(path.name.split("-")[2].split(".")[0])
                 for path in listener.spooled("*.journal")]
    rest = listener.lines_synced if set(open_ones) - set(sealed) else 0
    return sum(sealed.values()) + rest


@pytest.mark.parametrize("number", [errno.EIO, KILL])
def test_whichever_call_to_the_disk_fails_what_was_synced_is_there_exactly_once(
        tmp_path, faulty, number):
    lines = emit(posts=60)
    fired = []
    for at in range(1, 200):
        folder = tmp_path / f"run-{at}"
        folder.mkdir()
        store = DirectoryStore(folder / "store")
        listener = Listener(
            folder, "a", store, stdin=subprocess.PIPE, SOURCE="stdin", SYNC_INTERVAL="20ms",
            environment=faulty.environment(folder / "spool-a", at, number))
        try:
            for half in (0, 30):
                feed(listener, lines[half:half + 30], ends=half > 0)
                wait_for(lambda: not listener.is_running
                         or on_disk(listener, store) >= half + 30, "a sync")
                if listener.is_running:
                    listener.rotate()
            code = listener.wait()
        finally:
            listener.end_for_sure()
        if number == KILL and faulty.fired:
            assert code == -signal.SIGKILL
        if not faulty.fired:
            assert code == 0 and lines_of(store) == lines
            break
        fired += faulty.fired
        synced = on_disk(listener, store)
        pipe(folder, "a", store, [])
        shipped = lines_of(store)
        context = (faulty.fired, code, listener.log)
        assert shipped == lines[:len(shipped)], context
        assert len(shipped) >= synced, context
        if code == 0:
            assert shipped == lines, context
    else:
        pytest.fail("the calls never end")
    assert {fault.split()[1] for fault in fired} == {"write", "fdatasync", "fsync", "rename"}
    assert len(fired) > 15


# The clock


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_a_clock_that_is_set_across_a_rotation_costs_no_line(
        tmp_path, listen, store, outage, seconds):
    outage()
    clock = SteppedClock(tmp_path)
    lines = emit(posts=300)
    listener = listen(
        SOURCE="stdin", stdin=subprocess.PIPE, SYNC_INTERVAL="20ms", SEGMENT_AGE="1000h",
        environment=clock.environment)
    for part in range(3):
        feed(listener, lines[100 * part:100 * (part + 1)], ends=part == 2)
        wait_for(
            lambda: not listener.is_running or on_disk(listener, store) >= 100 * (part + 1),
            "the lines on the disk")
        if part == 0:
            clock.step(seconds)
        listener.rotate() if listener.is_running else None
        if part < 2:
            wait_for(lambda: store.lines_shipped("a") == 100 * (part + 1), "the segment")
    assert listener.wait() == 0
    assert clock.readings > 0
    manifests = sorted(store.manifests("a"), key=lambda manifest: manifest["sequence"])
    assert [manifest["sequence"] for manifest in manifests] == list(range(len(manifests)))
    assert len({segment.name for segment in store.segments("a")}) == len(manifests)
    by_sequence = sorted(store.segments("a"), key=lambda one: one.manifest["sequence"])
    assert [line for segment in by_sequence for line in segment.lines] == lines
    for manifest in manifests:
        assert manifest["received"]["first"] <= manifest["received"]["last"]
        times = [milliseconds for milliseconds, _ in manifest["arrivals"]]
        assert times == sorted(times) and all(time >= 0 for time in times)
        for piece in manifest["connections"]:
            assert manifest["received"]["first"] <= piece["from"] <= piece["to"]
            assert piece["to"] <= manifest["received"]["last"]
    first, second = manifests[0]["received"], manifests[1]["received"]
    assert (second["first"] < first["last"]) == (seconds < 0)
