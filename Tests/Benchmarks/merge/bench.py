#!/usr/bin/env python3
"""Merges three zones with the merger, with the C++ limit and with peers, side by side.

    TRIBUTARY_BIN=.build/release bench.py [--size S] [--peers best|all|none] [--runs N]

Data, the store made of them and the limit are kept in .build/bench. Each program reads the same
files and writes one gzip file, ours with its index; each is measured as a whole tree of processes,
one at a time, in the order A B C C B A, and its output is compared with the truth. A peer that
was stopped, wrote something else or cannot be the best is run once. Prints tables of medians, and
the goals; asserts that our output is right, and nothing about speed.
"""

import argparse
import ctypes
import glob
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field

import numpy
import orjson
from isal import igzip

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CACHE = ROOT / ".build" / "bench"
GOAL_CPU_LIMIT = 1.25
GOAL_CPU_PEER = 0.55
GOAL_PEAK_BYTES = 512 << 20
# Of the CPU of the best peer: who needs more in one run is not the best in three.
BEATEN_CPU_RATIO = 1.5
GOAL_RATIO = 0.01
MEMORY_MAX_BYTES = 13 << 30
SECONDS_MAX = 900
SAMPLE_SECONDS = 0.1
PR_SET_CHILD_SUBREAPER = 36


def peer(script, *mode):
    interpreter = "bash" if script.endswith(".sh") else sys.executable
    return lambda data, out: [interpreter, HERE / "peers" / script, data, out, *mode]


LIMIT = "C++ limit"
OURS = "merger run"
BEST_PEERS = {
    "chdb, GROUP BY": peer("chdb_group.py"),
    "Python: isal, orjson, sort": peer("python_isal.py"),
    "Python: gzip, orjson, set": peer("python_set.py"),
}
OTHER_PEERS = {
    "chdb, LIMIT BY": peer("chdb_sort.py"),
    "Python: SQLite index": peer("python_sqlite.py"),
    "Polars": peer("polars_unique.py"),
    "DuckDB, DISTINCT ON": peer("duckdb_copy.py", "distinct"),
    "DuckDB, QUALIFY": peer("duckdb_copy.py", "qualify"),
    "Spark": peer("spark_drop.py"),
    "jq, sort": peer("jq_sort.sh"),
    "Miller": peer("miller.sh"),
}


@dataclass
class Run:
    """What one run of one program took, or the median of as many as `count`."""

    program: str
    cpu: float
    wall: float
    peak: int
    failure: str = ""
    bytes: int = 0
    stages: dict = field(default_factory=dict)
    count: int = 1


class Tree:
    """A tree of processes under this one, which adopts those that lose their parent."""

    def __init__(self):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def run(self, program, arguments, environment, errors):
        """Runs a program to its end, or to the bounds of memory and time."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        process = subprocess.Popen(
            [str(argument) for argument in arguments], env=environment, stdin=subprocess.DEVNULL,
            stdout=errors, stderr=errors, start_new_session=True)
        self._peak, self._failure = 0, ""
        ended = threading.Event()
        watch = threading.Thread(target=self._watch, args=(process.pid, ended))
        watch.start()
        code = process.wait()
        wall = time.monotonic() - began
        self._reap()
        ended.set()
        watch.join()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        failure = self._failure or (f"exit {code}" if code else "")
        return Run(program, cpu, wall, self._peak, failure)

    @staticmethod
    def _reap():
        while True:
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return

    def _watch(self, leader, ended):
        began = time.monotonic()
        while not ended.wait(SAMPLE_SECONDS):
            self._peak = max(self._peak, self._resident())
            late = time.monotonic() - began > SECONDS_MAX
            if (late or self._peak > MEMORY_MAX_BYTES) and not self._failure:
                self._failure = "out of time" if late else "out of memory"
                os.killpg(leader, 9)

    @staticmethod
    def _resident():
        """Of all descendants, in bytes."""
        children, pages = {}, {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    text = pathlib.Path(f"/proc/{entry}/stat").read_text()
                except OSError:
                    continue
                fields = text.rsplit(")", 1)[1].split()
                children.setdefault(int(fields[1]), []).append(int(entry))
                pages[int(entry)] = int(fields[21])
        total, waiting = 0, list(children.get(os.getpid(), []))
        while waiting:
            one = waiting.pop()
            total += pages.get(one, 0)
            waiting += children.get(one, [])
        return total * os.sysconf("SC_PAGE_SIZE")


class Data:
    """The generated zones, and what is true of them."""

    def __init__(self, size):
        self.folder = CACHE / size
        if not (self.folder / "truth.json").exists():
            subprocess.run(
                [sys.executable, HERE / "generate.py", "--size", size, "--out", self.folder],
                check=True, stdout=sys.stderr)
        self.truth = json.loads((self.folder / "truth.json").read_text())
        self.store = CACHE / f"store-{size}"
        if not self.store.exists():
            self._adopt()
        self._hashes = self._line_hashes()

    def files(self, zone="*"):
        return sorted(glob.glob(f"{self.folder}/zone-{zone}/**/*.gz", recursive=True))

    def _adopt(self):
        """Each zone's files become segments with manifests."""
        half = self.store.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        for zone in (entry["zone"] for entry in self.truth["zones"]):
            with tempfile.TemporaryDirectory(dir=CACHE) as cache:
                files = self.files(zone.removeprefix("zone-"))
                subprocess.run(
                    [merger(), "adopt", "--store", f"file://{half}", "--cache", cache,
                     "--zone", zone, *files], check=True, stdout=subprocess.DEVNULL)
        half.rename(self.store)

    def _line_hashes(self):
        path = self.folder / "line_hashes.npy"
        if not path.exists():
            numpy.save(path, numpy.unique(numpy.concatenate(
                [numpy.fromiter(map(line_hash, lines(file)), numpy.uint64)
                 for file in self.files()])))
        return numpy.load(path)

    def verdict(self, outputs):
        """What is wrong with the lines of these files, and the order; nothing if all is right."""
        ids, hashes = [], []
        for line in (line for output in outputs for line in lines(output)):
            post = orjson.loads(line)
            ids.append(int(post["data"]["id"] if "data" in post else post["id_str"]))
            hashes.append(line_hash(line))
        unique = numpy.unique(numpy.array(ids, numpy.uint64))
        text = "\n".join(map(str, unique.tolist())) + "\n"
        wrong = []
        if hashlib.sha256(text.encode()).hexdigest() != self.truth["ids_sha256"]:
            wrong.append("other ids")
        if len(ids) != len(unique):
            wrong.append("ids twice")
        if not numpy.isin(numpy.array(hashes, numpy.uint64), self._hashes).all():
            wrong.append("other bytes")
        return ", ".join(wrong), all(left < right for left, right in zip(ids, ids[1:]))


def lines(path):
    with igzip.open(path) as file:
        for line in file:
            if line := line.rstrip(b"\n"):
                yield line


def line_hash(line):
    return int.from_bytes(hashlib.blake2b(line, digest_size=8).digest(), "little")


def merger():
    folder = pathlib.Path(os.environ.get("TRIBUTARY_BIN") or ROOT / ".build" / "release")
    path = folder / "merger"
    assert path.exists(), f"{path}: not built: swift build -c release --product merger"
    return path


class Bench:
    def __init__(self, data, folder):
        self.data, self.folder, self.tree = data, folder, Tree()
        self.verdicts = {}
        self.stopped = set()
        self.errors = CACHE / "errors.log"

    def run(self, program, command):
        place = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        environment = os.environ | {"TMPDIR": str(place), "HOME": str(place)}
        out = place / "out.ndjson.gz"
        with open(self.errors, "w+b") as errors:
            run = self.tree.run(program, command(self.data.folder, out), environment, errors)
            errors.seek(0)
            said = errors.read().decode(errors="replace")
        outputs = sorted(place.glob("store/canonical/*/*/*.gz")) if program == OURS else [out]
        if run.failure:
            self.stopped.add(program)
        else:
            run.bytes = sum(output.stat().st_size for output in outputs)
            run.stages = stages(said)
            if program not in self.verdicts:
                self.verdicts[program] = self.data.verdict(outputs)
        shutil.rmtree(place)
        print(run, file=sys.stderr)
        return run

    def is_decided(self, program, runs):
        """Whether another run would not change what is said of it."""
        return self._has_failed(program) or self._is_beaten(program, runs)

    def _has_failed(self, program):
        wrong, _ = self.verdicts.get(program, ("", False))
        return program in self.stopped or bool(wrong)

    def _is_beaten(self, program, runs):
        """Whether it took so much more than the best peer that it cannot be it."""
        peers = [run for run in runs
                 if run.program not in (OURS, LIMIT) and not self._has_failed(run.program)]
        mine = [run.cpu for run in peers if run.program == program]
        best = min((run.cpu for run in peers), default=0)
        return bool(mine) and min(mine) > BEATEN_CPU_RATIO * best

    def merge(self, _, out):
        """A run over a copy of the store. The copy shares the bytes of files that never change."""
        store = out.parent / "store"
        shutil.copytree(self.data.store, store, copy_function=os.link)
        return [
            merger(), "run", "--full", "--store", f"file://{store}", "--cache",
            out.parent / "cache", "--log-level", "debug"]


def build_limit():
    path = CACHE / "limit"
    source = HERE / "limit.cpp"
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(
            ["g++", "-O3", "-march=haswell", "-std=c++20", source, "-o", path, "-lz", "-ldeflate",
             "-lsqlite3", "-lpthread"], check=True)
    return path


def stages(said):
    """CPU seconds and bytes by stage, as both programs print them at their end."""
    found = re.search(r"CPU seconds by stage: (.*)", said)
    if not found:
        return {}
    parts = re.findall(r"(\w+) ([\d.]+) for (\d+) bytes", found[1])
    return {name: (float(seconds), int(count)) for name, seconds, count in parts}


def median(runs, program):
    mine = [run for run in runs if run.program == program]
    failure = next((run.failure for run in mine if run.failure), "")
    middle = {name: statistics.median(getattr(run, name) for run in mine)
              for name in ("cpu", "wall", "peak", "bytes")}
    names = mine[0].stages if all(run.stages for run in mine) else {}
    said = {name: (statistics.median(run.stages[name][0] for run in mine),
                   mine[0].stages[name][1]) for name in names}
    return Run(program, **middle, failure=failure, stages=said, count=len(mine))


def print_programs(rows, bench, raw):
    print("| | runs | CPU s | wall s | peak MB | ratio | posts | order |")
    print("|---|--:|--:|--:|--:|--:|---|---|")
    for row in rows:
        figures = (f"| {row.program} | {row.count} | {row.cpu:.2f} | {row.wall:.1f} "
                   f"| {row.peak / 1e6:,.0f} ")
        if row.failure:
            print(f"{figures}| | {row.failure} | |")
            continue
        wrong, is_sorted = bench.verdicts[row.program]
        order = "by id" if is_sorted else "other"
        print(f"{figures}| {raw / row.bytes:.3f} | {wrong or 'each once, exact'} | {order} |")
    print()


def print_stages(ours, limit):
    """In the bytes of the raw lines that come in, and behind the choice of the winners go out."""
    print("| Stage | CPU s | MB a CPU s | the limit's | share of it |")
    print("|---|--:|--:|--:|--:|")
    for name, (seconds, _) in ours.stages.items():
        theirs, count = limit.stages.get(name, (0, limit.stages["deflate"][1]))
        speed = f"{count / seconds / 1e6:,.0f}" if seconds else ""
        limit_speed = f"{count / theirs / 1e6:,.0f}" if theirs else ""
        share = f"{theirs / seconds:.0%}" if theirs and seconds else ""
        print(f"| {name} | {seconds:.2f} | {speed} | {limit_speed} | {share} |")
    again = ours.stages["inflate"][1] / limit.stages["inflate"][1]
    print(f"| inflated, of what came in | {again:.1%} | | | |")
    rest = ours.cpu - sum(seconds for seconds, _ in ours.stages.values())
    print(f"| the rest | {rest:.2f} | | |\n")


def print_goals(ours, limit, peers, posts):
    whole = [row for row in peers if not row.failure]
    best = min(whole, key=lambda row: row.cpu, default=None)
    print("| Goal | measured | at most | |\n|---|--:|--:|---|")
    goal("CPU of the C++ limit", ours.cpu / limit.cpu, GOAL_CPU_LIMIT)
    if best:
        goal(f"CPU of the best peer ({best.program})", ours.cpu / best.cpu, GOAL_CPU_PEER)
        # Every peer but one that is not in the table deflates with zlib's level 6.
        goal("more bytes than zlib 6", ours.bytes / best.bytes - 1, GOAL_RATIO)
    goal("peak memory", ours.peak / 2**20, GOAL_PEAK_BYTES / 2**20, " MiB")
    print(f"\n{ours.cpu / posts * 1e6:.1f} µs of CPU for each post read")


def goal(what, value, bound, unit=""):
    said = "met" if value <= bound else "MISSED"
    print(f"| {what} | {value:.3g}{unit} | {bound:.3g}{unit} | {said} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="S", help="XS, S, M or L: posts of each zone")
    parser.add_argument("--peers", choices=("none", "best", "all"), default="best")
    parser.add_argument("--runs", type=int, default=1, help="of each program")
    options = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    limit = build_limit()
    data = Data(options.size)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="run-") as folder:
        bench = Bench(data, pathlib.Path(folder))
        programs = {OURS: bench.merge, LIMIT: lambda read, out: [limit, read, out]}
        if options.peers != "none":
            programs |= BEST_PEERS
        if options.peers == "all":
            programs |= OTHER_PEERS
        runs = []
        for number in range(options.runs):
            for program in list(programs)[:: 1 if number % 2 == 0 else -1]:
                if number == 0 or not bench.is_decided(program, runs):
                    runs.append(bench.run(program, programs[program]))
    rows = [median(runs, program) for program in programs]
    truth = data.truth
    print(f"Data set {options.size}: {truth['lines']:,} posts in {len(truth['zones'])} zones, "
          f"{truth['raw_bytes']:,} bytes, {truth['unique']:,} ids; medians; "
          f"load {os.getloadavg()[0]:.1f}\n")
    print_programs(rows, bench, rows[0].stages["deflate"][1])
    print_stages(rows[0], rows[1])
    print_goals(rows[0], rows[1], rows[2:], truth["lines"])
    assert not rows[0].failure and bench.verdicts[OURS] == ("", True), (rows[0], bench.verdicts)


main()
