"""Starts listeners of zones and ends them."""

import json
import signal

from program import Program
from simulator import wait_for

STREAM_PATH = "/2/tweets/search/stream"


class Listener(Program):
    """One `listener run`; settings have the names of the environment, without `LISTENER_`."""

    def __init__(self, folder, zone, store, *, stdin=None, environment=(), prefix=(), **settings):
        self.zone = zone
        self.spool = folder / f"spool-{zone}"
        ours = {"ZONE": zone, "STORE": store.url, "SPOOL": self.spool} | settings
        values = {"HOME": folder} | store.environment | dict(environment)
        values |= {f"LISTENER_{name}": value for name, value in ours.items() if value is not None}
        self.secrets = {
            str(value) for name, value in values.items()
            if "TOKEN" in name or name.endswith("SECRET") or name.endswith("SECRET_ACCESS_KEY")}
        super().__init__(
            folder / f"listener-{zone}.log", "listener", "run", settings=values, prefix=prefix,
            **({"stdin": stdin} if stdin is not None else {}))

    @classmethod
    def of_simulator(cls, folder, zone, store, simulator, **settings):
        """One that listens to the simulator's v2 stream and syncs and seals often."""
        ours = {
            "STREAM_URL": simulator.origin + STREAM_PATH, "BEARER_TOKEN": f"token-{zone}",
            "SEGMENT_AGE": "2s", "SYNC_INTERVAL": "200ms"}
        return cls(folder, zone, store, **(ours | settings))

    def rotate(self):
        self.send(signal.SIGHUP)

    def stop(self):
        """Ends the process in the way of an operator; returns its exit code."""
        if self.is_running:
            self.send(signal.SIGTERM)
        code = self.wait()
        assert not [secret for secret in self.secrets if secret in self.log], "a secret was printed"
        return code

    def end_for_sure(self):
        if self.is_running:
            self.process.kill()
            self.wait()

    def spooled(self, pattern="*"):
        return sorted(self.spool.glob(pattern)) if self.spool.exists() else []

    def wait_for_log(self, text, seconds=30):
        wait_for(lambda: text in self.log or not self.is_running, f'"{text}" in the log', seconds)
        assert text in self.log, self.log

    @property
    def lines_synced(self):
        """How many lines of the open segment are on the disk, as its journal says."""
        lines = 0
        for journal in self.spooled("*.journal"):
            for entry in journal.read_bytes().split(b"\n")[:-1]:
                lines = max(lines, json.loads(entry).get("lines", 0))
        return lines
