"""What a run of the merger does for each record, told by counts that do not depend on the machine."""

import gzip
import json
import re
import subprocess
import sys
import zlib

import pytest

from allocations import Allocations
from handmade import BASE
from merger import Merger
from simulator import binary
from store import DirectoryStore
from written import Line, deletion, id_at, post, write_segment

SPAN_MS = 600_000
# For each line more: what a member, a page of the index or a growing array takes, hundreds share.
ALLOCATIONS_MAX = 0.25
# Of all members: a cut between slices lies within two others, and here are six cuts and 193 members.
ACROSS_CUTS_MAX = 0.1
# Of bytes, that a faster library may cost.
RATIO_LOSS_MAX = 0.01


def write_zones(store, zones, posts, member_lines, asides=()):
    """A segment for each zone, of the same minutes however many the posts are; how many lines.

    Each zone lacks other posts, so that each has winners and copies, and members of one begin
    within those of another.
    """
    written = 0
    for zone in zones:
        place = "abc".index(zone)
        times = (BASE + number * SPAN_MS // posts for number in range(posts))
        lines = [Line(time + 1, post(id_at(time), "word " * 20)) for time in times]
        del lines[place::7], lines[:place * 13]
        lines += [Line(BASE + SPAN_MS - 1, content) for content in asides]
        write_segment(store, zone, BASE, BASE + SPAN_MS, lines, member_lines=member_lines)
        written += len(lines)
    return written


# allocations


def counted_runs(folder, posts):
    """Lines and allocations of a run that begins the hour, and of one that builds upon it."""
    folder.mkdir()
    store = DirectoryStore(folder / "store")
    allocations = Allocations(folder)
    merger = Merger(folder, store, **allocations.environment)
    merger("init")
    allocations.take()
    runs = []
    for zones in ("ab", "c"):
        lines = write_zones(store, zones, posts, member_lines=500)
        report = merger.json("run", "--full", "--deletions", "now")
        assert (report["hoursWritten"], report["segmentsAdmitted"]) == (1, len(zones))
        runs.append((lines, allocations.take()))
    return runs


def test_a_line_more_is_no_allocation_more(tmp_path):
    # Two a second and more: where seconds have none, a manifest that is of fewer is shorter.
    few, many = (counted_runs(tmp_path / str(posts), posts) for posts in (1_500, 12_000))
    for (lines, before), (lines_more, after) in zip(few, many, strict=True):
        assert before > 1000, "a program that allocates next to nothing was not counted"
        assert (after - before) / (lines_more - lines) < ALLOCATIONS_MAX, (before, after)


# inflating


def inflated_share(folder, memory, asides=(), deletions="honour"):
    """What a run inflates, of the bytes that its segments hold."""
    store = DirectoryStore(folder / "store")
    merger = Merger(folder, store)
    merger("init", "--deletions", deletions)
    write_zones(store, "abc", 3_000, member_lines=40, asides=asides)
    run = merger.start("run", "--full", "--memory", memory, "--log-level", "debug")
    assert run.returncode == 0, run.stderr
    inflated = int(re.search(rb"inflate [\d.]+ for (\d+) bytes", run.stderr)[1])
    return inflated / sum(manifest["raw"]["bytes"] for manifest in store.manifests())


NOTICE = deletion(id_at(BASE))


@pytest.mark.parametrize("asides", [(), [NOTICE]], ids=["posts", "notices"])
def test_with_memory_for_the_hour_every_member_is_inflated_once(tmp_path, asides):
    assert inflated_share(tmp_path, "1GiB", asides) == 1


@pytest.mark.parametrize(
    ("asides", "deletions"), [((), "honour"), ([NOTICE], "ignore")], ids=["posts", "notices ignored"])
def test_with_little_memory_only_members_across_cuts_are_inflated_again(
        tmp_path, asides, deletions):
    # More than once shows that there were cuts.
    share = inflated_share(tmp_path, "64MiB", asides, deletions)
    assert 1 < share < 1 + ACROSS_CUTS_MAX


def test_with_little_memory_and_notices_only_members_with_winners_are_inflated_again(tmp_path):
    # What is deleted must be known before the first record is written. Posts that zone a lacks
    # are in every member of zone b; zone c has none that neither has.
    assert 1 < inflated_share(tmp_path, "64MiB", [NOTICE]) < 1 + 2 / 3 + ACROSS_CUTS_MAX


# memory

# What the program itself takes, its libraries and SQLite's pages in it.
PROGRAM_BYTES = 96 << 20
MEMORY = 64 << 20


def test_an_hour_of_notices_is_not_held_in_memory(tmp_path):
    store = DirectoryStore(tmp_path / "store")
    merger = Merger(tmp_path, store)
    merger("init")
    notice = b'{"warning":{"message":"%s"}}' % (b"x" * 50_000)
    lines = [Line(BASE + number, notice) for number in range(5_000)]
    write_segment(store, "a", BASE, BASE + SPAN_MS, lines, member_lines=20)
    # A process of little memory in between: a child inherits the peak of whoever started it.
    process = subprocess.run(
        [sys.executable, "-c", PEAK, binary("merger"), "run", "--full", "--memory", "64MiB"],
        env=merger.environment, capture_output=True, check=True)
    assert MEMORY < sum(len(line.content) for line in lines) / 3
    assert int(process.stderr.split()[-1]) << 10 < MEMORY + PROGRAM_BYTES


PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


# deflating


def members(data):
    """What each gzip member of an object holds."""
    while data:
        inflater = zlib.decompressobj(31)
        yield inflater.decompress(data)
        assert inflater.eof
        data = inflater.unused_data


def test_the_canonical_stream_is_at_most_1_percent_larger_than_by_zlib_6(small):
    assert json.loads(small.store.read("_tributary.json"))["compression"] == "balanced"
    objects = [small.store.read(key) for key in small.store.canonical_keys]
    raws = [raw for data in objects for raw in members(data)]
    assert sum(map(len, raws)) > 1 << 20, "too little to tell a ratio from headers"
    ours, by_zlib = sum(map(len, objects)), sum(len(gzip.compress(raw, 6)) for raw in raws)
    assert ours <= (1 + RATIO_LOSS_MAX) * by_zlib
