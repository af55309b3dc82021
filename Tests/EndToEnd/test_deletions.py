"""Deletions, expiry, and `merger verify` as the proof of both, on a store of the small world."""

import gzip
import hashlib
import json
import sqlite3
import struct
from collections import defaultdict

import pytest

from folding import Folding
from merger import Merger
from piped import pipe
from store import canonical_key, index_key


@pytest.fixture
def swept(small, tmp_path):
    """The small world with every notice admitted."""
    store = small.store.copy(tmp_path / "store")
    merger = Merger(tmp_path, store, MERGER_DELETIONS="now")
    merger("run")
    return store, merger


def replace(path, content):
    path.unlink()
    path.write_bytes(content)


def change(store, hour, *statements):
    """Changes an index, as another file under its name."""
    path = store.path(index_key(hour))
    content = path.read_bytes()
    replace(path, content)
    with sqlite3.connect(path) as base:
        for statement, *values in statements:
            assert base.execute(statement, values).rowcount > 0, statement
    base.close()
    return content


def left_out(folding):
    """The hours with ids that a notice deletes and a zone saw."""
    for hour in folding.hours:
        ids = [identity for identity in folding.by_hour[hour] if folding.is_left_out(identity)]
        if ids:
            yield hour, ids


def put_back(store, folding, hour, deleted):
    """The record of a deleted tweet, at its place; every digest, count and member is made to fit."""
    ids = [identity for identity in folding.by_hour[hour]
           if identity == deleted or not folding.is_left_out(identity)]
    raw = b"".join(folding.tweets[identity].line + b"\n" for identity in ids)
    packed = gzip.compress(raw, mtime=0)
    replace(store.path(canonical_key(hour)), packed)
    [crc] = struct.unpack("<I", packed[-8:-4])
    return change(
        store, hour, ("DELETE FROM member",),
        ("INSERT INTO member VALUES (0, 0, ?, ?, ?, ?, ?, ?)",
         len(packed), len(raw), len(ids), ids[0], ids[-1], crc),
        ("UPDATE partition SET count = ?, rawBytes = ?, rawSHA256 = ?, objectBytes = ?, objectSHA256 = ?",
         len(ids), len(raw), hashlib.sha256(raw).hexdigest(), len(packed),
         hashlib.sha256(packed).hexdigest()))


def test_a_deleted_record_that_was_put_back_is_found_by_name(swept, small):
    store, merger = swept
    assert b", 0 problems" in merger("verify")
    hour, ids = next(left_out(small.folding))
    canonical = store.read(canonical_key(hour))
    index = put_back(store, small.folding, hour, ids[0])
    said = merger("verify", code=12).decode()
    assert f"tweet {ids[0]} is deleted, and its record is in the canonical object" in said
    replace(store.path(index_key(hour)), index)
    replace(store.path(canonical_key(hour)), canonical)
    assert b", 0 problems" in merger("verify")


def test_what_was_deleted_is_listed_with_every_segment_that_has_a_copy(swept, small):
    _, merger = swept
    listed = {int(entry["id"]): entry for entry in merger.documents("deletions")}
    assert set(listed) == set(small.folding.deleted)
    for identity, entry in listed.items():
        assert (entry["segment"], entry["line"]) == small.folding.deleted[identity]
        tweet = small.folding.tweets.get(identity)
        assert set(entry["zones"]) == (tweet.zones if tweet else set())
        copies = {key for key, *_ in tweet.copies} if tweet else set()
        assert copies <= set(entry["remaining"])
    assert any(entry["remaining"] for entry in listed.values())


def test_a_query_lists_every_notice_that_names_a_tweet(swept, small):
    _, merger = swept
    named = defaultdict(list)
    for lines in small.folding.notices.values():
        for key, number, kind, identity, line in lines:
            if identity in small.folding.tweets:
                named[identity].append((kind, key, number, line))
    assert {kind for rows in named.values() for kind, *_ in rows} >= {"delete", "status_withheld"}
    for answer in merger.documents("query", *named):
        found = [(one["kind"], one["segment"], one["line"], one["json"].encode())
                 for one in answer["notices"]]
        assert sorted(found) == sorted(named[int(answer["id"])])
        assert [one["at"] for one in answer["notices"]] == sorted(
            one["at"] for one in answer["notices"])


def test_expired_data_are_gone_and_nothing_else_changed(swept, small):
    store, merger = swept
    before = {key: store.digest(key) for key in store.keys("manifests") + store.keys("canonical")}
    plan = merger.json("expire", "--older-than", "0s", "--dry-run")
    assert len(plan["expired"]) == len(store.keys("segments")) > 3
    report = merger.json("expire", "--older-than", "0s")
    assert report["expired"] == plan["expired"]
    assert report["heldBack"] == report["problems"] == []
    assert store.keys("segments") == []
    assert before == {
        key: store.digest(key) for key in store.keys("manifests") + store.keys("canonical")}
    for hour in store.hours:
        assert store.zcat(canonical_key(hour)) == small.folding.canonical(hour)
        states = store.open_index(hour).rows("SELECT state FROM segment WHERE sha256 IS NOT NULL")
        assert {state for [state] in states} <= {"expired"}
    # Nobody takes them for lost.
    assert b", 0 problems" in merger("verify", "--segments")
    assert merger.json("run", "--full")["problems"] == []
    assert merger.json("repair", "--grace", "0s")["problems"] == []
    remaining = merger("deletions", "--remaining")
    assert remaining == b""
    view = merger.start("cat", "--zone", "a")
    assert (view.returncode, view.stdout) == (0, b"")
    assert b"have expired: their lines are left out" in view.stderr


def test_an_hour_whose_segments_have_expired_is_never_made_again(swept):
    store, merger = swept
    merger("expire", "--older-than", "0s")
    key = store.canonical_keys[0]
    content = store.read(key)
    state = {name: store.digest(name) for name in store.keys("index")}
    for damage in [None, b"another", gzip.compress(b"")]:
        store.path(key).unlink()
        if damage is not None:
            store.path(key).write_bytes(damage)
        [problem] = merger.json("run", "--full", code=12)["problems"]
        assert "have expired: left alone" in problem
        assert (store.read(key) if damage is not None else None) == damage
        if damage is None:
            store.path(key).write_bytes(b"")
    assert state == {name: store.digest(name) for name in store.keys("index")}
    replace(store.path(key), content)
    merger("run", "--full")


CHANGES = [
    "UPDATE segment SET state = 'present' WHERE number = (SELECT min(number) FROM segment WHERE records > 0)",
    "UPDATE segment SET records = records - 1 WHERE records > 0", "DELETE FROM deletion",
    "UPDATE deletion SET line = line + 1", "INSERT INTO deletion SELECT max(id) + 1, 1, 0, 1 FROM tweet",
    "DELETE FROM notice", "UPDATE notice SET at = at + 1", "UPDATE member SET lines = lines + 1",
    "UPDATE member SET crc32 = crc32 + 1", "UPDATE tweet SET digest = digest + 1",
    "UPDATE tweet SET zones = 64", "DELETE FROM tweet", "UPDATE partition SET count = count + 1",
    "UPDATE divergence SET digest = digest + 1", "INSERT INTO zone VALUES (9, 'nowhere')",
]


def test_changed_rows_are_found_in_hours_whose_segments_have_expired(swept, small):
    store, merger = swept
    merger("expire", "--older-than", "0s")
    hour = next(hour for hour, _ in left_out(small.folding) if any(
        len(small.folding.tweets[identity].digests) > 1 for identity in small.folding.by_hour[hour]))
    for statement in CHANGES:
        content = change(store, hour, (statement,))
        assert merger.start("verify").returncode == 12, statement
        replace(store.path(index_key(hour)), content)
    assert b", 0 problems" in merger("verify")


def test_data_that_came_back_after_they_expired_are_found_and_go_again(swept, small):
    store, merger = swept
    merger("expire", "--older-than", "0s")
    key = small.store.keys("segments")[0]
    store.path(key).parent.mkdir(parents=True, exist_ok=True)
    store.path(key).write_bytes(small.store.read(key))
    assert b"has expired, and its data are still there: merger expire" in merger("verify", code=12)
    assert len(merger.json("expire", "--older-than", "0s")["expired"]) == 1
    assert b", 0 problems" in merger("verify")


def test_a_deletion_of_an_old_tweet_waits_is_told_of_and_takes_effect_when_forced(small, tmp_path):
    store = small.store.copy(tmp_path / "store")
    merger = Merger(tmp_path, store)
    hour = small.folding.hours[0]
    identity = next(
        identity for identity in small.folding.by_hour[hour]
        if not small.folding.is_left_out(identity))
    notice = {"delete": {"status": {"id": identity, "id_str": str(identity), "user_id": 3}}}
    pipe(tmp_path, "late", store, [json.dumps(notice).encode()])
    before = store.read(canonical_key(hour))
    assert merger.json("run", "--dry-run")["hoursWaiting"] == [hour]
    assert merger.json("run")["hoursWaiting"] == 1
    assert store.read(canonical_key(hour)) == before
    said = merger("verify").decode()
    assert ", 0 problems" in said and "1 hours get notices alone" in said
    listed = merger.documents("deletions")
    assert [entry["id"] for entry in listed if entry["pending"]] == [str(identity)]
    assert merger.json("run", "--deletions", "now")["hoursWaiting"] == 0
    folding = Folding(store.segments())
    assert identity in folding.deleted
    assert store.zcat(canonical_key(hour)) == folding.canonical(hour)
    assert b"hours get notices" not in merger("verify")
