"""Whom a listener listens to: follow lists, rules, and what segments say of them."""

import json
import re
import subprocess

import pytest

from listener import Listener
from program import environment_of
from schemas import checked
from simulator import binary, wait_for
from store import DirectoryStore

FILTER_PATH = "/1.1/statuses/filter.json"
STREAM_PATH = "/2/tweets/search/stream"
RULES_PATH = STREAM_PATH + "/rules"
TAG = "tributary:default"


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "store")


@pytest.fixture
def listen(tmp_path, store):
    running = []

    def start(simulator, zone="a", legacy=False, user="somebody", **settings):
        environment = {"TWITTER_USER": user} if user else {}
        if legacy:
            environment |= {
                name.upper().replace("-", "_"): f"{name}-{zone}"
                for name in (
                    "consumer-key", "consumer-secret", "access-token", "access-token-secret")}
            settings |= {
                "SOURCE": "twitter-v1", "STREAM_URL": simulator.origin + FILTER_PATH,
                "BEARER_TOKEN": None}
        ours = {"REFRESH": "300ms"} | settings
        listener = Listener.of_simulator(
            tmp_path, zone, store, simulator, environment=environment, **ours)
        running.append(listener)
        return listener

    yield start
    for listener in running:
        listener.end_for_sure()


@pytest.fixture
def rules(tmp_path):
    """Runs `listener rules …` of a zone; returns the code and what it printed."""

    def run(simulator, *arguments, zone="a", token=None, user="somebody", **settings):
        values = {
            "HOME": tmp_path, "LISTENER_STORE": "file:///nowhere", "LISTENER_ZONE": zone,
            "LISTENER_STREAM_URL": simulator.origin + STREAM_PATH,
            "LISTENER_BEARER_TOKEN": token or f"token-{zone}"}
        values |= {"TWITTER_USER": user} if user else {}
        values |= {f"LISTENER_{name}": value for name, value in settings.items()}
        done = subprocess.run(
            [binary("listener"), "rules", *arguments], env=environment_of(values), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        assert values["LISTENER_BEARER_TOKEN"] not in done.stdout + done.stderr
        return done.returncode, done.stdout, done.stderr

    return run


def rules_of(simulator, zone="a"):
    reply = simulator.get(RULES_PATH, token=f"token-{zone}").json()
    return {rule["value"]: rule.get("tag") for rule in reply.get("data", [])}


def add_rules(simulator, *added, zone="a"):
    reply = simulator.post(RULES_PATH, token=f"token-{zone}", json={"add": list(added)})
    assert reply.status_code == 201, reply.text


def accounts_in(values):
    return sorted(
        int(condition.removeprefix("from:"))
        for value in values for condition in value.split(" OR "))


def friends_of(simulator):
    reply = simulator.get("/2/users/1/following?max_results=1000").json()
    return sorted(int(user["id"]) for user in reply["data"])


def selections(store, zone="a"):
    """The selection of each segment of a zone, repetitions left out."""
    found = []
    for manifest in store.manifests(zone):
        selection = manifest["source"].get("selection")
        if not found or found[-1] != selection:
            found.append(selection)
    return found


# v1.1


def test_an_account_followed_meanwhile_reconnects_and_changes_the_selection(serve, listen, store):
    simulator = serve("--world", "v1", "--hold", "--friends", 5, "--keep-alive", 0.2)
    listener = listen(simulator, legacy=True)
    listener.wait_for_log("connected")
    simulator.follow(6)
    listener.wait_for_log("the follow list changed: connecting again")
    wait_for(lambda: simulator.zone("a")["counts"]["opened"] == 2, "the second connection")
    listener.wait_for_log("stream: disconnected: the follow list changed")
    assert listener.stop() == 0
    assert len(set(selections(store))) == 2 and None not in selections(store)
    causes = [c.get("cause") for m in store.manifests("a") for c in m["connections"]]
    assert causes.count("the follow list changed") == 1
    by_selection = {}
    for manifest in store.manifests("a"):
        for connection in manifest["connections"]:
            by_selection.setdefault(manifest["source"]["selection"], set()).add(connection["id"])
    first, second = by_selection.values()
    assert not first & second


def test_a_refresh_that_fails_leaves_the_old_list(serve, listen, store):
    simulator = serve("--world", "v1", "--hold", "--friends", 5, "--keep-alive", 0.2)
    listener = listen(simulator, legacy=True)
    listener.wait_for_log("connected")
    simulator.fault(zone="a", kind="refuse-api", status="503")
    simulator.follow(6)
    listener.wait_for_log("refused with HTTP 503")
    assert simulator.fired("refuse-api") > 0
    assert simulator.zone("a")["counts"]["opened"] == 1
    simulator.fault(zone="a", kind="clear")
    listener.wait_for_log("the follow list changed: connecting again")
    assert listener.stop() == 0


def test_an_empty_list_does_not_take_the_place_of_the_old_one(serve, listen, store):
    simulator = serve("--world", "v1", "--hold", "--friends", 5, "--keep-alive", 0.2)
    listener = listen(simulator, legacy=True)
    listener.wait_for_log("connected")
    simulator.follow(0)
    listener.wait_for_log("the follow list is empty")
    assert listener.stop() == 0
    assert simulator.zone("a")["counts"]["opened"] == 1
    assert len(set(selections(store))) == 1


@pytest.mark.parametrize("status", ["429b", "503"])
def test_a_start_without_an_answer_is_repeated_until_there_is_one(serve, listen, status):
    simulator = serve(
        "--world", "v1", "--hold", "--fault", f"zone=a,at=0,kind=refuse-api,status={status}")
    listener = listen(simulator, legacy=True)
    listener.wait_for_log("capture begins when it answers")
    assert listener.is_running
    simulator.fault(zone="a", kind="clear")
    listener.wait_for_log("connected")
    assert simulator.fired("refuse-api") > 0
    assert listener.stop() == 0


def test_a_start_without_a_network_goes_on_asking(serve, listen):
    # Nobody listens on port 1.
    listener = listen(serve("--world", "v1", "--hold"), legacy=True, API_URL="http://127.0.0.1:1")
    listener.wait_for_log("capture begins when it answers")
    assert listener.is_running


def test_a_start_that_is_not_authorized_ends_with_78(serve, listen):
    simulator = serve(
        "--world", "v1", "--hold", "--fault", "zone=a,at=0,kind=refuse-api,status=401")
    assert listen(simulator, legacy=True).wait() == 78


@pytest.mark.parametrize("status", [401, 403, 503])
def test_a_later_start_that_is_refused_the_list_follows_whom_it_followed(
        serve, listen, store, status):
    simulator = serve("--world", "v1", "--hold", "--friends", 7)
    listener = listen(simulator, legacy=True)
    listener.wait_for_log("connected")
    assert listener.stop() == 0
    simulator.fault(zone="a", kind="refuse-api", status=status)
    again = listen(simulator, legacy=True)
    again.wait_for_log("the accounts that were followed last are asked for")
    wait_for(lambda: again.log.count("connected (") == 2, "the stream")
    assert again.stop() == 0
    assert len({manifest["source"]["selection"] for manifest in store.manifests()}) == 1


def test_a_list_that_was_cut_is_said(serve, listen):
    simulator = serve("--world", "v1", "--hold", "--friends", 5001)
    listener = listen(simulator, legacy=True)
    listener.wait_for_log("only the 5000 accounts followed last are followed")
    listener.wait_for_log("connected")
    assert listener.stop() == 0


# v2


def test_the_owner_makes_the_rules_and_an_account_more_changes_the_selection_alone(
        serve, listen, store):
    simulator = serve("--hold", "--friends", 100, "--keep-alive", 0.2, "--require-rules")
    add_rules(simulator, {"value": "cats has:images", "tag": "mine"}, {"value": "dogs"})
    listener = listen(simulator, RULES_OWNER="true")
    listener.wait_for_log("connected")
    wait_for(lambda: len(rules_of(simulator)) > 2, "the first sync")
    ours = {value for value, tag in rules_of(simulator).items() if tag == TAG}
    assert accounts_in(ours) == friends_of(simulator)
    assert all(len(value) <= 1024 for value in ours)
    simulator.follow(101)
    wait_for(lambda: accounts_in(
        {value for value, tag in rules_of(simulator).items() if tag == TAG}
    ) == friends_of(simulator), "the rule of the new account")
    now = rules_of(simulator)
    assert now["cats has:images"] == "mine" and now["dogs"] is None
    changed = {value for value, tag in now.items() if tag == TAG} ^ ours
    assert len(changed) <= 3
    wait_for(lambda: len(set(selections(store))) >= 2, "segments of both selections", 60)
    assert simulator.zone("a")["counts"]["opened"] == 1
    assert listener.stop() == 0
    ids = {c["id"] for manifest in store.manifests("a") for c in manifest["connections"]}
    assert len(ids) == 1


def test_zones_with_apps_of_their_own_and_equal_rules_have_one_selection(serve, listen, store):
    simulator = serve("--hold", "--zones", "a,b")
    # The ids differ: zone b had other rules before.
    add_rules(simulator, {"value": "gone"}, zone="b")
    simulator.post(RULES_PATH, token="token-b", json={"delete": {"values": ["gone"]}})
    for zone in "ab":
        add_rules(simulator, {"value": "from:1 OR from:2", "tag": zone}, {"value": "x"}, zone=zone)
    listeners = [listen(simulator, zone, user=None) for zone in "ab"]
    for listener in listeners:
        listener.wait_for_log("connected")
    for listener in listeners:
        assert listener.stop() == 0
    [selection] = set(selections(store, "a"))
    assert re.fullmatch("[0-9a-f]{64}", selection)
    assert set(selections(store, "b")) == {selection}


def test_while_the_rules_are_not_known_capture_goes_on_without_a_selection(serve, listen, store):
    simulator = serve(
        "--posts", 200, "--rate", 1000, "--wait-for", 1, "--keep-alive", 0.2, "--fault",
        "zone=a,at=0,kind=refuse-api,status=503")
    listener = listen(simulator, user=None)
    listener.wait_for_log("capturing all the same")
    simulator.wait_until_finished()
    wait_for(lambda: store.lines_shipped("a") == 200, "the posts in the store")
    assert selections(store) == [None]
    simulator.fault(zone="a", kind="clear")
    wait_for(lambda: selections(store)[-1], "a segment with a selection", 60)
    assert simulator.fired("refuse-api") > 0
    assert listener.stop() == 0


# listener rules


def test_an_account_that_follows_nobody_takes_no_rule_away(serve, rules):
    simulator = serve("--hold", "--friends", 0)
    add_rules(simulator, {"value": "from:7", "tag": TAG})
    code, _, error = rules(simulator, "sync", RULES_OWNER="true")
    assert code != 0 and "follows nobody" in error
    assert rules_of(simulator) == {"from:7": TAG}


def test_diff_and_dry_run_are_anybodys_and_sync_is_the_owners(serve, rules):
    simulator = serve("--hold", "--friends", 40)
    add_rules(simulator, {"value": "cats", "tag": "mine"}, {"value": "from:7", "tag": TAG})
    before = rules_of(simulator)
    code, output, _ = rules(simulator, "diff", "--json")
    report = checked("rules-diff", json.loads(output))
    assert code == 0
    assert accounts_in(report["add"]) == friends_of(simulator)
    assert [rule["value"] for rule in report["delete"]] == ["from:7"]
    assert (report["done"], report["kept"], report["foreign"]) == (False, 0, 1)
    assert rules(simulator, "sync", "--dry-run")[0] == 0
    code, _, error = rules(simulator, "sync")
    assert code == 78 and "LISTENER_RULES_OWNER=true" in error
    assert rules_of(simulator) == before

    code, output, _ = rules(simulator, "sync", "--json", RULES_OWNER="true")
    assert code == 0 and checked("rules-sync", json.loads(output))["done"]
    assert rules_of(simulator) == {"cats": "mine"} | {value: TAG for value in report["add"]}
    assert rules(simulator, "diff")[1] == f"0 to add, 0 to delete, {len(report['add'])} kept, " \
        "1 of others\n"
    listed = checked("rules-list", json.loads(rules(simulator, "list", "--json")[1]))
    assert {rule["value"]: rule["ours"] for rule in listed} == {
        value: tag == TAG for value, tag in rules_of(simulator).items()}
    lines = rules(simulator, "list")[1].splitlines()
    assert [line[0] for line in lines] == [" " if "cats" in line else "*" for line in lines]


@pytest.mark.parametrize("options", [("--rules-max", 2), ("--rule-length", 500)])
def test_a_sync_that_is_refused_deletes_nothing(serve, rules, options):
    simulator = serve("--hold", "--friends", 100, *options)
    add_rules(simulator, {"value": "from:7", "tag": TAG})
    for arguments in ("sync", "--dry-run"), ("sync",):
        code, _, error = rules(simulator, *arguments, RULES_OWNER="true")
        assert code == 78 and "refused" in error, error
    assert "from:7" in rules_of(simulator)


def test_rules_are_asked_for_with_a_token_that_works(serve, rules):
    simulator = serve("--hold")
    code, _, error = rules(simulator, "list", token="wrong-token")
    assert code == 78 and "check LISTENER_BEARER_TOKEN" in error
    code, _, error = rules(simulator, "diff", user=None)
    assert code == 78 and "TWITTER_USER is not set" in error
