"""`merger shards`: what it says of each share is what that share then does."""

import datetime

import pytest

from merger import Merger
from store import outcome


@pytest.mark.parametrize("count", [1, 3])
def test_what_shards_says_of_each_share_is_what_it_does(small, tmp_path, count):
    store = small.unmerged.copy(tmp_path / "store")
    before = store.state()
    said = Merger(tmp_path, store).json("shards", count)["shares"]
    assert store.state() == before
    assert [share["shard"] for share in said] == [f"{index}/{count}" for index in range(count)]
    for index, share in enumerate(said):
        hours = {
            hour for hour in small.store.hours if hours_since_1970(hour) % count == index}
        assert share["hours"] == len(hours)
        needed = {
            segment.key: segment.manifest.get("object", {"bytes": 0})["bytes"]
            for segment in store.segments() if hours & hours_of(segment)}
        assert share["segments"] == len(needed)
        assert share["bytes"] == sum(needed.values())
        folder = tmp_path / str(index)
        folder.mkdir()
        report = Merger(folder, store).json("run", "--shard", share["shard"])
        assert report["hoursWritten"] == share["hours"]
    assert outcome(store) == outcome(small.store)
    merged = Merger(tmp_path, store).json("shards", count)
    assert all(share["hours"] == 0 for share in merged["shares"])
    assert merged["hoursUnchanged"] == len(small.store.hours)


def hours_of(segment):
    return {segment.manifest["received"]["first"][:13]} | {
        hour["hour"] for hour in segment.manifest["hours"]}


def hours_since_1970(hour):
    moment = datetime.datetime.strptime(f"{hour}+0000", "%Y-%m-%dT%H%z")
    return int(moment.timestamp()) // 3600


@pytest.mark.parametrize("shard", ["2/2", "-1/2", "0/0", "0/10001", f"0/{2**63 - 1}", "1", "a/b"])
def test_a_share_that_cannot_be_is_refused(small, tmp_path, shard):
    result = Merger(tmp_path, small.store.copy(tmp_path / "store")).start("run", f"--shard={shard}")
    assert result.returncode == 78
    assert f"--shard {shard}: expected i/n".encode() in result.stderr


def test_shards_are_a_table_and_their_count_is_checked(small, tmp_path):
    merger = Merger(tmp_path, small.unmerged)
    lines = merger("shards", 2).decode().splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["shard", "0/2", "1/2"]
    for count in ("0", "10001"):
        result = merger.start("shards", count)
        assert result.returncode == 78
        assert f"shards {count}: expected 1 to 10000 shares".encode() in result.stderr
