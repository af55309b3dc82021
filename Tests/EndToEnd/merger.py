"""Runs the merger and reads what it says."""

import json
import subprocess

from program import environment_of
from schemas import checked, name_of
from simulator import binary

PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


class Merger:
    """The merger over one store, with a cache of its own."""

    def __init__(self, folder, store, **settings):
        values = {"HOME": folder, "MERGER_STORE": store.url, "MERGER_CACHE": folder / "cache"}
        self.environment = environment_of(values | store.environment | settings)

    def start(self, *arguments, **settings):
        """Runs a command to its end, whatever that is."""
        return subprocess.run(
            [binary("merger"), *map(str, arguments)], env=self.environment | settings,
            stdin=subprocess.DEVNULL, timeout=300, **PIPES)

    def begin(self, *arguments, **settings):
        """Starts a command and does not wait for it."""
        return subprocess.Popen(
            [binary("merger"), *map(str, arguments)], env=self.environment | settings,
            stdin=subprocess.DEVNULL, **PIPES)

    def __call__(self, *arguments, code=0):
        """The output of a command that must end with `code`."""
        result = self.start(*arguments)
        assert result.returncode == code, (result.returncode, result.stdout[-2000:], result.stderr)
        return result.stdout

    def json(self, *arguments, code=0):
        """The document that a command prints, which is as its schema says."""
        return checked(name_of(arguments), json.loads(self(*arguments, "--json", code=code)))

    def documents(self, *arguments, code=0):
        """The documents that a command prints, one a line."""
        lines = self(*arguments, "--json", code=code).splitlines()
        return [checked(name_of(arguments), json.loads(line)) for line in lines]
