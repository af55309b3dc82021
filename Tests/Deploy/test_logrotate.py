"""deploy/logrotate/tributary, really run against a listener that is writing."""

import datetime
import getpass
import grp
import os
import re
import subprocess
import threading
import time

import pytest

import logrotate
from programs import environment
from simulator import ROOT, binary, wait_for

POSTS = 40000
POSTS_AT_ONCE = 20
PAUSE = 0.01
ROTATIONS = 3
SIZE_MAX = 16 << 10


class Load(threading.Thread):
    """Writes posts to a pipe at a pace until it is stopped."""

    def __init__(self, posts, pipe):
        super().__init__(daemon=True)
        self._posts = posts
        self._pipe = pipe
        self._sent = 0
        self._end = threading.Event()
        self.start()

    def run(self):
        while self._sent < len(self._posts) and not self._end.wait(PAUSE):
            chunk = self._posts[self._sent:self._sent + POSTS_AT_ONCE]
            self._pipe.write(b"".join(chunk))
            self._pipe.flush()
            self._sent += len(chunk)

    def stop(self):
        """Ends the input; returns all of it."""
        self._end.set()
        self.join()
        self._pipe.close()
        return b"".join(self._posts[:self._sent])


class Logrotate:
    """Runs logrotate, as its timer would, on the file of a listener, whose process it is told later."""

    def __init__(self, tmp_path):
        self._program, self._libraries = logrotate.find()
        self._folder = tmp_path
        log = tmp_path / "log"
        log.mkdir(mode=0o755)
        self.file = log / "tweets.ndjson.gz"
        text = (ROOT / "deploy" / "logrotate" / "tributary").read_text()
        text = text.replace("/var/log/tributary", str(log))
        group = grp.getgrgid(os.getgid()).gr_name
        self._text = re.sub(r"su .*", f"su {getpass.getuser()} {group}", text)
        self.set_size_max("1G")
        self._write_systemctl()

    @property
    def rotated(self):
        return sorted(self.file.parent.glob("tweets-*.ndjson.gz"))

    def set_size_max(self, size):
        conf = self._folder / "logrotate.conf"
        text, count = re.subn(r"\bmaxsize 1G\b", f"maxsize {size}", self._text)
        assert count == 1
        conf.write_text(text)
        conf.chmod(0o644)

    def set_last_rotation(self, days_ago):
        """Writes what logrotate itself remembers of a rotation."""
        last = datetime.datetime.now() - datetime.timedelta(days=days_ago)
        state = self._folder / "state"
        state.touch(mode=0o600)
        state.write_text(
            f'logrotate state -- version 2\n"{self.file}" {last:%Y-%m-%d-%H:%M:%S}\n')

    def told(self, process):
        (self._folder / "listener.pid").write_text(str(process))

    def run(self):
        return subprocess.run(
            [self._program, "--state", self._folder / "state", self._folder / "logrotate.conf"],
            timeout=60, capture_output=True, text=True, env=environment(
                **self._libraries, PATH=f"{self._folder}/bin:{os.environ['PATH']}"))

    def _write_systemctl(self):
        # Stands in for `systemctl reload listener.service`, and for a listener that takes its time:
        # that the command is over says nothing yet.
        systemctl = self._folder / "bin" / "systemctl"
        systemctl.parent.mkdir()
        systemctl.write_text(f"""#!/bin/sh
[ "$*" = "reload listener.service" ] || exit 1
process=$(cat {self._folder}/listener.pid)
kill -0 "$process" || exit 1
(sleep 0.3; kill -HUP "$process") >/dev/null 2>&1 &
""")
        systemctl.chmod(0o755)


@pytest.fixture
def rotation(tmp_path):
    return Logrotate(tmp_path)


@pytest.mark.parametrize("trigger", ["day", "size"])
def test_no_line_is_lost_and_every_rotated_file_is_whole(rotation, trigger):
    file = rotation.file
    posts = subprocess.check_output(
        [binary("simulator"), "emit", "--posts", str(POSTS)]).splitlines(keepends=True)
    listener = subprocess.Popen(
        [binary("listener"), "run", "--source", "stdin", "--output-file", file],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    load = Load(posts, listener.stdin)
    rotation.told(listener.pid)
    if trigger == "size":
        rotation.set_size_max(SIZE_MAX)
    rotated, last = [], 0
    while len(rotated) < ROTATIONS:
        rotation.set_last_rotation(days_ago=0)
        if trigger == "size":
            wait_for(lambda: file.exists() and file.stat().st_size > SIZE_MAX, "a large file")
        else:
            wait_for(lambda: file.exists() and file.stat().st_size > 0, "a file with something in it")
            assert rotation.run().returncode == 0
            assert rotation.rotated == rotated, "rotated before the day was over"
            rotation.set_last_rotation(days_ago=1)
        # Names of rotated files differ by the second.
        wait_for(lambda: int(time.time()) > last, "the next second")
        result = rotation.run()
        last = int(time.time())
        assert (result.returncode, result.stderr) == (0, "")
        now = rotation.rotated
        # That logrotate came back means that they are whole, although the listener goes on.
        for path in now:
            subprocess.run(["gunzip", "--test", path], check=True)
        assert len(now) == len(rotated) + 1
        rotated = now
        assert load.is_alive(), "the load ended before the last rotation"
    sent = load.stop()
    assert listener.wait(timeout=120) == 0, listener.stderr.read()
    subprocess.run(["gunzip", "--test", file], check=True)
    received = b"".join(
        subprocess.check_output(["zcat", path]) for path in [*rotated, file])
    assert received == sent
    assert received.count(b"\n") > 1000


def test_a_rotation_without_a_listener_is_an_error_and_loses_nothing(rotation):
    result = subprocess.run(
        [binary("listener"), "run", "--source", "stdin", "--output-file", rotation.file],
        input=b'{"id":1}\n', timeout=60, capture_output=True, env=environment())
    assert result.returncode == 0
    rotation.told("none")
    rotation.set_last_rotation(days_ago=1)
    assert rotation.run().returncode != 0
    [path] = rotation.rotated
    assert subprocess.check_output(["zcat", path]) == b'{"id":1}\n'
