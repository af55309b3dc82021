"""One listener at a time: its sources, its signals, its spool, and what it does when refused."""

import gzip
import itertools
import json
import os
import signal
import subprocess

import pytest

from listener import Listener
from merger import Merger
from piped import emit, pipe
from simulator import wait_for
from store import DirectoryStore


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "store")


@pytest.fixture
def listen(tmp_path, store):
    """Starts listeners; those that a test leaves running are ended after it."""
    running = []

    def start(simulator=None, zone="a", to=store, **settings):
        if simulator:
            listener = Listener.of_simulator(tmp_path, zone, to, simulator, **settings)
        else:
            listener = Listener(tmp_path, zone, to, **settings)
        running.append(listener)
        return listener

    yield start
    for listener in running:
        listener.end_for_sure()


def lines_of(store, zone="a"):
    return [line for segment in store.segments(zone) for line in segment.lines]


def wait_for_lines(store, count, zone="a"):
    wait_for(lambda: store.lines_shipped(zone) >= count, f"{count} lines in the store", 60)


# Sources


def test_what_is_piped_in_is_in_the_store_when_the_pipe_ends(tmp_path, store):
    lines = emit(posts=500, notices=0.1, awkward=0.2)
    pipe(tmp_path, "a", store, lines)
    assert lines_of(store) == lines
    [manifest] = store.manifests("a")
    assert manifest["source"]["kind"] == "stdin"


def test_a_carriage_return_and_empty_lines_of_a_pipe_are_not_stored(tmp_path, store):
    lines = emit(posts=20)
    pipe(tmp_path, "a", store, lines, end=b"\r\n\r\n\n")
    assert lines_of(store) == lines
    assert store.manifests("a")[0]["lines"] == 20


def test_a_last_line_without_its_end_is_stored(tmp_path, store):
    pipe(tmp_path, "a", store, [b'{"id":1}\n{"id":2}'], end=b"")
    assert lines_of(store) == [b'{"id":1}', b'{"id":2}']


def test_what_is_no_json_is_stored_as_it_came_and_quarantined_by_the_merger(tmp_path, store):
    lines = [
        b'{"id":5}', b"no json", b"\xff\xfe\x00", b'{"id":-5}', b'{"id":1,"id_str":"2"}', b"[]"]
    pipe(tmp_path, "a", store, lines)
    assert lines_of(store) == lines
    report = Merger(tmp_path, store).json("run", "--strict", code=3)
    assert (report["total"]["quarantined"], report["total"]["canonical"]) == (5, 1)
    found = []
    for hour in store.hours:
        found += store.open_index(hour).rows("SELECT line, content FROM quarantine")
    assert found == [(number, line) for number, line in enumerate(lines, 1) if number > 1]


def test_a_line_without_end_is_cut_off_and_the_next_is_whole(tmp_path, store):
    lines = emit(posts=10)
    long = b'{"id":9,"text":"' + b"x" * (9 << 20) + b'"}'
    pipe(tmp_path, "a", store, [*lines[:5], long, *lines[5:]])
    assert lines_of(store) == lines
    [manifest] = store.manifests("a")
    assert manifest["overlong"] == {"lines": 1, "bytes": len(long)}
    [key] = store.keys("quarantine")
    assert store.read(key) == long[:8 << 20]


def test_any_url_of_ndjson_is_a_source(serve, listen, store):
    simulator = serve("--posts", 300, "--rate", 3000, "--wait-for", 1, "--notices", 0.1)
    listener = listen(simulator, SOURCE="ndjson")
    simulator.wait_until_finished()
    wait_for_lines(store, 300 + len(simulator.notices))
    assert listener.stop() == 0
    notices = set(simulator.notices)
    assert [line for line in lines_of(store) if line not in notices] == simulator.truth


def test_a_log_says_nothing_of_single_records(serve, listen, store):
    simulator = serve("--posts", 3000, "--rate", 30000, "--wait-for", 1)
    listener = listen(simulator)
    simulator.wait_until_finished()
    wait_for_lines(store, 3000)
    assert listener.stop() == 0
    assert len(listener.log.splitlines()) < 100


# Signals


def test_sighup_seals_and_ships_while_the_stream_goes_on(serve, listen, store):
    simulator = serve("--posts", 400, "--rate", 4000, "--hold", "--keep-alive", 0.2)
    listener = listen(simulator, SEGMENT_AGE="1h")
    listener.wait_for_log("connected")
    simulator.release()
    simulator.wait_until_finished()
    wait_for(lambda: listener.lines_synced == 400, "all lines on the disk")
    assert store.manifests() == []
    listener.rotate()
    wait_for_lines(store, 400)
    assert listener.is_running
    assert lines_of(store) == simulator.truth
    assert listener.stop() == 0
    first, *_, last = store.manifests("a")
    assert first["connections"][0]["id"] == last["connections"][0]["id"]
    assert "cause" not in first["connections"][0]
    sequences = [manifest["sequence"] for manifest in store.manifests("a")]
    assert sequences == list(range(len(sequences)))


def test_sigterm_seals_ships_and_leaves_an_empty_spool(serve, listen, store):
    simulator = serve("--posts", 400, "--rate", 4000, "--wait-for", 1)
    listener = listen(simulator, SEGMENT_AGE="1h")
    simulator.wait_until_finished()
    wait_for(lambda: listener.lines_synced == 400, "all lines on the disk")
    assert listener.stop() == 0
    assert lines_of(store) == simulator.truth
    left = {path.name for path in listener.spooled()}
    assert left <= {"attempts", "dataset.json", "heard", "lock"}


def test_after_sigkill_the_next_start_ships_what_was_synced(serve, listen, store):
    simulator = serve("--posts", 400, "--rate", 4000, "--wait-for", 1)
    listener = listen(simulator, SEGMENT_AGE="1h")
    simulator.wait_until_finished()
    wait_for(lambda: listener.lines_synced == 400, "all lines on the disk")
    listener.kill()
    assert store.manifests() == []
    again = listen(simulator, SEGMENT_AGE="1h")
    wait_for_lines(store, 400)
    assert again.stop() == 0
    assert lines_of(store) == simulator.truth
    [salvaged] = [one for one in store.manifests() if "salvage" in one]
    assert salvaged["salvage"]["records"] == 400


def test_many_sighups_at_once_lose_no_line_and_make_no_hole(serve, listen, store):
    simulator = serve("--posts", 2000, "--rate", 2000, "--wait-for", 1)
    listener = listen(simulator, SEGMENT_AGE="1h")

    def is_over():
        listener.rotate()
        return store.lines_shipped("a") >= 2000

    listener.wait_for_log("connected")
    wait_for(is_over, "all lines in the store", 60)
    assert listener.stop() == 0
    assert lines_of(store) == simulator.truth
    sequences = [manifest["sequence"] for manifest in store.manifests("a")]
    assert sequences == list(range(len(sequences)))
    assert len(sequences) > 3


# Refusals


def test_a_wrong_token_is_explained_and_never_printed(serve, listen):
    simulator = serve("--posts", 10)
    listener = listen(simulator, BEARER_TOKEN="wrong-token-of-mine")
    listener.wait_for_log("401")
    wait_for(lambda: "LISTENER_BEARER_TOKEN" in listener.log, "the advice")
    assert simulator.zone("a")["counts"]["opened"] == 0
    listener.stop()
    assert "wrong-token-of-mine" not in listener.log


def test_a_token_over_plain_http_to_another_host_is_refused(listen):
    listener = listen(
        STREAM_URL="http://stream.example/2/tweets/search/stream", BEARER_TOKEN="secret-token")
    assert listener.wait() == 78
    assert "secret-token" not in listener.log
    assert "https" in listener.log


def test_a_token_after_the_first_is_right_makes_the_stream_go_on(serve, listen, store):
    simulator = serve("--posts", 300, "--rate", 300, "--wait-for", 1)
    listener = listen(simulator)
    listener.wait_for_log("connected")
    simulator.fault(zone="a", kind="cut")
    wait_for(lambda: simulator.zone("a")["faultsFired"].get("cut"), "the cut")
    simulator.wait_until_finished()
    wait_for(lambda: listener.log.count("connected (") >= 2, "the second connection")
    assert listener.stop() == 0
    lost = 300 - len(lines_of(store))
    assert 0 < lost < 150
    assert "disconnected" in listener.log


@pytest.mark.parametrize("name", ["LISTENER_SPOL", "LISTENER_SEGMENT_BYTE"])
def test_an_unknown_setting_is_refused_with_the_nearest_known(listen, name):
    listener = listen(SOURCE="stdin", environment={name: "1"})
    assert listener.wait() == 78
    assert {"LISTENER_SPOL": "LISTENER_SPOOL"}.get(name, "LISTENER_SEGMENT_BYTES") in listener.log


def test_a_stream_that_was_heard_is_asked_for_again_although_it_was_refused(
        serve, listen, store):
    simulator = serve("--posts", 100000, "--rate", 300, "--wait-for", 1)
    listener = listen(simulator, SOURCE="ndjson")
    wait_for_lines(store, 1)
    simulator.fault(zone="a", kind="refuse", status="400", until="+90000")
    simulator.fault(zone="a", kind="cut")
    listener.wait_for_log("refused with HTTP 400")
    [refused] = [line for line in listener.log.splitlines() if "HTTP 400" in line]
    assert "error" in refused and "next attempt in" in refused
    listener.kill()
    again = listen(simulator, SOURCE="ndjson")
    wait_for(lambda: again.log.count("refused with HTTP 400") == 2, "the second refusal")
    assert again.is_running
    assert again.stop() == 0


def test_an_output_file_remembers_too_that_the_stream_was_heard(serve, listen, output_file):
    simulator = serve("--posts", 100000, "--rate", 300, "--wait-for", 1)
    ours = {"SOURCE": "ndjson", "OUTPUT_FILE": output_file, "STORE": None, "SYNC_INTERVAL": "100ms"}
    listener = listen(simulator, **ours)
    wait_for(lambda: output_file.exists() and readable_lines(output_file), "a line on the disk")
    listener.kill()
    simulator.fault(zone="a", kind="refuse", status="400", until="+90000")
    again = listen(simulator, **ours)
    again.wait_for_log("next attempt in")
    assert "refused with HTTP 400" in again.log
    assert again.stop() == 0
    assert simulator.zone("a")["counts"]["opened"] == 1


# The spool


def test_a_damaged_segment_keeps_nothing_else_back(tmp_path, listen, store):
    lines = emit(posts=20)
    away = DirectoryStore(tmp_path / "away")
    (tmp_path / "away").write_text("not yet")
    first = listen(SOURCE="stdin", stdin=subprocess.PIPE, to=away, SHUTDOWN_DEADLINE="0s")
    first.process.stdin.write(lines[0] + b"\n")
    first.process.stdin.close()
    assert first.wait() == 0
    [manifest] = first.spooled("*Z-*.json")
    manifest.write_text("{")
    manifest.with_suffix(".journal").write_text("x")
    pipe(tmp_path, "a", store, lines[1:])
    assert lines_of(store) == lines[1:]
    kept = {path.name for path in (first.spool / "quarantine").iterdir()}
    assert kept == {manifest.name, manifest.stem + ".journal", manifest.stem + ".ndjson.gz"}
    log = (tmp_path / "listener-a.log").read_text()
    assert f"segment {manifest.stem}: an earlier run left it open and it cannot be sealed" in log


def test_a_store_that_turns_out_to_be_another_stream_s_gets_nothing(tmp_path, listen):
    other = DirectoryStore(tmp_path / "other")
    pipe(tmp_path, "b", other, emit(posts=3), STREAM_NAME="other")
    keys = other.keys()
    obstacle = tmp_path / "mounted"
    obstacle.write_text("not yet")
    store = DirectoryStore(obstacle)
    listener = listen(SOURCE="stdin", stdin=subprocess.PIPE, to=store, SYNC_INTERVAL="50ms")
    listener.process.stdin.write(b"".join(line + b"\n" for line in emit(posts=10)))
    listener.process.stdin.flush()
    wait_for(lambda: listener.lines_synced == 10, "the lines on the disk")
    listener.rotate()
    listener.wait_for_log("not shipped yet")
    obstacle.unlink()
    (tmp_path / "other").rename(obstacle)
    assert listener.wait() == 78
    assert 'holds the stream "other", not "default"' in listener.log
    assert store.keys() == keys
    lines = [json.loads(path.read_bytes())["lines"] for path in listener.spooled("*Z-*.json")]
    assert sum(lines) == 10


def test_a_removed_lock_lets_nobody_in(listen):
    first = listen(SOURCE="stdin", stdin=subprocess.PIPE)
    first.wait_for_log("metrics and health")
    (first.spool / "lock").unlink()
    assert listen(SOURCE="stdin").wait() == 11
    first.process.stdin.close()
    assert first.wait() == 0


def test_a_second_listener_on_one_spool_ends_with_11(serve, listen, store):
    simulator = serve("--posts", 10)
    first = listen(simulator)
    first.wait_for_log("connected")
    second = listen(simulator)
    assert second.wait() == 11
    assert str(second.spool) in second.log
    assert first.is_running


def test_a_store_that_cannot_be_written_at_the_start_gets_all_when_it_can(
        serve, listen, tmp_path):
    # A file where the folder should be: permissions would not stop root.
    obstacle = tmp_path / "mounted"
    obstacle.write_text("not yet")
    store = DirectoryStore(obstacle / "store")
    simulator = serve("--posts", 400, "--rate", 4000, "--wait-for", 1)
    listener = listen(simulator, to=store, SEGMENT_AGE="1h")
    simulator.wait_until_finished()
    wait_for(lambda: listener.lines_synced == 400, "all lines on the disk")
    listener.rotate()
    listener.wait_for_log("not shipped yet")
    assert listener.is_running
    obstacle.unlink()
    wait_for_lines(store, 400)
    assert listener.stop() == 0
    assert lines_of(store) == simulator.truth


def test_what_a_store_that_is_down_did_not_take_is_shipped_at_the_next_start(tmp_path, listen):
    obstacle = tmp_path / "mounted"
    obstacle.write_text("not yet")
    store = DirectoryStore(obstacle / "store")
    lines = emit(posts=100)
    pipe(tmp_path, "a", store, lines, SHUTDOWN_DEADLINE="1s")
    obstacle.unlink()
    pipe(tmp_path, "a", store, [])
    assert lines_of(store) == lines


def test_the_log_of_a_segment_names_it_and_counts_its_lines(tmp_path, store):
    pipe(tmp_path, "a", store, emit(posts=3))
    log = (tmp_path / "listener-a.log").read_text()
    [manifest] = store.manifests("a")
    assert manifest["instance"] in log
    assert "shipped: 3 lines" in log


# One growing file


def write_lines(listener, lines):
    listener.process.stdin.write(b"".join(line + b"\n" for line in lines))
    listener.process.stdin.flush()


def wait_for_file(path, size):
    wait_for(lambda: path.exists() and path.stat().st_size > size, f"{path.name} to grow")


@pytest.fixture
def output_file(tmp_path):
    return tmp_path / "posts.log.gz"


def start_writing(listen, output_file):
    return listen(
        SOURCE="stdin", OUTPUT_FILE=output_file, STORE=None, SYNC_INTERVAL="100ms",
        stdin=subprocess.PIPE)


def test_a_rename_and_sighup_lose_no_line_and_leave_whole_files(listen, output_file, tmp_path):
    lines = emit(posts=600)
    listener = start_writing(listen, output_file)
    renamed = []
    for number in range(3):
        write_lines(listener, lines[150 * number:150 * (number + 1)])
        wait_for_file(output_file, 0)
        old = tmp_path / f"posts.{number}.gz"
        os.rename(output_file, old)
        listener.rotate()
        wait_for(output_file.exists, "the new file")
        subprocess.run(["gunzip", "-t", old], check=True)
        renamed.append(old)
    write_lines(listener, lines[450:])
    listener.process.stdin.close()
    assert listener.wait() == 0
    content = b"".join(gzip.decompress(path.read_bytes()) for path in [*renamed, output_file])
    assert content.split(b"\n")[:-1] == lines


def test_a_file_is_gone_on_with_whole_after_sigkill(listen, output_file):
    lines = emit(posts=400)
    first = start_writing(listen, output_file)
    write_lines(first, lines[:200])
    wait_for(lambda: readable_lines(output_file) >= 200, "the lines on the disk")
    first.kill()
    assert subprocess.run(["gunzip", "-t", output_file], stderr=subprocess.DEVNULL).returncode
    second = start_writing(listen, output_file)
    write_lines(second, lines[200:])
    second.process.stdin.close()
    assert second.wait() == 0
    subprocess.run(["gunzip", "-t", output_file], check=True)
    assert gzip.decompress(output_file.read_bytes()).split(b"\n")[:-1] == lines


def readable_lines(path):
    result = subprocess.run(["zcat", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return result.stdout.count(b"\n")


def test_sigterm_leaves_a_whole_file(listen, output_file):
    lines = emit(posts=50)
    listener = start_writing(listen, output_file)
    write_lines(listener, lines)
    wait_for(lambda: readable_lines(output_file) == 50, "the lines on the disk")
    listener.send(signal.SIGTERM)
    assert listener.wait() == 0
    assert gzip.decompress(output_file.read_bytes()).split(b"\n")[:-1] == lines


def test_a_second_writer_of_one_file_ends_with_11(listen, output_file):
    start_writing(listen, output_file)
    wait_for(output_file.exists, "the file")
    assert start_writing(listen, output_file).wait() == 11


@pytest.mark.parametrize("start", range(5))
def test_a_rotation_in_the_moment_the_file_appears_leaves_two_whole_files(
        listen, output_file, tmp_path, start):
    listener = start_writing(listen, output_file)
    # At every moment, since a start takes a few milliseconds from here.
    while not output_file.exists():
        assert listener.is_running, listener.log
    renamed = tmp_path / "renamed.gz"
    os.rename(output_file, renamed)
    listener.rotate()
    wait_for(output_file.exists, "the new file")
    subprocess.run(["gunzip", "-t", renamed], check=True)
    listener.process.stdin.close()
    assert listener.wait() == 0
    subprocess.run(["gunzip", "-t", output_file], check=True)


def test_a_file_that_was_synced_just_after_a_member_ended_is_whole(listen, output_file):
    # A member ends with the line that fills its 1 MiB.
    lines = [b'{"id":%d,"text":"%s"}' % (number, b"x" * 1000) for number in range(1, 1100)]
    sizes = itertools.accumulate(len(line) + 1 for line in lines)
    lines = lines[: sum(size < 1 << 20 for size in sizes) + 1]
    listener = listen(
        SOURCE="stdin", OUTPUT_FILE=output_file, STORE=None, SYNC_INTERVAL="1ms",
        stdin=subprocess.PIPE)
    write_lines(listener, lines)
    wait_for(lambda: readable_lines(output_file) == len(lines), "the lines on the disk")
    listener.process.stdin.close()
    assert listener.wait() == 0
    subprocess.run(["gunzip", "-t", output_file], check=True)
    assert readable_lines(output_file) == len(lines)
