"""What an operator, Prometheus and a probe see of a listener."""

import collections
import fcntl
import gzip
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

import pytest
import requests

from listener import Listener
from merger import Merger
from piped import emit, pipe
from simulator import binary, wait_for
from store import DirectoryStore

# Of the listener's own limits: how long its loop may stand still before it counts as hung.
TICK_AGE_MAX = 30


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


def received(metrics, kind):
    return metrics["listener_records_received_total", kind]


def kind_of(notice):
    """By the key under which X's documents show it."""
    keys = json.loads(notice).keys()
    known = {"delete", "scrub_geo", "limit", "status_withheld", "user_withheld", "disconnect",
             "warning", "friends", "event", "errors"}
    [kind] = keys & known or {"unknown"}
    return kind


# Metrics


def test_the_counters_are_what_the_simulator_sent(serve, listen, store):
    simulator = serve(
        "--posts", 2000, "--rate", 2000, "--wait-for", 1, "--notices", 0.1, "--awkward", 0.1,
        "--keep-alive", 0.2)
    listener = listen(simulator, SEGMENT_AGE="1h")
    simulator.wait_until_finished()
    wait_for(lambda: received(listener.metrics, "record") >= 2000, "the last record")
    sent = collections.Counter(map(kind_of, simulator.notices))
    assert sum(sent.values()) > 50
    wait_for(
        lambda: sum(received(listener.metrics, kind) for kind in sent) == sum(sent.values()),
        "the last notice")
    metrics = listener.metrics
    counts = simulator.zone("a")["counts"]
    assert received(metrics, "record") == counts["delivered"] == 2000
    assert {kind: received(metrics, kind) for kind in sent} == sent
    assert metrics["listener_unreadable_lines_total",] == 0
    assert metrics["listener_connections_total",] == counts["opened"] == 1
    assert metrics["listener_connection_state",] == 1
    lines = simulator.truth + simulator.notices
    least = sum(len(line) + 2 for line in lines)
    assert least <= metrics["listener_bytes_received_total",] < least + 10_000
    seen = metrics["listener_last_heartbeat_timestamp_seconds",]
    wait_for(
        lambda: listener.metrics["listener_last_heartbeat_timestamp_seconds",] > seen,
        "a keep-alive")
    last = listener.metrics
    assert last["listener_last_record_timestamp_seconds",] == metrics[
        "listener_last_record_timestamp_seconds",]
    listener.rotate()
    wait_for(
        lambda: listener.metrics["listener_upload_attempts_total", "shipped"] == 1, "the segment")
    metrics = listener.metrics
    assert metrics["listener_segments_sealed_total",] == 1
    assert metrics["listener_segments_pending",] == 0
    assert metrics["listener_oldest_pending_segment_timestamp_seconds",] == 0
    assert metrics["listener_upload_duration_seconds_count",] == 1
    assert metrics["process_resident_memory_bytes",] > 1e6
    assert metrics["process_cpu_seconds_total",] > 0
    assert listener.stop() == 0
    assert store.lines_shipped("a") == len(lines)


def test_a_lost_connection_is_counted_with_its_reason_and_its_gap(serve, listen):
    simulator = serve("--posts", 100000, "--rate", 500, "--wait-for", 1)
    listener = listen(simulator)
    listener.wait_for_log("connected (")
    before = listener.metrics
    simulator.fault(zone="a", kind="end")
    wait_for(lambda: listener.metrics["listener_connections_total",] == 2, "the next connection")
    after = listener.metrics
    assert simulator.zone("a")["faultsFired"]["end"] == 1
    assert before["listener_reconnects_total", "closed"] == 0
    assert after["listener_reconnects_total", "closed"] == 1
    assert after["listener_gap_seconds_total",] > before["listener_gap_seconds_total",]
    assert listener.stop() == 0


def test_a_refusal_is_counted_by_its_kind(serve, listen):
    simulator = serve("--posts", 10)
    listener = listen(simulator, BEARER_TOKEN="wrong")
    wait_for(lambda: listener.metrics["listener_reconnects_total", "unauthorized"] == 1, "the 401")
    metrics = listener.metrics
    assert metrics["listener_connections_total",] == metrics["listener_connection_state",] == 0
    assert listener.stop() == 0


def test_what_is_no_record_is_counted_and_what_a_crash_left_is_too(listen):
    lines = [b'{"id":5}', b"no json", b"[]", b'{"id":1,"id_str":"2"}', b"x" * (9 << 20), b'{"id":6}']
    listener = listen(SOURCE="stdin", stdin=subprocess.PIPE, SYNC_INTERVAL="50ms")
    listener.process.stdin.write(b"\n".join(lines) + b"\n")
    listener.process.stdin.flush()
    wait_for(lambda: received(listener.metrics, "record") == 2, "both records")
    metrics = listener.metrics
    assert metrics["listener_unreadable_lines_total",] == 3
    assert metrics["listener_overlong_lines_total",] == 1
    wait_for(lambda: listener.lines_synced == 5, "all lines on the disk")
    listener.kill()
    listener.process.stdin.close()
    listener.log_file.write_text("")
    listener = listen(SOURCE="stdin", stdin=subprocess.PIPE)
    wait_for(lambda: listener.metrics["listener_salvaged_records_total",] == 5, "recovery")
    listener.process.stdin.close()
    assert listener.wait() == 0


def test_the_exposition_is_one_that_prometheus_reads(serve, listen):
    listener = listen(serve("--posts", 10), zone="use1-az4.b")
    response = listener.get("/metrics")
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    described, typed, series = set(), {}, set()
    for line in response.text.splitlines():
        if comment := re.fullmatch(r"# (HELP|TYPE) ([a-z_]+) (.+)", line):
            names, value = (described, None) if comment[1] == "HELP" else (typed, comment[3])
            assert comment[2] not in names, "each once"
            names.add(comment[2]) if value is None else names.update({comment[2]: value})
            continue
        sample = re.fullmatch(r'([a-z_]+)(\{([a-z_]+="[^"\\\n]*",?)*\}) (-?[0-9.e+-]+)', line)
        assert sample, line
        name = re.sub("_(sum|count)$", "", sample[1]) if sample[1] not in typed else sample[1]
        assert name in described
        assert typed[name] in ("counter", "gauge", "summary")
        assert (typed[name] == "counter") == name.endswith("_total"), name
        assert (sample[1], sample[2]) not in series
        assert 'zone="use1-az4.b"' in sample[2]
        series.add((sample[1], sample[2]))
    assert described == typed.keys()
    assert listener.metrics["listener_build_info", "0.1.0"] == 1


# Health


def conditions(response):
    return {name for name, entry in response.json()["conditions"].items() if not entry["holds"]}


def test_readiness_follows_stream_and_store(serve, listen, tmp_path):
    obstacle = tmp_path / "mounted"
    obstacle.write_text("not yet")
    simulator = serve(
        "--posts", 100000, "--rate", 200, "--wait-for", 1, "--keep-alive", 0.2)
    listener = listen(simulator, to=DirectoryStore(obstacle / "store"), SEGMENT_AGE="1h")
    listener.wait_for_log("connected (")
    wait_for(lambda: listener.get("/healthz").status_code == 200, "the first turn of the loop")
    listener.rotate()
    listener.wait_for_log("not shipped yet")
    response = listener.get("/readyz")
    assert (response.status_code, conditions(response)) == (503, {"store"})
    assert response.json()["ready"] is False
    assert listener.metrics["listener_segments_pending",] == 1
    assert listener.metrics["listener_oldest_pending_segment_timestamp_seconds",] > 1.7e9
    obstacle.unlink()
    wait_for(lambda: listener.get("/readyz").status_code == 200, "the store", 90)
    simulator.fault(zone="a", kind="hangup", until="+100000")
    wait_for(lambda: conditions(listener.get("/readyz")) == {"stream"}, "the loss of the stream")
    assert listener.get("/healthz").status_code == 200
    simulator.fault(zone="a", kind="clear")
    wait_for(lambda: listener.get("/readyz").status_code == 200, "the stream", 90)
    assert listener.stop() == 0


class SilentStore:
    """An S3 that takes connections and never answers."""

    url = "s3://bucket/prefix"

    def __init__(self, server):
        self.held = []
        self.environment = {
            "AWS_ENDPOINT_URL_S3": "http://%s:%d" % server.getsockname(), "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "word"}
        threading.Thread(target=self._hold, args=(server,), daemon=True).start()

    def _hold(self, server):
        while True:
            try:
                self.held.append(server.accept())
            except OSError:
                return


def test_a_store_that_never_answers_holds_up_neither_capture_nor_the_end(serve, listen):
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = SilentStore(server)
        simulator = serve("--posts", 100_000, "--rate", 500, "--wait-for", 1)
        listener = listen(simulator, to=silent, SEGMENT_AGE="1s")
        wait_for(lambda: len(listener.spooled("*.ndjson.gz")) > 3, "four sealed segments", 60)
        taken = received(listener.metrics, "record")
        assert silent.held
        assert listener.stop() == 0
    lines = lines_spooled(listener)
    assert len(lines) == len(set(lines)) >= taken > 1000


def lines_spooled(listener):
    return [line for path in listener.spooled("*.ndjson.gz")
            for line in gzip.decompress(path.read_bytes()).splitlines()]


def stop_in_time(listener, seconds):
    """SIGTERM, and no more patience than that."""
    listener.send(signal.SIGTERM)
    assert listener.wait(seconds) == 0


def test_a_mount_that_hangs_at_the_start_holds_up_neither_capture_nor_the_end(
        serve, listen, store):
    """To open a pipe waits for a writer in the kernel, as everything on a dead mount does."""
    store.root.mkdir()
    os.mkfifo(store.root / "_tributary.json")
    simulator = serve("--posts", 100_000, "--rate", 500, "--wait-for", 1)
    listener = listen(simulator, SEGMENT_AGE="1s", SHUTDOWN_DEADLINE="2s")
    listener.wait_for_log("does not answer: capturing all the same")
    wait_for(lambda: len(listener.spooled("*.ndjson.gz")) > 3, "four sealed segments", 60)
    response = listener.get("/readyz")
    assert (response.status_code, conditions(response)) == (503, {"store"})
    taken = received(listener.metrics, "record")
    stop_in_time(listener, 10)
    lines = lines_spooled(listener)
    assert len(lines) == len(set(lines)) >= taken > 1000


def test_a_mount_that_hangs_while_segments_are_shipped_holds_up_no_signal(
        serve, listen, store, tmp_path):
    obstacle = tmp_path / "mounted"
    obstacle.write_text("not yet")
    simulator = serve("--posts", 100_000, "--rate", 500, "--wait-for", 1)
    unmounted = listen(
        simulator, to=DirectoryStore(obstacle / "store"), SEGMENT_AGE="1s", SHUTDOWN_DEADLINE="1s")
    wait_for(lambda: len(unmounted.spooled("*.ndjson.gz")) > 7, "eight sealed segments", 60)
    assert unmounted.stop() == 0
    for path in unmounted.spooled("*.ndjson.gz"):
        date = f"{path.name[:4]}-{path.name[4:6]}-{path.name[6:8]}"
        folder = store.root / "segments" / "zone=a" / f"date={date}"
        folder.mkdir(parents=True, exist_ok=True)
        os.mkfifo(folder / path.name)
    before = len(unmounted.spooled("*.ndjson.gz"))
    listener = listen(simulator, SEGMENT_AGE="1h", SHUTDOWN_DEADLINE="2s")
    # The second in the same log.
    wait_for(lambda: listener.log.count("metrics and health: ") == 2, "the endpoint")
    wait_for(lambda: received(listener.metrics, "record") > 500, "records")
    listener.rotate()
    wait_for(lambda: len(listener.spooled("*.ndjson.gz")) > before, "the segment of the SIGHUP")
    taken = received(listener.metrics, "record")
    stop_in_time(listener, 10)
    assert listener.log.count("segments stay in") == 2
    assert len(lines_spooled(listener)) >= taken > 500


def test_a_listener_whose_capture_hangs_says_so(serve, tmp_path, store):
    """A log that nobody reads holds up whoever writes to it."""
    log = tmp_path / "listener-a.log"
    os.mkfifo(log)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    simulator = serve("--posts", 100000, "--rate", 200, "--wait-for", 1)
    listener = Listener.of_simulator(tmp_path, "a", store, simulator, SEGMENT_AGE="1h")
    try:
        said = b""

        def drain():
            nonlocal said
            try:
                said += os.read(reader, 65536)
            except BlockingIOError:
                pass
            return said

        wait_for(lambda: b"connected (" in drain(), "the connection")
        origin = re.search(rb"http://[0-9.:]+", said)[0].decode()
        assert requests.get(f"{origin}/healthz", timeout=10).status_code == 200
        writer = os.open(log, os.O_WRONLY | os.O_NONBLOCK)
        with pytest.raises(BlockingIOError):
            while True:
                os.write(writer, b"\n")
        simulator.fault(zone="a", kind="end")
        wait_for(
            lambda: requests.get(f"{origin}/healthz", timeout=10).status_code == 503,
            "the end of patience", TICK_AGE_MAX + 30)
        assert "listener_connection_state" in requests.get(f"{origin}/metrics", timeout=10).text
        os.close(writer)
        drain()
        wait_for(
            lambda: requests.get(f"{origin}/healthz", timeout=10).status_code == 200,
            "the loop to go on")
    finally:
        listener.end_for_sure()
        os.close(reader)


def test_with_an_output_file_there_are_metrics_and_readiness_too(serve, listen, tmp_path):
    simulator = serve("--posts", 300, "--rate", 3000, "--wait-for", 1, "--keep-alive", 0.2)
    listener = listen(simulator, OUTPUT_FILE=tmp_path / "out.gz", STORE=None)
    simulator.wait_until_finished()
    wait_for(lambda: received(listener.metrics, "record") == 300, "the last record")
    response = listener.get("/readyz")
    assert response.status_code == 200
    assert response.json()["conditions"].keys() == {"capture", "stream"}
    assert ("listener_segments_pending",) not in listener.metrics
    assert listener.stop() == 0


# systemd


@pytest.fixture
def notified():
    """An abstract socket like systemd's, and what has been said on it."""
    name = f"tributary-test-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + name)
        receiver.setblocking(False)
        said = []

        def read():
            while True:
                try:
                    said.append(receiver.recv(4096).decode())
                except BlockingIOError:
                    return said

        yield {"NOTIFY_SOCKET": "@" + name, "WATCHDOG_USEC": "4000000"}, read


def test_systemd_hears_that_it_is_up_alive_and_stopping_without_stream_and_store(
        listen, tmp_path, notified):
    environment, read = notified
    obstacle = tmp_path / "mounted"
    obstacle.write_text("not yet")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    listener = listen(
        to=DirectoryStore(obstacle / "store"), SOURCE="ndjson", SHUTDOWN_DEADLINE="2s",
        STREAM_URL=f"http://127.0.0.1:{port}/stream", environment=environment)
    wait_for(lambda: "READY=1" in read(), "readiness")
    wait_for(lambda: read().count("WATCHDOG=1") >= 4, "signs of life")
    assert [text for text in read() if text.startswith("STATUS=not connected since 20")]
    assert listener.get("/readyz").status_code == 503
    assert listener.stop() == 0
    assert read().count("READY=1") == 1
    # What the deadline allows, and 15 s to end in.
    assert read().count("STOPPING=1\nEXTEND_TIMEOUT_USEC=17000000") == 1


def test_what_never_gets_to_run_is_never_said_to_be_up(listen, notified, tmp_path):
    environment, read = notified
    first = listen(SOURCE="stdin", stdin=subprocess.PIPE)
    first.wait_for_log("metrics and health")
    second = listen(SOURCE="stdin", environment=environment)
    assert second.wait() == 11
    assert read() == []
    first.process.stdin.close()
    assert first.wait() == 0


# The endpoint's address


def test_a_port_that_is_taken_ends_it_with_78_before_anything_is_captured(serve, listen):
    simulator = serve("--posts", 10)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        listener = listen(simulator, HTTP=f"127.0.0.1:{port}")
        assert listener.wait() == 78
    assert f"LISTENER_HTTP=127.0.0.1:{port}: cannot listen" in listener.log
    assert simulator.zone("a")["counts"]["opened"] == 0
    assert listener.spooled("*.journal") == []


def test_off_means_that_nothing_listens(serve, listen):
    listener = listen(serve("--posts", 10), HTTP="off")
    listener.wait_for_log("connected (")
    sockets = set()
    for name in os.listdir(f"/proc/{listener.process.pid}/fd"):
        try:
            sockets.add(os.readlink(f"/proc/{listener.process.pid}/fd/{name}"))
        except FileNotFoundError:
            pass
    listening = 0
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{listener.process.pid}/net/{table}") as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                listening += fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets
    assert listening == 0
    assert "metrics and health" not in listener.log
    assert listener.stop() == 0


@pytest.mark.parametrize("value", ["9464", "127.0.0.1", "::1:9464", "127.0.0.1:70000"])
def test_an_address_that_is_none_is_refused(listen, value):
    listener = listen(SOURCE="stdin", HTTP=value)
    assert listener.wait() == 78
    assert f"LISTENER_HTTP={value}" in listener.log


# Logs


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


def test_a_log_in_json_is_an_object_a_line(tmp_path, store):
    pipe(tmp_path, "a", store, emit(posts=3), LOG_FORMAT="json")
    log = objects((tmp_path / "listener-a.log").read_text())
    assert [entry["message"] for entry in log if "shipped: 3 lines" in entry["message"]]
    for entry in log:
        assert entry["program"] == "listener"
        assert entry["level"] in ("info", "warning")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["time"])


def test_a_log_of_warnings_says_nothing_of_what_goes_well(tmp_path, store):
    pipe(tmp_path, "a", store, emit(posts=3), LOG_LEVEL="warning")
    assert "shipped" not in (tmp_path / "listener-a.log").read_text()


@pytest.mark.parametrize("environment", [
    {"LISTENER_SPOL": "x"}, {"LISTENER_SEGMENT_BYTES": "many"}, {"LISTENER_LOG_LEVEL": "loud"}])
def test_wrong_settings_are_said_in_the_format_that_was_asked_for(listen, environment):
    listener = listen(SOURCE="stdin", LOG_FORMAT="json", environment=environment)
    assert listener.wait() == 78
    [entry] = objects(listener.log)
    assert entry["level"] == "critical"
    assert next(iter(environment)) in entry["message"]


@pytest.mark.parametrize("program", ["listener", "merger"])
def test_a_wrong_command_line_is_said_in_the_format_that_was_asked_for(program):
    result = subprocess.run(
        [binary(program), "run", "--nonsense"], capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], f"{program.upper()}_LOG_FORMAT": "json"})
    assert result.returncode == 64
    [entry] = objects(result.stderr)
    assert "--nonsense" in entry["message"]


def test_the_merger_logs_in_json_too(tmp_path, store):
    Merger(tmp_path, store)
    result = subprocess.run(
        [binary("merger"), "query", "1", "--store", f"file://{tmp_path}/nowhere", "--cache",
         tmp_path / "cache", "--log-format", "json"],
        capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert result.returncode != 0
    [entry] = objects(result.stderr)
    assert (entry["program"], entry["level"]) == ("merger", "critical")
