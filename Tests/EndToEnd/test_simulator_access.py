"""Whom the simulator lets in, and how it refuses the others."""

import time

import oauth1
from simulator import wait_for
from tweepyclient import TweepyClient

STREAM = "/2/tweets/search/stream"
FRIENDS = "/1.1/friends/ids.json"


def test_a_missing_or_wrong_bearer_token_is_refused_and_tweepy_says_so(serve, tmp_path):
    simulator = serve()
    for token in (None, "token-z"):
        reply = simulator.get(STREAM, token=token)
        assert reply.status_code == 401
        assert reply.headers["content-type"] == "application/problem+json"
    with TweepyClient(
        tmp_path, "tweepy-v2", "stream_v2.py", simulator.origin, secret="wrong") as client:
        client.wait_for_event("refused")
    assert client.events[0] == {"event": "refused", "status": 401}
    assert simulator.zone("a")["counts"]["opened"] == 0


def test_a_wrong_oauth_secret_is_refused_and_tweepy_says_so(serve, tmp_path):
    simulator = serve("--world", "v1")
    with TweepyClient(
        tmp_path, "tweepy-v1", "stream_v1.py", simulator.origin, secret="wrong") as client:
        client.wait_for_event("refused")
    assert client.events[0] == {"event": "refused", "status": 401}
    assert simulator.zone("a")["counts"]["opened"] == 0


def _friends(simulator, **options):
    url = simulator.origin + FRIENDS
    header = oauth1.authorization("GET", url, parameters=[("cursor", "-1")], **options)
    return simulator.get(
        FRIENDS, token=None, params={"cursor": "-1"}, headers_extra={"Authorization": header})


def test_a_nonce_is_accepted_once(serve):
    simulator = serve()
    assert _friends(simulator, nonce="once").status_code == 200
    replayed = _friends(simulator, nonce="once")
    assert replayed.status_code == 401
    assert replayed.json()["errors"][0]["code"] == 32
    assert _friends(simulator, nonce="another").status_code == 200


def test_a_timestamp_may_be_five_minutes_off_and_no_more(serve):
    simulator = serve()
    now = int(time.time())
    assert _friends(simulator, timestamp=now - 290).status_code == 200
    for timestamp in (now - 310, now + 310):
        refused = _friends(simulator, timestamp=timestamp)
        assert refused.status_code == 401
        assert refused.json()["errors"][0]["code"] == 135


def test_the_date_header_shows_a_clock_that_is_ahead(serve):
    simulator = serve("--clock-offset", 3600)
    assert _friends(simulator).status_code == 401
    assert _friends(simulator, timestamp=int(time.time()) + 3600).status_code == 200


def test_a_signature_covers_every_parameter_and_secret(serve):
    simulator = serve()
    assert _friends(simulator, consumer_secret="x").status_code == 401
    assert _friends(simulator, token_secret="x").status_code == 401
    assert _friends(simulator, zone="z").status_code == 401
    url = simulator.origin + FRIENDS
    header = oauth1.authorization("GET", url, parameters=[("cursor", "-1")])
    tampered = simulator.get(
        FRIENDS, token=None, params={"cursor": "5"}, headers_extra={"Authorization": header})
    assert tampered.status_code == 401


def test_a_revoked_token_is_refused_everywhere(serve):
    simulator = serve("--zones", "a,b", "--fault", "zone=b,kind=revoke,at=0")
    assert simulator.get(STREAM, token="token-b").status_code == 403
    assert simulator.get(f"{STREAM}/rules", token="token-b").status_code == 403
    assert simulator.get(f"{STREAM}/rules", token="token-a").status_code == 200
    assert simulator.zone("b")["faultsFired"] == {"revoke": 2}


def test_a_second_v2_connection_is_refused_and_the_first_goes_on(serve, open_stream):
    simulator = serve("--posts", 1000, "--rate", 1000, "--wait-for", 1)
    first = open_stream(simulator)
    first.wait_for_status()
    refused = simulator.get(STREAM)
    assert refused.status_code == 429
    assert refused.json()["connection_issue"] == "TooManyConnections"
    first.wait_for_lines(1000)
    first.close()
    wait_for(lambda: simulator.zone("a")["open"] == 0, "the end of the first")
    assert open_stream(simulator).wait_for_status() == 200


def test_a_second_v2_connection_may_cut_the_oldest_instead(serve, open_stream):
    simulator = serve("--hold", "--replace-oldest")
    first = open_stream(simulator)
    first.wait_for_status()
    second = open_stream(simulator)
    assert first.wait_for_end() == "torn"
    assert second.wait_for_status() == 200


def test_connects_are_limited_by_window(serve, open_stream):
    simulator = serve("--connects-per-window", 3, "--rate-limit-window", 900)
    for remaining in ("2", "1", "0"):
        stream = open_stream(simulator)
        assert stream.wait_for_status() == 200
        assert stream.headers["x-rate-limit-remaining"] == remaining
        stream.close()
        wait_for(lambda: simulator.zone("a")["open"] == 0, "the end of the connection")
    refused = simulator.get(STREAM)
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["code"] == 88
    assert 800 < int(refused.headers["x-rate-limit-reset"]) - time.time() <= 900
    assert simulator.get(STREAM, token="token-b", stream=True).status_code == 200


def test_a_signed_get_carries_its_parameters_in_the_query(serve, open_stream):
    simulator = serve("--world", "v1", "--wait-for", 1)
    path = "/1.1/statuses/filter.json"
    header = oauth1.authorization(
        "GET", simulator.origin + path, parameters=[("track", "ünï code+"), ("follow", "1,2")])
    stream = open_stream(
        simulator, path=f"{path}?track=%C3%BCn%C3%AF%20code%2B&follow=1%2C2", token=None,
        headers={"Authorization": header})
    assert stream.wait_for_status() == 200
    stream.wait_for_lines(100)
    assert stream.lines == simulator.truth


def test_a_second_v1_connection_cuts_the_oldest_with_code_7(serve, open_stream, sign):
    simulator = serve("--world", "v1", "--posts", 1000, "--rate", 1000, "--wait-for", 2)
    first = open_stream(simulator, **sign(simulator, {"follow": "12"}))
    first.wait_for_status()
    second = open_stream(simulator, **sign(simulator, {"follow": "12"}))
    assert first.wait_for_end() == "complete"
    assert b'"disconnect":{"code":7' in first.lines[-1]
    assert second.wait_for_status() == 200
    simulator.release()
    second.wait_for_lines(1000)
    assert simulator.zone("a")["counts"]["closed"] == {"duplicate": 1}


def test_parameters_of_a_v2_stream_are_checked(serve, open_stream):
    simulator = serve("--zones", "a,b", "--backfill", "b")
    for query in (
        "colour=red", "backfill_minutes=6", "backfill_minutes=x", "backfill_minutes=-1",
        "backfill_minutes=1", "tweet.fields=id,id", "tweet.fields=", "start_time=now",
    ):
        refused = simulator.get(f"{STREAM}?{query}")
        assert refused.status_code == 400, query
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"].endswith("/invalid-request")
    assert simulator.zone("a")["counts"]["refused"] == {"400": 8}
    path = f"{STREAM}?backfill_minutes=1&tweet.fields=id,created_at&expansions=author_id"
    assert open_stream(simulator, path=path, token="token-b").wait_for_status() == 200


def test_parameters_of_a_v1_stream_are_checked(serve, sign):
    simulator = serve("--world", "v1")

    def status(parameters):
        signed = sign(simulator, parameters)
        return simulator.post(
            signed["path"], token=None, data=signed["body"],
            headers_extra=signed["headers"]).status_code

    assert status({"delimited": "length"}) == 406
    assert status({"follow": "alice"}) == 406
    assert status({"locations": "1,2,3"}) == 406
    assert status({"follow": ",".join(str(id) for id in range(5001))}) == 413
    assert status({"follow": "1", "count": "200000"}) == 416
