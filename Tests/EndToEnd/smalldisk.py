"""A real file system of a few MiB, in a mount namespace of its own."""

import pathlib
import subprocess

import pytest


class SmallDisk:
    """A tmpfs at `path`, seen only by programs that are started with `prefix`."""

    def __init__(self, path, size):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True)
        mount = f'mount -t tmpfs -o size={size} tmpfs "$0" && echo mounted && exec sleep infinity'
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, self.path],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self._holder.stdout.readline() != b"mounted\n":
            reason = self._holder.communicate()[1].decode().strip()
            pytest.skip(f"no file system can be mounted here: {reason}")
        self.prefix = ("nsenter", "--mount", "--target", str(self._holder.pid), "--")
        # The same files, for the tests.
        self.files = pathlib.Path(f"/proc/{self._holder.pid}/root{self.path}")

    def remount(self, option):
        subprocess.run(
            [*self.prefix, "mount", "-o", f"remount,{option}", self.path], check=True)

    def fill(self):
        """Leaves not a byte."""
        with open(self.files / "filler", "wb", buffering=0) as file:
            try:
                while file.write(bytes(1 << 16)):
                    pass
            except OSError:
                pass

    def unfill(self):
        (self.files / "filler").unlink()

    def close(self):
        self._holder.kill()
        self._holder.communicate()
