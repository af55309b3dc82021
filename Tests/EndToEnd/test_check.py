"""`listener check` and `listener spool`: what they find, what they end with, and that they change
nothing."""

import json
import os
import re
import signal
import socket
import subprocess
import threading

import pytest

import oauth1
from listener import STREAM_PATH, Listener
from piped import emit, pipe
from program import environment_of
from schemas import checked
from simulator import binary, wait_for
from store import DirectoryStore

SECRETS = {"BEARER_TOKEN": "token-a"}


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "store")


@pytest.fixture
def run(tmp_path, store):
    """Runs a command of the listener with settings, and returns the process that ended."""

    def start(*arguments, environment=(), **settings):
        ours = {"ZONE": "a", "STORE": store.url, "SPOOL": tmp_path / "spool-a",
                "FREE_BYTES": "1MiB"} | settings
        values = {f"LISTENER_{name}": value for name, value in ours.items() if value is not None}
        return subprocess.run(
            [binary("listener"), *arguments], env=environment_of(values | dict(environment)),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)

    return start


@pytest.fixture
def check(run):
    """The findings by name, of a check that ended with `code`."""

    def start(code, **settings):
        result = run("check", "--json", **settings)
        assert result.returncode == code, (result.stdout, result.stderr)
        report = checked("check", json.loads(result.stdout))
        assert report["ok"] == (code == 0)
        for finding in report["checks"]:
            assert finding["outcome"] != "failed" or finding.get("fix") or ": " in finding[
                "message"]
        return {finding["name"]: finding for finding in report["checks"]}

    return start


def v2(simulator, **settings):
    return {"STREAM_URL": simulator.origin + STREAM_PATH, "BEARER_TOKEN": "token-a"} | settings


def outcomes(findings):
    return {name: finding["outcome"] for name, finding in findings.items()}


# Check


def test_a_right_setup_is_found_right_and_nothing_is_left_behind(serve, check, store, tmp_path):
    (tmp_path / "spool-a").mkdir()
    findings = check(0, **v2(serve("--posts", 10)))
    assert outcomes(findings) == {name: "ok" for name in (
        "settings", "spool", "lock", "room", "zone", "store: put", "store: conditional put",
        "store: get", "store: delete", "dataset", "beacons", "stream", "clock")}
    assert store.keys() == []
    assert list((tmp_path / "spool-a").iterdir()) == []


def test_the_text_shows_values_and_origins_and_no_secret(serve, run, tmp_path):
    simulator = serve("--posts", 10)
    config = tmp_path / "listener.conf"
    config.write_text("LISTENER_SEGMENT_AGE=7m\n")
    token = tmp_path / "token"
    token.write_text("token-a\n")
    result = run(
        "check", "--config", str(config), "--zone", "b", **v2(
            simulator, BEARER_TOKEN=None, BEARER_TOKEN_FILE=token,
            STREAM_URL=f"{simulator.origin}{STREAM_PATH}?key=sesame"))
    text = result.stdout.decode()
    assert result.returncode == 0, text
    assert re.search(rf"LISTENER_SEGMENT_AGE +7m  \({config}:1\)", text)
    assert re.search(r"LISTENER_ZONE +b  \(command line\)", text)
    assert re.search(r"LISTENER_SYNC_INTERVAL +1s  \(default\)", text)
    assert re.search(rf"LISTENER_BEARER_TOKEN +set  \({token}\)", text)
    assert re.search(r"CONSUMER_SECRET +not set", text)
    assert "token-a" not in text and "sesame" not in text
    assert re.search(r"^ok +stream: ", text, re.MULTILINE)


def test_a_running_listener_is_named_and_loses_nothing(serve, check, tmp_path, store):
    simulator = serve("--posts", 300, "--rate", 3000, "--hold", "--keep-alive", 0.2)
    listener = Listener.of_simulator(tmp_path, "a", store, simulator)
    try:
        listener.wait_for_log("connected")
        findings = check(0, **v2(simulator))
        assert f"process {listener.process.pid} is running" in findings["lock"]["message"]
        simulator.release()
        simulator.wait_until_finished()
        wait_for(lambda: store.lines_shipped("a") == 300, "all lines in the store")
        assert listener.stop() == 0
    finally:
        listener.end_for_sure()
    assert simulator.zone("a")["counts"]["opened"] == 1
    assert [line for one in store.segments("a") for line in one.lines] == simulator.truth


def test_everything_is_tried_although_the_first_thing_failed(serve, check, tmp_path, store):
    (tmp_path / "spool-a").write_text("a file")
    (tmp_path / "store").write_text("a file")
    findings = check(78, **v2(serve("--posts", 10), BEARER_TOKEN="a-wrong-token"))
    assert outcomes(findings) == {
        "settings": "ok", "spool": "failed", "zone": "ok", "store: put": "failed",
        "dataset": "failed", "beacons": "failed", "stream": "failed", "clock": "ok"}
    assert "LISTENER_BEARER_TOKEN" in findings["stream"]["fix"]
    assert "a-wrong-token" not in json.dumps(findings)


def test_a_store_of_another_stream_is_named_and_unchanged(serve, check, store, tmp_path):
    pipe(tmp_path, "a", store, emit(posts=3))
    before = store.state()
    findings = check(78, **v2(serve("--posts", 10), STREAM_NAME="other"))
    assert findings["dataset"]["outcome"] == "failed"
    assert 'holds the stream "default", not "other"' in findings["dataset"]["message"]
    assert store.state() == before


def test_a_spool_without_room_is_named(serve, check, tmp_path):
    spool = tmp_path / "spool-a"
    spool.mkdir()
    (spool / "filler").write_bytes(bytes(1 << 20))
    findings = check(78, **v2(serve("--posts", 10), SPOOL_BYTES="1MiB"))
    assert findings["room"]["outcome"] == "failed"
    findings = check(78, **v2(serve("--posts", 10), FREE_BYTES="1024TiB"))
    assert "capture would wait" in findings["room"]["message"]


def test_settings_that_are_wrong_are_explained(check, run):
    findings = check(78, SEGMENT_AGE="soon")
    assert "LISTENER_SEGMENT_AGE=soon" in findings["settings"]["message"]
    assert findings["all else"]["outcome"] == "skipped"
    result = run("check", SPOL="x", ZOME="y")
    assert result.returncode == 78
    assert b"did you mean LISTENER_SPOOL" in result.stdout
    assert b"did you mean LISTENER_ZONE" in result.stdout


@pytest.mark.parametrize("name, value", [
    ("OUTPUT_FILE", "/tmp"), ("CA_FILE", "/no/such/file.pem"), ("BEARER_TOKEN", "t0ken\nHost: b"),
    ("SPOOL_BYTES", "1KiB")])
def test_what_a_start_refuses_a_check_refuses_too(check, run, name, value):
    findings = check(78, **{name: value})
    assert findings["settings"]["message"].startswith(f"LISTENER_{name}")
    result = run("run", **{name: value})
    assert result.returncode == 78
    assert f"LISTENER_{name}".encode() in result.stderr
    assert b"t0ken" not in result.stdout + result.stderr


def test_every_setting_that_is_wrong_is_named_at_once(run):
    wrong = {"ZONE": "-a", "SPOOL_BYTES": "much", "SOURCE": "x-everything", "SEGMENT_AGE": "0s",
             "RULES_OWNER": "perhaps", "HTTP": "nowhere", "RULE_LENGTH": "3"}
    result = run("check", "--json", STORE=None, **wrong)
    assert result.returncode == 78
    *failed, skipped = json.loads(result.stdout)["checks"]
    assert skipped["name"] == "all else"
    names = {re.match(r"[A-Z_]+", finding["message"]).group() for finding in failed}
    assert names == {f"LISTENER_{name}" for name in (*wrong, "STORE")}
    assert len(failed) == len(names)


def test_whom_twitter_user_follows_is_asked_for(serve, check):
    simulator = serve("--posts", 10, "--world", "mixed", "--friends", 7)
    keys = oauth1.credentials("a")
    v1 = {"SOURCE": "twitter-v1", "STREAM_URL": simulator.origin + "/1.1/statuses/filter.json"}
    found = check(0, **v1, environment=keys | {"TWITTER_USER": "somebody"})["follow list"]
    assert found["outcome"] == "ok" and "7 accounts" in found["message"]
    found = check(78, **v1, environment=keys | {"TWITTER_USER": "no such name!"})["follow list"]
    assert found["outcome"] == "failed" and "TWITTER_USER" in found["message"]
    user = {"environment": {"TWITTER_USER": "somebody"}}
    found = check(0, **v2(simulator), **user)["rules"]
    assert found["outcome"] == "warning" and "1 to add" in found["message"]
    assert check(0, **v2(simulator, RULES_OWNER="true"), **user)["rules"]["outcome"] == "ok"
    assert simulator.get("/2/tweets/search/stream/rules").json().get("data", []) == []


def test_an_output_file_needs_its_directory_and_no_store(check, tmp_path):
    file = tmp_path / "logs" / "posts.gz"
    findings = check(78, SOURCE="stdin", OUTPUT_FILE=file, STORE=None, ZONE=None)
    assert outcomes(findings) == {
        "settings": "ok", "output file": "failed", "stream": "skipped"}
    file.parent.mkdir()
    findings = check(0, SOURCE="stdin", OUTPUT_FILE=file, STORE=None, ZONE=None)
    assert findings["output file"]["outcome"] == findings["room"]["outcome"] == "ok"
    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize("source", ["x-sample", "twitter-v1"])
def test_credentials_are_tried_without_a_stream(serve, check, source):
    simulator = serve("--posts", 10, "--world", "mixed")
    if source == "x-sample":
        right = v2(simulator, SOURCE=source)
        wrong = right | {"BEARER_TOKEN": "wrong-wrong-wrong"}
    else:
        keys = oauth1.credentials("a")
        right = {"SOURCE": source, "STREAM_URL": simulator.origin + "/1.1/statuses/filter.json",
                 "environment": keys | {"TWITTER_USER": "somebody"}}
        wrong = right | {"environment": right["environment"] | {
            "ACCESS_TOKEN_SECRET": "wrong-wrong-wrong"}}
    assert check(0, **right)["stream"]["outcome"] == "ok"
    failed = check(78, **wrong)["stream"]
    assert failed["outcome"] == "failed" and "401" in failed["message"]
    assert "wrong-wrong-wrong" not in json.dumps(failed)
    assert simulator.zone("a")["counts"]["opened"] == 0


def test_a_clock_that_is_minutes_off_is_a_warning(serve, check):
    findings = check(0, **v2(serve("--posts", 10, "--clock-offset", 600)))
    assert findings["clock"]["outcome"] == "warning"
    assert "chrony" in findings["clock"]["fix"]


@pytest.fixture
def answer():
    """A server that answers every connection with these bytes and holds it open."""
    listening = socket.create_server(("127.0.0.1", 0))
    held = []

    def start(content):
        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                connection.recv(1 << 16)
                connection.sendall(content)
                held.append(connection)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    listening.close()
    for connection in held:
        connection.close()


def test_any_stream_is_opened_as_far_as_its_headers(check, answer):
    url = answer(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n{}\n")
    assert check(0, SOURCE="ndjson", STREAM_URL=url)["stream"]["outcome"] == "ok"


def test_any_stream_that_refuses_is_a_failure(check, answer):
    url = answer(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
    failed = check(78, SOURCE="ndjson", STREAM_URL=url)["stream"]
    assert failed["outcome"] == "failed" and "503" in failed["message"]


# Spool


def spool(run, command, code=0, **settings):
    result = run("spool", command, "--json", SOURCE="stdin", **settings)
    assert result.returncode == code, (result.stdout, result.stderr)
    return checked(f"spool-{command}", json.loads(result.stdout)) if result.stdout else None


@pytest.fixture
def outage(tmp_path, store):
    (tmp_path / "store").write_text("not yet")
    return (tmp_path / "store").unlink


def test_a_running_spool_is_listed_and_verified(serve, run, tmp_path, store, outage):
    simulator = serve("--posts", 300, "--rate", 3000, "--wait-for", 1)
    listener = Listener.of_simulator(tmp_path, "a", store, simulator, SEGMENT_AGE="1h")
    try:
        simulator.wait_until_finished()
        wait_for(lambda: listener.lines_synced == 300, "all lines on the disk")
        [entry] = spool(run, "list")
        assert (entry["state"], entry["lines"], entry["zone"]) == ("open", 300, "a")
        listener.rotate()
        wait_for(lambda: len(listener.spooled("*Z-*.json")) == 1, "the sealed segment")
        sealed, _ = spool(run, "list")
        assert (sealed["state"], sealed["lines"]) == ("sealed", 300)
        files = listener.spooled(f"{sealed['name']}*")
        assert sealed["bytes"] == sum(path.stat().st_size for path in files)
        assert spool(run, "verify") == {"problems": [], "verified": 1}
        for command in ("repair", "ship"):
            result = run("spool", command, SOURCE="stdin")
            assert result.returncode == 11, result.stderr
        listener.kill()
    finally:
        listener.end_for_sure()


@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_damage_is_found_and_ends_with_12(run, tmp_path, store, outage, damage):
    pipe(tmp_path, "a", store, emit(posts=200), SHUTDOWN_DEADLINE="0s")
    [data] = (tmp_path / "spool-a").glob("*.ndjson.gz")
    content = bytearray(data.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
        data.write_bytes(content)
    elif damage == "cut":
        data.write_bytes(content[:-10])
    else:
        data.unlink()
    found = spool(run, "verify", code=12)
    assert [problem["name"] for problem in found["problems"]] == [data.name.split(".ndjson")[0]]
    assert b"1 problems" in run("spool", "verify").stdout


def test_repair_does_what_a_start_does_and_ship_takes_the_rest(
        serve, run, tmp_path, store, outage):
    simulator = serve("--posts", 300, "--rate", 3000, "--wait-for", 1)
    listener = Listener.of_simulator(tmp_path, "a", store, simulator, SEGMENT_AGE="1h")
    try:
        simulator.wait_until_finished()
        wait_for(lambda: listener.lines_synced == 300, "all lines on the disk")
        listener.kill()
    finally:
        listener.end_for_sure()
    [recovered] = spool(run, "repair")
    assert (recovered["lines"], recovered["bytesLost"]) == (300, 0)
    assert spool(run, "repair") == []
    assert [entry["state"] for entry in spool(run, "list")] == ["sealed"]
    assert run("spool", "ship", SOURCE="stdin").returncode != 0
    assert [entry["state"] for entry in spool(run, "list")] == ["sealed"]
    outage()
    assert spool(run, "ship") == {
        "shipped": 1, "quarantined": 0, "sealedLeft": 0, "openLeft": 0}
    assert [line for one in store.segments("a") for line in one.lines] == simulator.truth
    assert spool(run, "list") == []
