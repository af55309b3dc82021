"""How a listener holds its stream: gaps that are filled, ends that are announced, lengths, rules."""

import datetime

import pytest

from listener import STREAM_PATH, Listener
from simulator import wait_for
from store import DirectoryStore

LEGACY = {
    "CONSUMER_KEY": "consumer-key-a", "CONSUMER_SECRET": "consumer-secret-a",
    "ACCESS_TOKEN": "access-token-a", "ACCESS_TOKEN_SECRET": "access-token-secret-a",
    "TWITTER_USER": "somebody"}


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "store")


@pytest.fixture
def listen(tmp_path, store):
    """Starts listeners of v2, or of v1.1 with that path; they are ended after the test."""
    running = []

    def start(simulator, path=STREAM_PATH, **settings):
        ours = {"STREAM_URL": simulator.origin + path, "SEGMENT_AGE": "1s",
                "SYNC_INTERVAL": "200ms"}
        if path == STREAM_PATH:
            ours["BEARER_TOKEN"] = "token-a"
        else:
            ours |= {"SOURCE": "twitter-v1", "environment": LEGACY}
        running.append(Listener(tmp_path, "a", store, **(ours | settings)))
        return running[-1]

    yield start
    for listener in running:
        listener.end_for_sure()


def lines_of(store):
    return [line for segment in store.segments("a") for line in segment.lines]


def connections(store):
    """The last piece of each connection, in order."""
    pieces = [piece for manifest in store.manifests("a") for piece in manifest["connections"]]
    return list({piece["id"]: piece for piece in pieces}.values())


def cut(simulator, **fault):
    before = simulator.zone("a")["counts"]["opened"]
    simulator.fault(zone="a", **({"kind": "cut"} | fault))
    wait_for(lambda: simulator.zone("a")["counts"]["opened"] > before, "the next connection")


def refused(simulator):
    return simulator.zone("a")["counts"]["refused"]


# Gaps


def test_a_gap_is_filled_and_the_manifest_says_what_is_covered(serve, listen, store):
    simulator = serve("--posts", 1200, "--rate", 300, "--wait-for", 1, "--backfill", "a")
    listener = listen(simulator)
    wait_for(lambda: listener.lines_synced > 0, "lines on the disk")
    cut(simulator, kind="hangup", until="+200")
    simulator.wait_until_finished()
    wait_for(lambda: set(lines_of(store)) == set(simulator.truth), "every post in the store")
    assert listener.stop() == 0
    first, second = connections(store)
    assert (first["kind"], second["kind"]) == ("live", "backfill")
    assert "covers" not in first
    begin, end = (
        datetime.datetime.fromisoformat(second["covers"][name].replace("Z", "+00:00"))
        for name in ("first", "last"))
    assert end - begin == datetime.timedelta(minutes=1)
    assert first["to"] > second["covers"]["first"]


def test_an_account_without_back_fill_is_asked_for_it_once(serve, listen, store):
    simulator = serve("--posts", 2000, "--rate", 300, "--wait-for", 1)
    listener = listen(simulator)
    listener.wait_for_log("connected (live)")
    for _ in range(3):
        cut(simulator)
    assert listener.log.count("trying again without back-fill") == 1
    assert refused(simulator) == {"400": 1}
    assert listener.stop() == 0
    assert {piece["kind"] for piece in connections(store)} == {"live"}


def test_without_the_setting_no_gap_is_asked_for(serve, listen, store):
    simulator = serve("--posts", 1200, "--rate", 300, "--wait-for", 1, "--backfill", "a")
    listener = listen(simulator, BACKFILL="false")
    listener.wait_for_log("connected (live)")
    cut(simulator)
    assert listener.stop() == 0
    assert {piece["kind"] for piece in connections(store)} == {"live"}


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_gap_of_a_restart_is_asked_for(serve, listen, store, end):
    simulator = serve("--posts", 1200, "--rate", 300, "--wait-for", 1, "--backfill", "a")
    first = listen(simulator)
    wait_for(lambda: first.lines_synced > 0, "lines on the disk")
    first.stop() if end == "stop" else first.kill()
    missed = simulator.status["postsEmitted"] + 100
    wait_for(lambda: simulator.status["postsEmitted"] >= missed, "posts that nobody hears")
    second = listen(simulator)
    second.wait_for_log("connected (backfill)")
    simulator.wait_until_finished()
    wait_for(lambda: set(lines_of(store)) == set(simulator.truth), "every post in the store")
    assert second.stop() == 0


# What the server announces


@pytest.mark.parametrize("path, type, name", [
    (STREAM_PATH, "UpstreamOperationalDisconnect",
     "UpstreamOperationalDisconnect (This stream has been disconnected for operational reasons.)"),
    (STREAM_PATH, "NeverHeardOf",
     "NeverHeardOf (This stream has been disconnected for operational reasons.)"),
    ("/1.1/statuses/filter.json", "12", "disconnect code 12 (shed load)")])
def test_a_stream_that_was_announced_to_end_and_stays_open_is_left(
        serve, listen, store, path, type, name):
    world = "v1" if path.startswith("/1.1") else "v2"
    simulator = serve(
        "--world", world, "--posts", 3000, "--rate", 300, "--wait-for", 1, "--friends", 3)
    listener = listen(simulator, path)
    listener.wait_for_log("connected (live)")
    cut(simulator, kind="disconnect-notice", type=type, then="stay")
    assert listener.stop() == 0
    causes = [piece.get("cause") for piece in connections(store)]
    assert causes[0] == (
        f"closed by us, since the server said that it ends the stream and did not: {name}")


# Framing


def test_lengths_before_lines_are_not_stored(serve, listen, store):
    simulator = serve(
        "--world", "v1", "--posts", 500, "--rate", 2000, "--wait-for", 1, "--friends", 3,
        "--awkward", 0.2, "--keep-alive", 0.1)
    listener = listen(simulator, "/1.1/statuses/filter.json?delimited=length")
    simulator.wait_until_finished()
    wait_for(lambda: store.lines_shipped("a") >= 500, "all lines in the store")
    assert listener.stop() == 0
    assert lines_of(store) == simulator.truth
    assert "whose length" not in listener.log


# Refusals


def test_a_stream_without_rules_is_held_once_there_are_some(serve, listen):
    simulator = serve("--posts", 10, "--hold", "--require-rules")
    listener = listen(simulator)
    listener.wait_for_log("the stream has no rules")
    reply = simulator.post(
        "/2/tweets/search/stream/rules", json={"add": [{"value": "cats", "tag": "t"}]})
    assert reply.status_code in (200, 201), reply.text
    # Asked again after half a minute, give or take a fifth.
    listener.wait_for_log("connected (live)", 60)
    assert refused(simulator) == {"409": 1}
    assert listener.stop() == 0
