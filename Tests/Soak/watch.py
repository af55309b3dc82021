"""Samples the listener's memory and descriptors, and how far the simulator was."""

import pathlib
import threading
import time

SAMPLE_SECONDS = 0.25


class Watch:
    """Runs beside; `pid` is the listener's."""

    def __init__(self, simulator):
        self.peak_bytes = 0
        self.peak_rate = 0
        self._emitted = []
        self.descriptors = {}
        self.handed = []
        self.pid = None
        self._simulator = simulator
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self):
        self._stopped.set()
        self._thread.join()

    def handed_before(self, seconds):
        """The connection and the end of the posts that it had been given so long ago, if any."""
        limit = time.monotonic() - seconds
        return next((facts for at, facts in reversed(self.handed) if at < limit), None)

    def _run(self):
        while not self._stopped.wait(SAMPLE_SECONDS):
            self._look_at_process(self.pid)
            status = self._simulator.status
            self._look_at_rate(status["postsEmitted"])
            connections = status["zones"]["a"]["counts"]["connections"]
            if connections and connections[-1]["posts"]:
                last = connections[-1]
                self.handed.append((time.monotonic(), (last["id"], last["posts"][1])))
                del self.handed[:-200]

    def _look_at_rate(self, posts):
        now = time.monotonic()
        self._emitted = [(at, count) for at, count in self._emitted if at > now - 1]
        if self._emitted:
            at, count = self._emitted[0]
            # Over most of a second, so that one late block is no burst.
            if now - at > 0.6:
                self.peak_rate = max(self.peak_rate, (posts - count) / (now - at))
        self._emitted.append((now, posts))

    def _look_at_process(self, pid):
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            count = len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
        except OSError:
            return
        peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
        self.peak_bytes = max([self.peak_bytes, *(int(peak) << 10 for peak in peaks)])
        self.descriptors.setdefault(pid, []).append(count)
