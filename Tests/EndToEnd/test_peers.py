"""A zone whose connection is healthy and brings a part of the posts finds out from the others."""

import json

from hurriedclock import HurriedClock
from listener import Listener
from merger import Merger
from simulator import wait_for
from store import DirectoryStore
from test_formats import validator

# A minute of ids in two seconds.
LAPSE = 30


def peers(listener):
    return listener.get("/readyz").json()["conditions"]["peers"]


def unready(listener):
    """Status and conditions of a listener that says that it sees less than others, once it does."""
    answer = listener.get("/readyz")
    conditions = answer.json()["conditions"]
    return None if conditions["peers"]["holds"] else (answer.status_code, conditions)


def share(listener):
    """What it says it sees beside both others; nothing while they cannot be compared."""
    metrics = listener.metrics
    return metrics["listener_peer_share",] if metrics["listener_peers_compared",] == 2 else None


def test_a_zone_with_a_partial_view_is_not_ready_and_the_others_are(serve, tmp_path):
    simulator = serve(
        "--zones", "a,b,c", "--posts", 100_000, "--rate", 200, "--hold", "--brief",
        "--time-lapse", LAPSE, "--fault", "zone=c,at=0,kind=partial,keep=4")
    clock = HurriedClock(tmp_path, LAPSE)
    store = DirectoryStore(tmp_path / "store")
    listeners = {
        zone: Listener.of_simulator(
            tmp_path, zone, store, simulator, environment=clock.environment, SEGMENT_AGE="1h")
        for zone in "abc"}
    try:
        for listener in listeners.values():
            listener.wait_for_log("connected (")
            assert peers(listener) == {"holds": True, "why": "no other zone is known"}
        clock.begin()
        simulator.release()

        status, conditions = wait_for(
            lambda: unready(listeners["c"]), "the zone to find out", 60)
        assert simulator.zone("c")["faultsFired"]["partial"] > 0
        assert status == 503
        assert [name for name, it in conditions.items() if not it["holds"]] == ["peers"]
        words = conditions["peers"]["why"].split()
        # "1500 records in 3 minutes, zone b 6000: 25 % of it"
        ours, minutes, zone, theirs = int(words[0]), int(words[3]), words[6], words[7]
        assert words[1:3] + words[4:6] == ["records", "in", "minutes,", "zone"]
        assert minutes >= 3 and zone in "ab"
        assert 0.15 < ours / int(theirs.rstrip(":")) < 0.35

        wait_for(lambda: 0.15 < (share(listeners["c"]) or 1) < 0.35, "its share")
        for zone in "ab":
            # A zone that sees all may lag behind another that does by what is on its way.
            wait_for(lambda zone=zone: 0.5 < (share(listeners[zone]) or 0) < 2, "the others' share")
            wait_for(
                lambda zone=zone: listeners[zone].get("/readyz").status_code == 200, "the others")

        schema = validator("beacon")
        assert store.keys("beacons") == [f"beacons/zone={zone}.json" for zone in "abc"]
        for key in store.keys("beacons"):
            beacon = json.loads(store.read(key))
            schema.validate(beacon)
            assert beacon["connected"] and len(beacon["minutes"]) >= 3
            for name in beacon.keys() - {"selection"}:
                less = {key: value for key, value in beacon.items() if key != name}
                assert not schema.is_valid(less), name
        for listener in listeners.values():
            assert "beacons: " not in listener.log
            assert listener.stop() == 0
    finally:
        for listener in listeners.values():
            listener.end_for_sure()
    beacons = {key: store.read(key) for key in store.keys("beacons")}
    report = Merger(tmp_path, store).json("run")
    assert report["problems"] == []
    assert {key: store.read(key) for key in store.keys("beacons")} == beacons
