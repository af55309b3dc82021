"""`merger run --watch`, `--dry-run`, and signals at any moment."""

import json
import pathlib
import random
import signal
import socket
import subprocess
import time

import pytest

from merger import Merger
from store import outcome, split

# Allocators settle within the first rounds; a leak of one manifest a round would be more than this.
SETTLING_ROUNDS = 40
GROWTH_MAX = 6 << 20


def resident_bytes(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) << 10


def rounds(process, count):
    """The reports of so many more rounds."""
    return [json.loads(process.stdout.readline()) for _ in range(count)]


def until(process, wanted, limit=200):
    for _ in range(limit):
        [report] = rounds(process, 1)
        if wanted(report):
            return report
    raise AssertionError("the report that was waited for did not come")


def end(process, number=signal.SIGTERM):
    process.send_signal(number)
    process.stdout.close()
    return process.wait(timeout=30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_watch_merges_what_comes_and_ends_with_0_when_asked(small, tmp_path, number):
    store, held_back = split(small.unmerged, tmp_path)
    process = Merger(tmp_path, store).begin("run", "--watch", "20ms", "--json")
    until(process, lambda report: report["hoursWritten"] > 0)
    until(process, lambda report: report["hoursWritten"] == 0)
    for key, content in held_back.items():
        store.path(key).write_bytes(content)
    until(process, lambda report: report["hoursWritten"] > 0)
    while outcome(store) != outcome(small.store):
        rounds(process, 1)
    assert end(process, number) == 0


def test_a_watch_does_not_grow(small, tmp_path):
    store = small.unmerged.copy(tmp_path / "store")
    process = Merger(tmp_path, store).begin("run", "--watch", "1ms", "--json")
    rounds(process, SETTLING_ROUNDS)
    before = resident_bytes(process)
    rounds(process, 8 * SETTLING_ROUNDS)
    growth = resident_bytes(process) - before
    assert end(process) == 0
    assert growth < GROWTH_MAX


def test_a_watch_outlives_a_store_that_is_down(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    merger = Merger(tmp_path, type("Down", (), {"url": "s3://bucket/prefix", "environment": {
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}", "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}})())
    process = merger.begin("run", "--watch", "10ms")
    log = b""
    while log.count(b"trying again in") < 2:
        line = process.stderr.readline()
        assert line, log
        log += line
    process.send_signal(signal.SIGTERM)
    process.stderr.read()
    assert process.wait(timeout=30) == 0


def test_a_watch_ends_for_what_a_person_must_mend(small, tmp_path):
    result = Merger(tmp_path, small.store).start(
        "run", "--watch", "10ms", "--stream-name", "other")
    assert result.returncode == 78


def test_a_run_interrupted_at_any_moment_is_gone_on_with_by_the_next(small, tmp_path):
    dice = random.Random(5)
    store = small.unmerged.copy(tmp_path / "whole")
    begun = time.monotonic()
    Merger(tmp_path, store)("run")
    seconds = time.monotonic() - begun
    codes = []
    for number in range(12):
        store = small.unmerged.copy(tmp_path / f"store-{number}")
        folder = tmp_path / f"home-{number}"
        folder.mkdir()
        merger = Merger(folder, store)
        process = merger.begin("run")
        try:
            process.wait(timeout=dice.uniform(0, seconds))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        codes.append(process.wait(timeout=30))
        merger("run")
        assert outcome(store) == outcome(small.store)
        assert [path for path in folder.rglob("scratch-*") if any(path.iterdir())] == []
    # Before the first line of the program the signal has its usual effect.
    assert set(codes) <= {0, 130, -signal.SIGINT}
    assert 130 in codes, codes


def test_an_index_interrupted_at_any_moment_leaves_a_whole_file_or_none(small, tmp_path):
    merger = Merger(tmp_path, small.store)
    begun = time.monotonic()
    merger("index", "-o", tmp_path / "whole.sqlite")
    seconds = time.monotonic() - begun
    dice = random.Random(6)
    codes = []
    for number in range(12):
        folder = tmp_path / f"index-{number}"
        folder.mkdir()
        process = merger.begin("index", "-o", folder / "day.sqlite")
        try:
            process.wait(timeout=dice.uniform(0, seconds))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        code = process.wait(timeout=30)
        left = [path.name for path in folder.iterdir()]
        assert left == ["day.sqlite"] if code == 0 else left in ([], ["day.sqlite"])
        codes.append(code)
    assert set(codes) <= {0, 130, -signal.SIGINT}


def test_a_dry_run_says_what_a_run_does_and_writes_nothing(small, tmp_path):
    store, held_back = split(small.unmerged, tmp_path)
    merger = Merger(tmp_path, store)
    before = store.state()
    plan = merger.json("run", "--dry-run")
    assert store.state() == before
    manifests = [one for one in store.manifests() if "object" in one]
    assert plan["bytes"] == sum(one["object"]["bytes"] for one in manifests)
    report = merger.json("run")
    assert len(plan["hours"]) == report["hoursWritten"]
    assert {hour["work"] for hour in plan["hours"]} == {"new"}
    for key, content in held_back.items():
        store.path(key).write_bytes(content)
    plan = merger.json("run", "--dry-run")
    assert "added" in {hour["work"] for hour in plan["hours"]} <= {"added", "new"}
    report = merger.json("run")
    assert len(plan["hours"]) == report["hoursWritten"]
    assert plan["segments"] == len(held_back)
    assert merger.json("run", "--dry-run")["hours"] == []
    assert outcome(store) == outcome(small.store)
