"""One listener on a stream with bursts, while everything goes wrong that a seed draws.

    TRIBUTARY_BIN=.build/release python soak.py [--seed N] [--minutes N]

Afterwards the oracle compares what was shipped with what the simulator handed over.
"""

import argparse
import math
import pathlib
import random
import shutil
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tests" / name) for name in ("Soak", "EndToEnd")]
from listener import Listener  # noqa: E402
from oracle import Oracle, Run  # noqa: E402
from schedule import KINDS, events  # noqa: E402
from simulator import Simulator, binary, wait_for  # noqa: E402
from spool import instance_of, lines_on_disk  # noqa: E402
from store import DirectoryStore  # noqa: E402
from watch import Watch  # noqa: E402

RATE = 5000
BURST_EVERY_SECONDS = 10
BURST_FACTOR = 10
SYNC_SECONDS = 1.0
STALL_SECONDS = 2
# Until a fault with a window is commanded again.
WINDOW_SECONDS = 2
# A read may be late on a busy machine; what was handed over this long before a kill must be there.
SAFE_SECONDS = SYNC_SECONDS + 2
PEAK_BYTES = 64 << 20
# Four segments are shipped at once, each with its file and what lies in the store.
DESCRIPTORS_SPREAD = 8


class Soak:
    def __init__(self, folder, seed, seconds):
        self.folder, self.seed, self.seconds = folder, seed, seconds
        self.store = DirectoryStore(folder / "store")
        self.runs = []
        self.done = dict.fromkeys(KINDS, 0)
        self.store_returns = None
        self.world = [
            "--seed", seed, "--brief", "--rate", RATE, "--burst-every", BURST_EVERY_SECONDS,
            "--notices", 0.01, "--awkward", 0.02, "--jitter", 0.3, "--posts", self.posts,
            "--start-time", int(time.time() * 1000)]

    @property
    def posts(self):
        share = (BURST_EVERY_SECONDS - 1 + BURST_FACTOR) / BURST_EVERY_SECONDS
        return int(RATE * self.seconds * share)

    def run(self):
        options = ["--wait-for", 1, "--zones", "a", "--keep-alive", 0.5, "--replace-oldest"]
        with Simulator(self.folder / "simulator", *self.world, *options) as self.simulator:
            self.watch = Watch(self.simulator)
            try:
                self._start()
                self._suffer()
                self._end()
            finally:
                self.watch.stop()
                self.listener.end_for_sure()
            self.connections = self.simulator.zone("a")["counts"]["connections"]
            self.faults_fired = self.simulator.zone("a")["faultsFired"]
        self._check_faults()
        self._check_process()
        return Oracle(self).check()

    # MARK: The listener

    def _start(self):
        connections = self.simulator.zone("a")["counts"]["connections"]
        self.runs.append(Run(after=connections[-1]["id"] if connections else 0))
        # Faults are to decide when it connects, and not X's limit of attempts.
        (self.folder / "spool-a" / "attempts").unlink(missing_ok=True)
        self.listener = Listener.of_simulator(
            self.folder, "a", self.store, self.simulator, SEGMENT_AGE="5s", SEGMENT_BYTES="2MiB",
            SYNC_INTERVAL=f"{SYNC_SECONDS:g}s", STALL_TIMEOUT=f"{STALL_SECONDS}s")
        self.watch.pid = self.listener.process.pid
        wait_for(lambda: self._open() or not self.listener.is_running, "a stream")
        assert self.listener.is_running, self.listener.log

    def _open(self):
        return self.simulator.zone("a")["open"] == 1

    def _kill(self):
        run = self.runs[-1]
        run.handed = self.watch.handed_before(SAFE_SECONDS)
        self.listener.kill()
        lines = lines_on_disk(self.listener.spool, self._store_there())
        run.instance = max(map(instance_of, lines), key=lambda name: max(
            segment for segment in lines if instance_of(segment) == name))
        run.lines_safe = sum(
            count for name, count in lines.items() if instance_of(name) == run.instance)
        run.was_cut_short = True
        wait_for(lambda: not self._open(), "the end of the stream")
        self._start()

    def _wait_for_sync(self):
        def synced():
            lines = lines_on_disk(self.listener.spool, self._store_there()) or {}
            newest = max(lines, default=None)
            return newest, lines.get(newest, 0)

        before = synced()
        wait_for(lambda: synced()[1] > 0 and synced() != before, "a sync")

    def _store_there(self):
        return self.store if self.store_returns is None else DirectoryStore(self._away)

    def _restart(self):
        self._bring_back()
        wait_for(self._is_shipped, "the backlog of an outage", 60)
        self.runs[-1].was_cut_short = True
        assert self.listener.stop() == 0, self.listener.log
        assert self._is_shipped(), "SIGTERM left segments behind"
        wait_for(lambda: not self._open(), "the end of the stream")
        self._start()

    def _is_shipped(self):
        return not self.listener.spooled("2*.json")

    def _end(self):
        self._bring_back()
        self.simulator.wait_until_finished(60)
        oracle = Oracle(self)
        if self._was_given_the_end():
            wait_for(lambda: oracle.last_line_on_disk() == oracle.last_line, "the last line", 60)
        wait_for(self._is_shipped, "the backlog", 120)
        assert self.listener.stop() == 0, self.listener.log
        left = [path.name for path in self.listener.spooled("2*")]
        assert not left, f"something stays in the spool: {left}"
        quarantined = self.listener.spooled("quarantine/*")
        assert not quarantined, f"something is in quarantine: {quarantined}"

    def _was_given_the_end(self):
        """Not where a kill came late: what that run had not synced is lost, as it may be."""
        return any(
            self.runs[-1].after < facts["id"] and facts["posts"][1:] == [self.posts]
            for facts in self.simulator.zone("a")["counts"]["connections"])

    # MARK: What goes wrong

    def _suffer(self):
        began = time.monotonic()
        for event in events(self.seed, self.seconds):
            self._wait(began + event.at)
            print(f"{event.at:7.1f} s: {event.kind}", file=sys.stderr)
            self._befall(event)
            self.done[event.kind] += 1
        self._wait(began + self.seconds - 1)

    def _wait(self, until):
        while time.monotonic() < until:
            if self.store_returns is not None and self.store_returns <= time.monotonic():
                self._bring_back()
            assert self.listener.is_running, self.listener.log
            time.sleep(0.02)

    def _befall(self, event):
        match event.kind:
            case "cut" | "end":
                self._command(kind=event.kind)
            case "reset":
                self._command(kind="hangup", reset=True, until="+1")
            case "hangup":
                self._command(kind="hangup", until=f"+{RATE}")
            case "stall":
                stalls = self.listener.log.count("stalled: no byte")
                self._command(kind="stall")
                wait_for(lambda: self.listener.log.count("stalled: no byte") > stalls, "its notice")
            case "rotate":
                self.listener.rotate()
            case "kill":
                # Right behind a sync, before more of the member follows: is what it said true?
                self._wait_for_sync()
                self._kill()
            case "restart":
                self._restart()
            case "outage":
                self._take_away(event.seconds)
            case "kill in an outage":
                self._take_away(event.seconds)
                self._kill()

    def _command(self, **fault):
        """Commands a fault, and again where a connection ended before it was reached.

        One with a window is commanded again after a while, too: a burst may pass all of the window
        before the connection looks.
        """
        kind = fault["kind"]
        before = self.simulator.zone("a")["faultsFired"].get(kind, 0)
        befallen = None
        again_at = math.inf

        def has_fired():
            nonlocal befallen, again_at
            zone = self.simulator.zone("a")
            if zone["faultsFired"].get(kind, 0) > before:
                return True
            connections = zone["counts"]["connections"]
            now = time.monotonic()
            if zone["open"] == 1 and (connections[-1]["id"] != befallen or now > again_at):
                befallen = connections[-1]["id"]
                again_at = now + WINDOW_SECONDS if "until" in fault else math.inf
                self.simulator.fault(zone="a", **fault)
            return False

        wait_for(has_fired, f"{fault} to fire")

    @property
    def _away(self):
        return self.store.root.with_name("store-away")

    def _take_away(self, seconds):
        """The directory is gone and a file has its name: nothing can be written below it."""
        self._bring_back()
        wait_for(self.store.root.exists, "the store")
        self.store.root.rename(self._away)
        self.store.root.write_bytes(b"")
        refused = self.listener.log.count("not shipped yet")
        self.listener.rotate()
        wait_for(lambda: self.listener.log.count("not shipped yet") > refused, "a refusal")
        self.store_returns = time.monotonic() + seconds

    def _bring_back(self):
        if self._away.exists():
            self.store.root.unlink()
            self._away.rename(self.store.root)
        self.store_returns = None

    # MARK: Afterwards

    def _check_faults(self):
        missing = [kind for kind, count in self.done.items() if count == 0]
        assert not missing, f"these never happened: {missing}"
        for kind in ("cut", "hangup", "end", "stall"):
            assert self.faults_fired.get(kind), f"the simulator never fired {kind}"
        assert any(facts.get("closure") == "reset" for facts in self.connections)
        # A busy machine smears a burst, but not that far.
        assert self.watch.peak_rate > RATE * BURST_FACTOR / 3, (
            f"no burst: at most {self.watch.peak_rate:.0f} posts a second")
        for text in ("stalled: no byte", "SIGHUP: rotating", "SIGTERM: sealing", "left it open",
                     "not shipped yet"):
            assert text in self.listener.log, f'the log never says "{text}"'

    def _check_process(self):
        assert 0 < self.watch.peak_bytes < PEAK_BYTES, f"peak of {self.watch.peak_bytes} bytes"
        for pid, counts in self.watch.descriptors.items():
            # The first samples are of the start, and of a stream that is not open yet.
            steady = counts[len(counts) // 4:]
            if len(steady) >= 8:
                growth = min(steady[-4:]) - min(steady[:4])
                assert growth <= DESCRIPTORS_SPREAD, f"process {pid}: descriptors: {counts}"


def soak(folder, seed, minutes):
    """Runs all of it and clears up; where it fails, says how to run it again and what it left."""
    pathlib.Path(folder).mkdir(exist_ok=True)
    try:
        report = Soak(pathlib.Path(folder), seed, minutes * 60).run()
    except BaseException:
        print(f"soak: failed: again with: make soak SEED={seed} MINUTES={minutes:g}: "
              f"what it left is in {folder}", file=sys.stderr)
        raise
    shutil.rmtree(folder)
    return report


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int)
    parser.add_argument("--minutes", type=float, default=30)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    print(f"soak: seed {seed}, {options.minutes:g} minutes, {binary('listener')}", flush=True)
    print(soak(tempfile.mkdtemp(dir=ROOT / ".build", prefix="soak-"), seed, options.minutes))


if __name__ == "__main__":
    main()
