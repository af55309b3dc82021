"""Judges a soak by the simulator's own account, gzip and JSON, with nothing of ours.

What was emitted is made again by `simulator emit`: posts and notices in order, so that what a
connection was given is one stretch of that file.
"""

import gzip
import json
import mmap
import os
import subprocess
import sys
import zlib
from array import array
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timezone

from simulator import ROOT, binary

CHECK_SEGMENT = ROOT / "Tests" / "Tools" / "check_segment.py"
# Between a send and its reading, and the two readings of one clock, on a busy machine.
CLOCK_SECONDS = 3.0


@dataclass
class Run:
    """One process of the listener."""

    # The last connection before it.
    after: int
    # Whether it was ended in the middle of its last connection.
    was_cut_short: bool = False
    # Of a run that was killed: what its journal and manifests said, and what it had been given
    # some seconds before, as a connection and the end of its posts.
    instance: str | None = None
    lines_safe: int = 0
    handed: tuple | None = None


class Emission:
    """All lines that the simulator emitted, and where each post begins."""

    def __init__(self, path, truth_path):
        with open(path, "rb") as file:
            self.bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._posts = array("Q")
        at = 0
        with open(path, "rb") as lines, open(truth_path, "rb") as posts:
            post = posts.readline()
            for line in lines:
                # A line that is not the next post is a notice.
                if line == post:
                    self._posts.append(at)
                    post = posts.readline()
                at += len(line)
        assert not post, "emit makes other posts than serve"
        self._posts.append(at)

    @property
    def post_count(self):
        return len(self._posts) - 1

    def offset(self, post):
        return self._posts[post]


class Oracle:
    def __init__(self, soak):
        self._soak = soak
        self._emission_file = soak.folder / "emission.ndjson"
        if not self._emission_file.exists():
            with open(self._emission_file, "wb") as file:
                subprocess.run(
                    [binary("simulator"), "emit", *map(str, soak.world)], check=True, stdout=file)

    # MARK: While it runs

    @property
    def last_line(self):
        with open(self._emission_file, "rb") as file:
            file.seek(-1 << 20, 2)
            return file.read().split(b"\n")[-2]

    def last_line_on_disk(self):
        """The last whole line of the newest segment that has one, open or not."""
        paths = [
            *self._soak.listener.spool.glob("*.ndjson.gz*"),
            *self._soak.store.root.glob("segments/**/*.ndjson.gz")]
        for path in sorted(paths, key=lambda path: path.name, reverse=True):
            try:
                lines = inflated(path.read_bytes()).split(b"\n")
            except FileNotFoundError:
                return None
            if len(lines) > 1:
                return lines[-2]
        return None

    # MARK: Afterwards

    def check(self):
        emission = Emission(self._emission_file, self._soak.simulator.truth_file)
        assert emission.post_count == self._soak.posts, "the simulator lacks posts"
        manifests = self._check_segments()
        by_instance = defaultdict(list)
        for manifest in sorted(manifests, key=lambda facts: facts["received"]["first"]):
            by_instance[manifest["instance"]].append(manifest)
        runs = self._soak.runs
        assert len(by_instance) == len(runs), f"{len(by_instance)} instances, {len(runs)} runs"
        lines = missing = 0
        for number, (run, found) in enumerate(zip(runs, by_instance.values(), strict=True)):
            following = runs[number + 1].after if number + 1 < len(runs) else None
            given = [facts for facts in self._soak.connections
                     if run.after < facts["id"] and (following is None or facts["id"] <= following)]
            lines += sum(manifest["lines"] for manifest in found)
            missing += self._check_run(run, found, given, emission)
        return (
            f"seed {self._soak.seed}: {self._soak.posts} posts emitted, {lines} lines in "
            f"{len(manifests)} segments of {len(runs)} runs and {len(self._soak.connections)} "
            f"connections, {missing} bytes lost to kills, stops and resets, at most "
            f"{self._soak.watch.peak_rate:.0f} posts a second and "
            f"{self._soak.watch.peak_bytes / 2**20:.0f} MiB; {self._soak.done}")

    def _check_segments(self):
        store = self._soak.store
        keys = store.keys("manifests")
        objects = {key.removesuffix(".ndjson.gz").rsplit("/", 1)[1]: store.path(key)
                   for key in store.keys("segments")}
        subprocess.run(["gzip", "-t", *objects.values()], check=True)
        manifests = []
        folder = self._soak.folder / "pairs"
        folder.mkdir()
        for key in keys:
            manifest = json.loads(store.read(key))
            manifests.append(manifest)
            name = key.rsplit("/", 1)[1]
            (folder / name).symlink_to(store.path(key))
            assert ("object" in manifest) == (name.removesuffix(".json") in objects), name
            if "object" in manifest:
                path = objects[name.removesuffix(".json")]
                (folder / path.name).symlink_to(path)
        assert manifests, "nothing was shipped"
        check_each(sorted(folder.glob("*.json")))
        return manifests

    def _check_run(self, run, manifests, given, emission):
        """- Returns: how many bytes of what was given are in no segment, as they may be."""
        manifests.sort(key=lambda manifest: manifest["sequence"])
        name = manifests[0]["instance"]
        sequences = [manifest["sequence"] for manifest in manifests]
        assert sequences == list(range(len(sequences))), f"{name}: sequences {sequences}"
        lines = sum(manifest["lines"] for manifest in manifests)
        assert run.instance in (None, name), f"{name}: is not {run.instance}"
        assert lines >= run.lines_safe, f"{name}: {lines} lines of {run.lines_safe} synced"
        content = b"".join(self._content(manifest) for manifest in manifests)
        at = missing = 0
        for facts in given:
            if not facts["posts"]:
                continue
            first, end = (emission.offset(post) for post in facts["posts"])
            got = common_prefix(content, at, emission.bytes, first, end)
            at += got
            missing += end - first - got
            where = f"{name}: connection {facts['id']} ({facts.get('closure')})"
            assert got == 0 or content[at - 1] == 10, f"{where}: a line differs at {at}"
            may_lose = facts.get("closure") == "reset" or run.was_cut_short and facts is given[-1]
            assert may_lose or first + got == end, (
                f"{where}: {end - first - got} bytes of {end - first} are missing")
            if run.handed and run.handed[0] == facts["id"]:
                assert first + got >= emission.offset(run.handed[1]), (
                    f"{where}: what came seconds before the kill is lost")
        assert at == len(content), (
            f"{name}: {len(content) - at} bytes were not sent: {content[at:at + 200]}")
        self._check_spans(run, name, manifests, given)
        return missing

    def _content(self, manifest):
        if "object" not in manifest:
            return b""
        return gzip.decompress(self._soak.store.read(manifest["object"]["key"]))

    def _check_spans(self, run, name, manifests, given):
        spans = {}
        for manifest in manifests:
            for piece in manifest["connections"]:
                known = spans.setdefault(piece["id"], [seconds(piece["from"]), 0])
                known[1] = max(known[1], seconds(piece["to"]))
        # One that opened just before a kill may not be in the journal yet.
        assert len(spans) in (len(given), len(given) - 1 if run.was_cut_short else len(given)), (
            f"{name}: {len(spans)} connections of {len(given)}")
        for (start, end), facts in zip(spans.values(), given, strict=False):
            closed = facts.get("closedAt") or end
            where = f"{name}: connection {facts['id']}: from {start} to {end}, not {facts}"
            assert abs(start - facts["openedAt"]) < CLOCK_SECONDS, where
            assert start <= end < closed + CLOCK_SECONDS, where
            if facts.get("closure") == "fault":
                assert end > closed - CLOCK_SECONDS, where


def check_each(paths):
    """Compares manifests with their segments, on all processors."""
    count = os.cpu_count()
    checks = [
        subprocess.Popen(
            [sys.executable, CHECK_SEGMENT, *paths[first::count]], stderr=subprocess.PIPE, text=True)
        for first in range(min(count, len(paths)))]
    complaints = [check.communicate()[1] for check in checks]
    assert not any(check.returncode for check in checks), "".join(complaints)


def seconds(text):
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    return moment.timestamp()


def inflated(data):
    """What can be read of a gzip file that may end anywhere."""
    content = b""
    while data:
        decoder = zlib.decompressobj(31)
        content += decoder.decompress(data)
        data = decoder.unused_data
    return content


def common_prefix(left, left_at, right, right_at, right_end, step=1 << 20):
    """How many bytes of left from left_at on are those of right, up to whole lines."""
    length = min(len(left) - left_at, right_end - right_at)
    done = 0
    while done < length:
        size = min(step, length - done)
        mine = left[left_at + done:left_at + done + size]
        theirs = right[right_at + done:right_at + done + size]
        if mine == theirs:
            done += size
        elif size == 1:
            break
        else:
            step = max(1, size // 2)
    return right.rfind(b"\n", right_at, right_at + done) + 1 - right_at if done else 0
