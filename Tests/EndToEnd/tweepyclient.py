"""Runs an unmodified tweepy in a virtual environment of its own."""

import functools
import json
import pathlib
import subprocess

from simulator import ROOT, wait_for

CLIENTS = pathlib.Path(__file__).resolve().parent / "clients"


@functools.cache
def python(environment):
    made = subprocess.run(
        [ROOT / "Tests" / "Tools" / "venv", environment], check=True, stdout=subprocess.PIPE,
        text=True)
    return made.stdout.strip()


def run_client(environment, script, origin):
    """Runs a script to its end; returns the JSON it printed."""
    done = subprocess.run(
        [
            python(environment), CLIENTS / script, "--origin", origin, "--lines", "/dev/null",
            "--events", "/dev/null",
        ],
        check=True, stdout=subprocess.PIPE, timeout=60)
    return json.loads(done.stdout)


class TweepyClient:
    """A streaming script of `clients/`, running."""

    def __init__(self, folder, environment, script, origin, **options):
        folder = pathlib.Path(folder)
        zone = options.get("zone", "a")
        self._lines = folder / f"{script}-{zone}.lines"
        self._events = folder / f"{script}-{zone}.events"
        command = [
            python(environment), CLIENTS / script, "--origin", origin, "--lines", self._lines,
            "--events", self._events,
        ]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    @property
    def lines(self):
        return self._lines.read_bytes().split(b"\n")[:-1]

    @property
    def events(self):
        if not self._events.exists():
            return []
        return [json.loads(line) for line in self._events.read_text().splitlines()]

    def count(self, event):
        return sum(1 for entry in self.events if entry["event"] == event)

    def wait_for_event(self, event, seconds=60):
        wait_for(
            lambda: self.count(event) or self._process.poll() not in (None, 0),
            f"{event} of tweepy", seconds)
        assert self.count(event), f"tweepy ended with {self._process.poll()}: {self.events}"

    def wait(self):
        return self._process.wait(timeout=60)
