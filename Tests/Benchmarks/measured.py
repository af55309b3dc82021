"""Runs a program and says what it took, its children included."""

import os
import pathlib
import subprocess
import threading
import time


class Measured:
    """A running program; after `finish` what it took.

    CPU seconds are those that the kernel counted for it and for the children it waited for. Memory is
    the sum of the peaks of its processes: the kernel's own figure for a child begins with what its
    parent had.
    """

    SAMPLE_SECONDS = 0.05

    def __init__(self, arguments, **options):
        self._peaks = {}
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [str(argument) for argument in arguments], stdin=subprocess.DEVNULL, **options)
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._sample, daemon=True)
        self._watch.start()

    def finish(self):
        _, self.status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(self.status)
        self.wall = time.monotonic() - self.began
        self.cpu = usage.ru_utime + usage.ru_stime
        self._ended.set()
        self._watch.join()
        assert self.process.returncode == 0, f"{self.process.args}: ended with {self.status}"
        return self

    @property
    def peak_bytes(self):
        return sum(self._peaks.values())

    def _sample(self):
        while not self._ended.wait(self.SAMPLE_SECONDS):
            for pid in self._tree(self.process.pid):
                self._peaks[pid] = max(self._peaks.get(pid, 0), self._peak(pid))

    def _tree(self, pid):
        yield pid
        try:
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            return
        for child in children:
            yield from self._tree(int(child))

    @staticmethod
    def _peak(pid):
        try:
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) << 10
        except OSError:
            pass
        return 0
