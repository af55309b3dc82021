"""The endpoints beside the streams."""

import json
import subprocess

from simulator import binary, wait_for
from tweepyclient import run_client

RULES = "/2/tweets/search/stream/rules"


def test_tweepy_adds_lists_and_deletes_rules(serve):
    simulator = serve()
    report = run_client("tweepy-v2", "rules_v2.py", simulator.origin)
    assert report["before"] == {}
    assert report["dry run"] == [1, {}]
    both = {"from:alice": "friends", "cats has:images": None}
    assert report["added"] == [2, both]
    assert report["again"] == [
        {"created": 0, "not_created": 2, "valid": 1, "invalid": 1},
        ["DuplicateRule", "UnprocessableEntity"],
    ]
    assert report["deleted"] == [
        {"deleted": 1, "not_deleted": 1}, {"cats has:images": None}]
    assert simulator.get(RULES, token="token-b").json()["meta"]["result_count"] == 0


def test_rules_come_in_pages(serve):
    simulator = serve()
    rules = [{"value": f"from:user{number}"} for number in range(25)]
    assert simulator.post(RULES, json={"add": rules}).status_code == 201
    found, token = [], None
    while True:
        parameters = {"max_results": 10, **({"pagination_token": token} if token else {})}
        page = simulator.get(RULES, params=parameters).json()
        found += [rule["value"] for rule in page["data"]]
        token = page["meta"].get("next_token")
        if token is None:
            break
        assert len(token) == 16
    assert found == [rule["value"] for rule in rules]
    assert simulator.post(f"{RULES}?delete_all=true").json()["meta"]["summary"]["deleted"] == 25


def test_a_stream_without_rules_is_refused_when_they_are_required(serve, open_stream):
    simulator = serve("--require-rules")
    refused = simulator.get("/2/tweets/search/stream")
    assert refused.status_code == 409
    assert simulator.post(RULES, json={"add": [{"value": "cats"}]}).status_code == 201
    assert open_stream(simulator).wait_for_status() == 200


def test_a_change_of_rules_is_exactly_one_of_add_and_delete(serve):
    simulator = serve()
    for body in ({}, {"add": []}, {"add": [{"value": "a"}], "delete": {"ids": ["1"]}}):
        assert simulator.post(RULES, json=body).status_code == 400, body


def test_tweepy_lists_friends_over_all_pages(serve):
    simulator = serve("--friends", 23, "--friends-per-page", 10)
    pages = run_client("tweepy-v1", "friends_v1.py", simulator.origin)
    assert [len(page) for page in pages] == [10, 10, 3]
    ids = [id for page in pages for id in page]
    assert len(set(map(str, ids))) == 23
    assert any(int(id) > 2**53 for id in ids)


def test_a_page_with_suspended_friends_is_short_and_not_the_last(serve):
    simulator = serve("--friends", 23, "--friends-per-page", 10, "--friends-suspended", 5)
    for environment, script in (
        ("tweepy-v1", "friends_v1.py"), ("tweepy-v2", "following_v2.py")):
        pages = run_client(environment, script, simulator.origin)
        assert [len(page) for page in pages] == [5, 10, 3], script


def test_v1_and_v2_name_the_same_friends(serve):
    simulator = serve("--friends", 25)
    old = run_client("tweepy-v1", "friends_v1.py", simulator.origin)
    new = run_client("tweepy-v2", "following_v2.py", simulator.origin)
    assert [len(page) for page in new] == [10, 10, 5]
    assert [int(id) for page in old for id in page] == [id for page in new for id in page]


def test_a_zone_sees_and_ends_its_own_connections(serve, open_stream):
    simulator = serve("--connections", 2)
    streams = []
    for _ in range(2):
        streams.append(open_stream(simulator))
        assert streams[-1].wait_for_status() == 200
    listed = simulator.get("/2/connections").json()["data"]
    assert [entry["endpoint_name"] for entry in listed] == ["filtered_stream"] * 2
    uuids = [entry["id"] for entry in listed]
    stranger = simulator.delete("/2/connections", token="token-b", json={"uuids": uuids})
    assert stranger.json()["data"]["failed_kills"] == 2
    ended = simulator.delete("/2/connections", json={"uuids": uuids[:1]})
    assert ended.json()["data"]["successful_kills"] == 1
    assert streams[0].wait_for_end() == "torn"
    wait_for(
        lambda: len(simulator.get("/2/connections").json()["data"]) == 1, "one connection")
    past = simulator.get("/2/connections?status=inactive").json()["data"]
    assert [entry["disconnect_reason"] for entry in past] == ["deleted"]
    assert streams[1].ending is None


def test_the_sample_stream_is_there_and_v1_is_not_in_a_world_of_v2(serve, open_stream):
    simulator = serve("--posts", 50, "--rate", 1000, "--wait-for", 1)
    stream = open_stream(simulator, path="/2/tweets/sample/stream")
    stream.wait_for_lines(50)
    assert stream.lines == simulator.truth
    assert simulator.post("/1.1/statuses/filter.json").status_code == 404


def test_credentials_are_printed_as_an_environment_file():
    printed = subprocess.run(
        [binary("simulator"), "credentials", "--zones", "a,b"], check=True,
        stdout=subprocess.PIPE, text=True).stdout
    values = dict(line.split("=", 1) for line in printed.splitlines())
    assert len(values) == 10
    assert values["BEARER_TOKEN_a"] == "token-a"
    assert values["ACCESS_TOKEN_SECRET_b"] == "access-token-secret-b"


def test_it_is_reached_over_loopback_only(serve):
    simulator = serve()
    sockets = subprocess.run(
        ["ss", "-Htln", f"sport = :{simulator.port}"], stdout=subprocess.PIPE, text=True,
        check=True).stdout.split()
    assert f"127.0.0.1:{simulator.port}" in sockets
    assert json.dumps(sockets).count(str(simulator.port)) == 1
