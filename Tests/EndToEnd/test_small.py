"""The small world, with deletions, notices, versions and posts of v1.1, against Python's folding."""

from folding import digest_of
from store import canonical_key


def test_the_small_world_has_what_these_tests_are_about(small):
    folding = small.folding
    tweets = folding.tweets.values()
    assert len(folding.by_hour) >= 3
    assert len(folding.deleted) > 50
    assert any(len(tweet.digests) > 1 for tweet in tweets)
    assert any(len(tweet.zones) == 1 for tweet in tweets)
    assert any(len(tweet.copies) > len(tweet.zones) for tweet in tweets)
    assert any(identity in folding.tweets for identity in folding.deleted)
    kinds = {kind for lines in folding.notices.values() for _, _, kind, _, _ in lines}
    assert {"delete", "limit", "status_withheld", "errors", "unknown"} <= kinds


def test_canonical_objects_are_what_python_folds(small):
    assert small.store.hours == small.folding.hours
    for hour in small.folding.hours:
        assert small.store.zcat(canonical_key(hour)) == small.folding.canonical(hour)


def test_no_deleted_tweet_is_in_the_canonical_stream(small):
    canonical = small.store.zcat(*small.store.canonical_keys)
    left_out = [identity for identity in small.folding.deleted if identity in small.folding.tweets]
    assert left_out
    for identity in left_out:
        assert small.folding.tweets[identity].line + b"\n" not in canonical


def test_deletions_are_those_of_the_first_notice(small):
    found = {}
    for hour in small.store.hours:
        rows = small.store.open_index(hour).rows(
            "SELECT id, key, line FROM deletion JOIN segment ON number = deletion.segment")
        found |= {identity: tuple(place) for identity, *place in rows}
    assert found == small.folding.deleted


def test_divergence_has_one_row_for_each_version_with_its_zones_and_first_copy(small):
    found = set()
    for hour in small.store.hours:
        index = small.store.open_index(hour)
        names = dict(index.rows("SELECT 1 << bit, name FROM zone"))
        for identity, digest, bits, key, line in index.rows(
                "SELECT id, digest, zones, key, line FROM divergence "
                "JOIN segment ON number = divergence.segment"):
            zones = frozenset(name for bit, name in names.items() if bits & bit)
            found.add((identity, digest, zones, key, line))
    assert found == set(versions(small.folding))


def versions(folding):
    for identity, tweet in folding.tweets.items():
        if len(tweet.digests) == 1:
            continue
        for digest in tweet.digests:
            copies = [copy for copy in tweet.copies if digest_of(copy[3]) == digest]
            key, line, _, _ = copies[0]
            yield identity, digest, frozenset(copy[2] for copy in copies), key, line


def test_the_ledger_of_the_run_is_what_python_counts(small):
    wanted = small.folding.ledger()
    zones = {segment.key: segment.zone for segment in small.folding.segments}
    names = ("lines", "canonical", "duplicates", "notices", "quarantined", "deleted")
    found = {row["zone"]: row["ledger"] for row in small.report["zones"]}
    for zone in "abc":
        rows = [counts for key, counts in wanted.items() if zones[key] == zone]
        sums = dict(zip(names, map(sum, zip(*rows, strict=True)), strict=True))
        assert {name: found[zone][name] for name in names} == sums
    assert small.report["problems"] == []


def test_a_zone_that_heard_nothing_has_a_manifest_and_no_object(small):
    [manifest] = small.store.manifests("silent")
    assert "object" not in manifest
    assert manifest["lines"] == 0
    assert small.store.keys("segments/zone=silent") == []
