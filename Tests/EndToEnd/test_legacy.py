"""The stream of v1.1, signed with OAuth 1.0a, following whom TWITTER_USER follows."""

import json

import pytest

from folding import Folding
from listener import Listener
from merger import Merger
from simulator import Simulator, wait_for
from store import DirectoryStore

FILTER_PATH = "/1.1/statuses/filter.json"


class Legacy:
    """Two zones on a v1.1 stream with deletions; each is cut off once."""

    def __init__(self, folder):
        self.store = DirectoryStore(folder / "store")
        options = [
            "--world", "v1", "--posts", 3000, "--rate", 600, "--wait-for", 2, "--jitter", 0.5,
            "--notices", 0.1, "--awkward", 0.05, "--zones", "a,b", "--friends", 7,
            "--fault", "zone=a,at=600,kind=cut", "--fault", "zone=b,at=1800,kind=cut"]
        with Simulator(folder / "simulator", *options) as simulator:
            listeners = [self._listen(folder, zone, simulator) for zone in "ab"]
            try:
                simulator.wait_until_finished(120)
                for listener in listeners:
                    self._finish(listener, simulator)
            finally:
                for listener in listeners:
                    listener.end_for_sure()
            self.truth, self.notices = simulator.truth, simulator.notices
            self.status = simulator.status
        self.logs = [listener.log for listener in listeners]
        self.merger = Merger(folder, self.store)
        self.report = self.merger.json("run")

    def _listen(self, folder, zone, simulator):
        credentials = {
            "CONSUMER_KEY": f"consumer-key-{zone}", "CONSUMER_SECRET": f"consumer-secret-{zone}",
            "ACCESS_TOKEN": f"access-token-{zone}",
            "ACCESS_TOKEN_SECRET": f"access-token-secret-{zone}", "TWITTER_USER": "somebody"}
        return Listener(
            folder, zone, self.store, environment=credentials, SOURCE="twitter-v1",
            STREAM_URL=simulator.origin + FILTER_PATH, SEGMENT_AGE="2s", SYNC_INTERVAL="200ms")

    def _finish(self, listener, simulator):
        def has_shipped_all():
            counts = simulator.zone(listener.zone)["counts"]
            lost = counts["delivered"] + counts["notices"]
            return self.store.lines_shipped(listener.zone) == lost

        wait_for(has_shipped_all, f"the last lines of {listener.zone}", 60)
        assert listener.stop() == 0


@pytest.fixture(scope="module")
def legacy(tmp_path_factory):
    return Legacy(tmp_path_factory.mktemp("legacy"))


def deleted_ids(notices):
    deletions = [json.loads(line).get("delete") for line in notices]
    return {deletion["status"]["id"] for deletion in deletions if deletion}


def test_each_zone_was_cut_off_and_came_back(legacy):
    for zone in "ab":
        assert legacy.status["zones"][zone]["faultsFired"] == {"cut": 1}
        assert legacy.status["zones"][zone]["counts"]["opened"] == 2


def test_the_canonical_stream_is_the_truth_without_what_was_deleted(legacy):
    deleted = deleted_ids(legacy.notices)
    kept = [post for post in legacy.truth if json.loads(post)["id"] not in deleted]
    assert 50 < len(legacy.truth) - len(kept)
    kept.sort(key=lambda post: json.loads(post)["id"])
    canonical = legacy.store.zcat(*legacy.store.canonical_keys)
    assert canonical == b"".join(post + b"\n" for post in kept)


def test_deleted_tweets_are_counted_and_the_sums_are_right(legacy):
    folding = Folding(legacy.store.segments())
    total = legacy.report["total"]
    assert total["deleted"] == sum(row[5] for row in folding.ledger().values()) > 50
    assert total["lines"] == legacy.store.lines_shipped("a") + legacy.store.lines_shipped("b")
    assert total["lines"] == sum(total[part] for part in (
        "canonical", "duplicates", "notices", "quarantined", "deleted"))


def test_the_zones_ask_for_the_same_and_say_so(legacy):
    sources = {json.dumps(one["source"], sort_keys=True) for one in legacy.store.manifests()}
    assert len(sources) == 1
    assert "selection" in sources.pop()


def test_the_manifests_name_no_credential(legacy):
    text = json.dumps(legacy.store.manifests())
    for secret in ("consumer-key", "consumer-secret", "access-token", "oauth"):
        assert secret not in text


def test_a_dataset_that_ignores_deletions_keeps_all(legacy, tmp_path):
    store = legacy.store.copy(tmp_path / "store")
    for key in [*store.keys("index"), *store.keys("canonical"), "_tributary.json"]:
        store.path(key).unlink()
    merger = Merger(tmp_path, store)
    merger("init", "--deletions", "ignore")
    merger("run")
    posts = sorted(legacy.truth, key=lambda post: json.loads(post)["id"])
    assert merger("cat") == b"".join(post + b"\n" for post in posts)
