"""Two zones on one credential, where the server lets one connection in."""

import pytest

from listener import STREAM_PATH, Listener
from simulator import wait_for
from store import DirectoryStore

CREDENTIALS = {
    "CONSUMER_KEY": "consumer-key-a", "CONSUMER_SECRET": "consumer-secret-a",
    "ACCESS_TOKEN": "access-token-a", "ACCESS_TOKEN_SECRET": "access-token-secret-a",
    "TWITTER_USER": "somebody"}


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "store")


@pytest.fixture
def listen(tmp_path, store):
    """Starts zones that all use the credential of zone a; they are ended after the test."""
    running = []

    def start(zone, **settings):
        running.append(Listener(
            tmp_path, zone, store, SEGMENT_AGE="1s", SYNC_INTERVAL="200ms", **settings))
        return running[-1]

    yield start
    for listener in running:
        listener.end_for_sure()


def test_who_is_evicted_yields_and_the_other_keeps_the_stream(serve, listen, store):
    simulator = serve("--world", "v1", "--posts", 1500, "--rate", 300, "--friends", 3)
    url = simulator.origin + "/1.1/statuses/filter.json"
    first = listen("x", SOURCE="twitter-v1", STREAM_URL=url, environment=CREDENTIALS)
    wait_for(lambda: first.lines_synced > 0, "the first zone's lines")
    second = listen("y", SOURCE="twitter-v1", STREAM_URL=url, environment=CREDENTIALS)
    first.wait_for_log("yielding to it")
    simulator.wait_until_finished()
    # One connection each: nobody came back to evict the other.
    counts = simulator.zone("a")["counts"]
    assert (counts["opened"], counts["closed"]) == (2, {"duplicate": 1})
    assert first.stop() == second.stop() == 0
    assert "yielding" not in second.log
    [cause] = [
        connection["cause"] for manifest in store.manifests("x")
        for connection in manifest["connections"] if "cause" in connection]
    assert cause == "the server closed the stream: disconnect code 7 (admin logout)"


def test_who_is_refused_says_who_has_the_stream_and_takes_over_when_it_is_free(serve, listen):
    simulator = serve("--posts", 100, "--hold")
    settings = {"STREAM_URL": simulator.origin + STREAM_PATH, "BEARER_TOKEN": "token-a"}
    first = listen("x", **settings)
    first.wait_for_log("connected (")
    second = listen("y", **settings)
    second.wait_for_log("connected with the same credentials: 127.0.0.1 since ")
    assert simulator.zone("a")["counts"]["refused"] == {"429": 1}
    assert first.stop() == 0
    # It asks once a minute.
    second.wait_for_log("connected (live)", 90)
    assert simulator.zone("a")["counts"]["opened"] == 2
    assert simulator.zone("a")["counts"]["refused"] == {"429": 1}
    assert second.stop() == 0
