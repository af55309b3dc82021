"""deploy/logrotate/tributary, really run against a listener that is writing."""

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
ROTATIONS = 4


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


@pytest.fixture
def rotate(tmp_path):
    """Runs logrotate by force on the file of a listener, whose process it is told later."""
    program, libraries = logrotate.find()
    text = (ROOT / "deploy" / "logrotate" / "tributary").read_text()
    text = text.replace("/var/log/tributary", str(tmp_path / "log"))
    group = grp.getgrgid(os.getgid()).gr_name
    text = re.sub(r"su .*", f"su {getpass.getuser()} {group}", text)
    conf = tmp_path / "logrotate.conf"
    conf.write_text(text)
    conf.chmod(0o644)
    # Stands in for `systemctl reload listener.service`, and for a listener that takes its time: that
    # the command is over says nothing yet.
    shims = tmp_path / "bin"
    shims.mkdir()
    systemctl = shims / "systemctl"
    systemctl.write_text(f"""#!/bin/sh
[ "$*" = "reload listener.service" ] || exit 1
process=$(cat {tmp_path}/listener.pid)
kill -0 "$process" || exit 1
(sleep 0.3; kill -HUP "$process") >/dev/null 2>&1 &
""")
    systemctl.chmod(0o755)

    def run():
        return subprocess.run(
            [program, "--force", "--state", tmp_path / "state", conf], timeout=60,
            env=environment(**libraries, PATH=f"{shims}:{os.environ['PATH']}"),
            capture_output=True, text=True)

    return run


def test_no_line_is_lost_and_every_rotated_file_is_whole(rotate, tmp_path):
    log = tmp_path / "log"
    log.mkdir(mode=0o755)
    file = log / "tweets.ndjson.gz"
    posts = subprocess.check_output(
        [binary("simulator"), "emit", "--posts", str(POSTS)]).splitlines(keepends=True)
    listener = subprocess.Popen(
        [binary("listener"), "run", "--source", "stdin", "--output-file", file],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    load = Load(posts, listener.stdin)
    (tmp_path / "listener.pid").write_text(str(listener.pid))
    rotated, last = [], 0
    while len(rotated) < ROTATIONS:
        wait_for(lambda: file.exists() and file.stat().st_size > 0, "a file with something in it")
        # Names of rotated files differ by the second.
        wait_for(lambda: int(time.time()) > last, "the next second")
        result = rotate()
        last = int(time.time())
        assert (result.returncode, result.stderr) == (0, "")
        now = sorted(log.glob("tweets-*.ndjson.gz"))
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


def test_a_rotation_without_a_listener_is_an_error_and_loses_nothing(rotate, tmp_path):
    log = tmp_path / "log"
    log.mkdir(mode=0o755)
    file = log / "tweets.ndjson.gz"
    result = subprocess.run(
        [binary("listener"), "run", "--source", "stdin", "--output-file", file],
        input=b'{"id":1}\n', timeout=60, capture_output=True, env=environment())
    assert result.returncode == 0
    (tmp_path / "listener.pid").write_text("none")
    assert rotate().returncode != 0
    [path] = log.glob("tweets-*.ndjson.gz")
    assert subprocess.check_output(["zcat", path]) == b'{"id":1}\n'
