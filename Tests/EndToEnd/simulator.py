"""Starts the simulator, commands it and stops it."""

import json
import os
import pathlib
import signal
import subprocess
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary(name):
    """The path of a program that was built."""
    folder = os.environ.get("TRIBUTARY_BIN") or ROOT / ".build" / "debug"
    path = pathlib.Path(folder) / name
    assert path.exists(), f"{path}: not built: swift build --product {name}"
    return path


def wait_for(condition, what, seconds=30):
    """Returns the first true value of the condition; fails when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.01)


class Simulator:
    """One running `simulator serve`; its options are given as they are typed."""

    def __init__(self, folder, *options):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.truth_file = self.folder / "truth.ndjson"
        self.notice_file = self.folder / "notices.ndjson"
        self.status_file = self.folder / "status.json"
        port_file = self.folder / "port"
        self._process = subprocess.Popen(
            [
                binary("simulator"), "serve", "--port-file", port_file,
                "--truth", self.truth_file, "--truth-notices", self.notice_file,
                "--status-file", self.status_file, *map(str, options),
            ]
        )
        try:
            wait_for(lambda: port_file.exists() or self._process.poll() is not None, "the port")
            assert self._process.poll() is None, "the simulator did not start"
            self.port = int(port_file.read_text())
        except BaseException:
            self.stop()
            raise
        self.origin = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the process; returns its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise

    @property
    def status(self):
        return requests.get(f"{self.origin}/_simulator/status", timeout=10).json()

    def zone(self, name):
        return self.status["zones"][name]

    def fault(self, **fields):
        """Commands a fault; without `at` it befalls the zone now."""
        reply = requests.post(f"{self.origin}/_simulator/faults", json=fields, timeout=10)
        assert reply.status_code == 200, reply.text

    def follow(self, count):
        """From now on every account follows that many."""
        requests.post(
            f"{self.origin}/_simulator/friends", data=str(count), timeout=10).raise_for_status()

    def fired(self, kind):
        """How often faults of a kind befell somebody."""
        return sum(fault["fired"] for fault in self.status["faults"] if fault["kind"] == kind)

    def release(self):
        requests.post(f"{self.origin}/_simulator/release", timeout=10).raise_for_status()

    def wait_until_finished(self, seconds=60):
        wait_for(lambda: self.status["finished"], "the end of the emission", seconds)

    @property
    def truth(self):
        """Every post emitted, as bytes, in the order of emission."""
        return self.truth_file.read_bytes().split(b"\n")[:-1]

    @property
    def notices(self):
        return self.notice_file.read_bytes().split(b"\n")[:-1]

    def handed_to(self, zone):
        """The posts that the zone's connections were given, in order."""
        truth = self.truth
        return [
            post
            for first, end in self.zone(zone)["counts"]["ranges"]
            for post in truth[first:end]
        ]

    def get(self, path, token="token-a", **options):
        return self._request("GET", path, token, **options)

    def _request(self, method, path, token, headers_extra=None, **options):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers.update(headers_extra or {})
        return requests.request(
            method, self.origin + path, headers=headers, timeout=10, **options)

    def post(self, path, token="token-a", **options):
        return self._request("POST", path, token, **options)

    def delete(self, path, token="token-a", **options):
        return self._request("DELETE", path, token, **options)
