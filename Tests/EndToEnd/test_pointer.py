"""A feed whose ids stand elsewhere than X has them, from the listener to every merger command."""

import json
import subprocess

import pytest

from feed import Feed
from listener import Listener
from merger import Merger
from piped import altered, emit, pipe
from simulator import wait_for
from store import DirectoryStore

POINTER = "/post/id"
HEADER = ("X-API-Key", "header-secret-0123456789")


def elsewhere(post, as_text):
    """A post of X as a line whose `id` at the top is another thing than that of the post."""
    identity = json.loads(post)["data"]["id"]
    shown = f'"{identity}"' if as_text else identity
    return b'{"id":"7-' + identity.encode() + b'","p\\u006fst":{"text":"t","id":' \
        + shown.encode() + b'},"delete":{"status":{"id":9}}}'


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two zones that each lack a part, one over HTTP with a header and one piped; merged."""
    folder = tmp_path_factory.mktemp("pointer")
    store = DirectoryStore(folder / "store")
    lines = [elsewhere(post, number % 2 == 0) for number, post in enumerate(emit(posts=300))]
    with Feed(lines[:200], HEADER) as feed:
        listener = Listener(
            folder, "a", store, SOURCE="ndjson", STREAM_URL=feed.url, ID_POINTER=POINTER,
            STREAM_HEADER=": ".join(HEADER), SEGMENT_AGE="1s", SYNC_INTERVAL="100ms")
        try:
            wait_for(lambda: store.lines_shipped("a") == 200, "the lines of the feed", 60)
            assert listener.stop() == 0
        finally:
            listener.end_for_sure()
        assert (feed.served, feed.refused) == (1, 0)
    other = [altered(line) for line in lines[100:110]] + lines[110:] + [b'{"id":5}', b"{}"]
    pipe(folder, "b", store, other, ID_POINTER=POINTER)
    merger = Merger(folder, store)
    return store, merger, lines, merger.json("run")


def test_each_id_is_there_once_in_the_bytes_of_its_winner(world):
    store, merger, lines, report = world
    by_id = {json.loads(line)["post"]["id"]: line for line in lines}
    canonical = merger("cat").split(b"\n")[:-1]
    assert canonical == [by_id[key] for key in sorted(by_id, key=int)]
    # Lines without an id at the pointer are no notices.
    assert report["total"]["canonical"] == 300
    assert report["total"]["quarantined"] == 2
    assert report["total"]["notices"] == 0
    assert sum(manifest["unreadable"] for manifest in store.manifests("b")) == 2


def test_copies_are_told_apart_by_the_whole_line(world):
    _, merger, lines, _ = world
    changed, same = (json.loads(lines[number])["post"]["id"] for number in (105, 150))
    assert "2 versions" in merger("query", changed).decode()
    assert "versions" not in merger("query", same).decode()


def test_every_command_reads_lines_by_the_same_rule(world, tmp_path):
    store, merger, lines, _ = world
    merger("verify")
    identity = json.loads(lines[3])["post"]["id"]
    assert merger("query", "--record", identity) == lines[3] + b"\n"
    zcat = store.zcat(*[segment.key for segment in store.segments("a") if segment.lines])
    file = tmp_path / "lines.gz"
    file.write_bytes(subprocess.run(["gzip"], input=zcat, stdout=subprocess.PIPE).stdout)
    # The rule is in the store alone, so a file from elsewhere is inspected with an option.
    assert merger.json("inspect", "--id-pointer", POINTER, file)["records"] == 200
    copy = store.copy(tmp_path / "copy")
    adopting = Merger(tmp_path, copy)
    adopting("adopt", "--zone", "c", file)
    [manifest] = copy.manifests("c")
    assert (manifest["records"], manifest["unreadable"]) == (200, 0)
    again = adopting.json("run")
    assert again["total"]["canonical"] == 300
    adopting("verify")


def test_a_canonical_object_is_gone_on_with(world, tmp_path):
    store, _, lines, _ = world
    copy = store.copy(tmp_path / "copy")
    late = [b'{"post":{"id":%d}}' % (int(json.loads(lines[0])["post"]["id"]) + 1)]
    pipe(tmp_path, "d", copy, late, ID_POINTER=POINTER)
    merger = Merger(tmp_path, copy)
    merger.json("run")
    assert merger("cat").count(b"\n") == 301
    merger("verify")


def test_a_crash_is_recovered_by_the_same_rule(tmp_path):
    store = DirectoryStore(tmp_path / "store")
    lines = [elsewhere(post, True) for post in emit(posts=20)]
    listener = Listener(
        tmp_path, "a", store, stdin=subprocess.PIPE, SOURCE="stdin", ID_POINTER=POINTER,
        SEGMENT_AGE="1h", SYNC_INTERVAL="50ms")
    try:
        listener.process.stdin.write(b"".join(line + b"\n" for line in lines))
        listener.process.stdin.flush()
        wait_for(lambda: listener.lines_synced == 20, "the lines on the disk")
        listener.kill()
    finally:
        listener.end_for_sure()
    pipe(tmp_path, "a", store, [], ID_POINTER=POINTER)
    assert sum(manifest["records"] for manifest in store.manifests("a")) == 20


def test_a_listener_with_another_rule_is_refused_with_what_to_do(world, tmp_path):
    store, _, _, _ = world
    for pointer, remedy in (None, "set LISTENER_ID_POINTER=/post/id"), (
            "/id", "set LISTENER_ID_POINTER=/post/id"):
        listener = Listener(tmp_path, "e", store, SOURCE="stdin", ID_POINTER=pointer)
        assert listener.wait() == 78
        assert remedy in listener.log
    assert store.manifests("e") == []


def test_init_fixes_the_rule(tmp_path):
    store = DirectoryStore(tmp_path / "store")
    merger = Merger(tmp_path, store)
    merger("init", "--id-pointer", "post", code=78)
    assert json.loads(merger("init", "--id-pointer", POINTER))["idPointer"] == POINTER
    assert json.loads(store.read("_tributary.json"))["idPointer"] == POINTER
    listener = Listener(tmp_path, "a", store, SOURCE="stdin")
    assert listener.wait() == 78
    plain = DirectoryStore(tmp_path / "plain")
    Merger(tmp_path, plain)("init")
    assert "idPointer" not in json.loads(plain.read("_tributary.json"))
    listener = Listener(tmp_path, "b", plain, SOURCE="stdin", ID_POINTER=POINTER)
    assert listener.wait() == 78
    assert "unset LISTENER_ID_POINTER" in listener.log


def test_a_header_that_is_wrong_is_refused_and_not_shown(tmp_path):
    store = DirectoryStore(tmp_path / "store")
    with Feed([b"{}"], HEADER) as feed:
        listener = Listener(
            tmp_path, "a", store, SOURCE="ndjson", STREAM_URL=feed.url,
            STREAM_HEADER="X-API-Key: another-secret-value")
        try:
            listener.wait_for_log("check LISTENER_STREAM_HEADER")
            assert listener.stop() == 0
        finally:
            listener.end_for_sure()
        assert feed.refused > 0
    assert "another-secret-value" not in listener.log
