"""Runs the programs under test: a bare environment, output in a file, ended by their pid."""

import os
import signal
import subprocess

from simulator import binary


def environment_of(settings):
    """The settings and nothing of the environment of the tests but what a program needs to run."""
    inherited = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TZ")
                 if name in os.environ}
    return inherited | {name: str(value) for name, value in settings.items()}


class Program:
    """One running process."""

    def __init__(
            self, log, name, *arguments, settings, stdin=subprocess.DEVNULL, prefix=()):
        self.log_file = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                [*prefix, binary(name), *map(str, arguments)], env=environment_of(settings),
                stdin=stdin, stdout=output, stderr=output)

    @property
    def log(self):
        return self.log_file.read_text()

    @property
    def is_running(self):
        return self.process.poll() is None

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=60):
        return self.process.wait(timeout=seconds)

    def kill(self):
        """SIGKILL, as a power loss would; says that this is what ended it."""
        self.process.kill()
        assert self.wait() == -signal.SIGKILL
