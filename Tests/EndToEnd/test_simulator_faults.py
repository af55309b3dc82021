"""Every fault happens, is counted, and is seen by the client as what it is."""

import pytest

from simulator import wait_for
from tweepyclient import TweepyClient

STREAM = "/2/tweets/search/stream"


def test_tweepy_lives_through_a_cut_and_gets_what_was_sent(serve, tmp_path):
    simulator = serve(
        "--posts", 4000, "--rate", 1000, "--wait-for", 1, "--keep-alive", 0.3,
        "--fault", "zone=a,at=1000,kind=cut")
    with TweepyClient(tmp_path, "tweepy-v2", "stream_v2.py", simulator.origin) as client:
        simulator.wait_until_finished()
        expected = simulator.handed_to("a")
        wait_for(lambda: len(client.lines) == len(expected), "the last lines", 30)
    assert client.count("connection error") == 1
    assert client.count("connect") == 2
    assert client.lines == expected
    assert client.lines[:1000] == simulator.truth[:1000]
    assert len(expected) < 4000
    assert simulator.zone("a")["faultsFired"] == {"cut": 1}


def test_tweepy_lives_through_a_hangup_and_gets_what_was_sent(serve, tmp_path):
    simulator = serve(
        "--posts", 4000, "--rate", 1000, "--wait-for", 1, "--keep-alive", 0.3,
        "--fault", "zone=a,at=1000,until=2000,kind=hangup")
    with TweepyClient(tmp_path, "tweepy-v2", "stream_v2.py", simulator.origin) as client:
        simulator.wait_until_finished()
        expected = simulator.handed_to("a")
        wait_for(lambda: len(client.lines) == len(expected), "the last lines", 30)
    refused = simulator.zone("a")["counts"]["refused"]["none"]
    assert refused >= 1
    assert client.count("connection error") == 1 + refused
    assert simulator.zone("a")["faultsFired"] == {"hangup": 1 + refused}
    assert client.lines == expected
    [[_, gap_start], [gap_end, _]] = simulator.zone("a")["counts"]["ranges"]
    assert gap_start == 1000 and gap_end >= 2000


def test_a_cut_ends_in_the_middle_of_its_post(serve, open_stream):
    simulator = serve(
        "--posts", 500, "--rate", 2000, "--wait-for", 1, "--notices", 0.2,
        "--fault", "zone=a,at=200,kind=cut")
    stream = open_stream(simulator)
    assert stream.wait_for_end() == "torn"
    simulator.wait_until_finished()
    notices = set(simulator.notices)
    assert [line for line in stream.lines if line not in notices] == simulator.truth[:200]
    cut = simulator.truth[200]
    assert cut.startswith(stream.torn_line) and 0 < len(stream.torn_line) < len(cut)


def test_a_hangup_spares_the_other_zones(serve, open_stream):
    simulator = serve(
        "--posts", 1000, "--rate", 2000, "--wait-for", 2,
        "--fault", "zone=b,at=300,until=600,kind=hangup")
    whole = open_stream(simulator, token="token-a")
    cut = open_stream(simulator, token="token-b")
    assert cut.wait_for_end() == "torn"
    assert cut.torn_line == b""
    assert open_stream(simulator, token="token-b").wait_for_end() == "unanswered"
    simulator.wait_until_finished()
    assert cut.lines == simulator.truth[:300]
    whole.wait_for_lines(1000)
    assert whole.lines == simulator.truth
    assert open_stream(simulator, token="token-b").wait_for_status() == 200


def test_a_reset_is_a_reset(serve, open_stream):
    simulator = serve("--posts", 100, "--rate", 1000, "--wait-for", 1)
    stream = open_stream(simulator)
    stream.wait_for_lines(100)
    simulator.fault(zone="a", kind="hangup", reset=True)
    assert stream.wait_for_end() == "reset"


@pytest.mark.parametrize(
    "status, expected, sign_of_it",
    [
        ("429a", 429, '"connection_issue":"TooManyConnections"'),
        ("429b", 429, '"code":88'),
        ("429c", 429, "/usage-capped"),
        ("503", 503, "<html>"),
        ("401", 401, "Unauthorized"),
        ("403", 403, "client-forbidden"),
        ("409", 409, "RuleConfigurationIssue"),
        ("420", 420, "Exceeded connection limit"),
    ],
)
def test_a_refusal_has_its_status_and_its_body(serve, status, expected, sign_of_it):
    simulator = serve("--hold", "--fault", f"zone=a,at=0,kind=refuse,status={status}")
    reply = simulator.get(STREAM)
    assert reply.status_code == expected
    assert sign_of_it in reply.text
    assert ("x-rate-limit-reset" in reply.headers) == (status == "429b")
    zone = simulator.zone("a")
    assert zone["faultsFired"] == {"refuse": 1}
    assert zone["counts"]["refused"] == {str(expected): 1}


def test_a_refusal_lasts_until_its_post(serve, open_stream):
    simulator = serve(
        "--posts", 600, "--rate", 1000, "--fault", "zone=a,at=0,until=300,kind=refuse")
    assert simulator.get(STREAM).status_code == 503
    wait_for(lambda: simulator.status["postsEmitted"] >= 300, "the end of the refusal")
    assert open_stream(simulator).wait_for_status() == 200


def test_a_stall_sends_nothing_and_then_what_was_held_back(serve, open_stream):
    simulator = serve(
        "--posts", 1000, "--rate", 1000, "--wait-for", 1, "--keep-alive", 0.1,
        "--fault", "zone=a,at=200,until=900,kind=stall")
    stream = open_stream(simulator)
    wait_for(lambda: simulator.zone("a")["faultsFired"] == {"stall": 1}, "the stall")
    simulator.wait_until_finished()
    stream.wait_for_lines(1000)
    assert stream.lines == simulator.truth


def test_a_stall_without_end_lasts_until_the_client_leaves(serve, open_stream):
    simulator = serve(
        "--posts", 500, "--rate", 2000, "--wait-for", 1, "--keep-alive", 0.1,
        "--fault", "zone=a,at=200,kind=stall")
    stream = open_stream(simulator)
    simulator.wait_until_finished()
    stream.wait_for_lines(200)
    assert stream.lines == simulator.truth[:200]
    assert simulator.zone("a")["counts"]["keepAlives"] == 0
    stream.close()
    wait_for(lambda: simulator.zone("a")["open"] == 0, "the end of the connection")
    again = open_stream(simulator)
    wait_for(lambda: again.content == b"\r\n", "a keep-alive on the next connection")


def test_a_repeat_sends_the_last_posts_again_on_the_next_connection(serve, open_stream):
    simulator = serve(
        "--posts", 1000, "--rate", 2000, "--wait-for", 1, "--fault", "zone=a,at=400,kind=cut",
        "--fault", "zone=a,at=400,kind=repeat,count=50")
    open_stream(simulator).wait_for_end()
    second = open_stream(simulator)
    simulator.wait_until_finished()
    [_, [first, end]] = simulator.zone("a")["counts"]["ranges"]
    second.wait_for_lines(50 + end - first)
    assert second.lines == simulator.truth[350:400] + simulator.truth[first:]
    assert simulator.zone("a")["faultsFired"] == {"cut": 1, "repeat": 1}
    assert simulator.zone("a")["counts"]["repeated"] == 50


@pytest.mark.parametrize("kind", ["slow", "split"])
def test_writing_in_pieces_changes_no_byte(serve, open_stream, kind):
    simulator = serve(
        "--posts", 300, "--rate", 1000, "--wait-for", 2,
        "--fault", f"zone=a,at=100,until=200,kind={kind}")
    pieces = open_stream(simulator, token="token-a")
    whole = open_stream(simulator, token="token-b")
    simulator.wait_until_finished()
    pieces.wait_for_lines(300)
    whole.wait_for_lines(300)
    assert pieces.lines == whole.lines == simulator.truth
    assert simulator.zone("a")["faultsFired"][kind] >= 1
    if kind == "split":
        # A chunk of one byte is the LF that was parted from its CR.
        assert pieces.chunks.count(1) == 100
        assert whole.chunks.count(1) == 0


def test_a_disconnect_notice_says_its_type_and_ends_the_response(serve, open_stream):
    simulator = serve(
        "--posts", 500, "--rate", 2000, "--wait-for", 1,
        "--fault", "zone=a,at=200,kind=disconnect-notice,type=UpstreamOperationalDisconnect")
    stream = open_stream(simulator)
    assert stream.wait_for_end() == "complete"
    assert b'"disconnect_type":"UpstreamOperationalDisconnect"' in stream.lines[-1]
    assert len(stream.lines) == 201


def test_a_disconnect_notice_may_leave_a_dead_stream(serve, open_stream):
    simulator = serve("--posts", 100, "--rate", 1000, "--wait-for", 1, "--keep-alive", 0.1)
    stream = open_stream(simulator)
    stream.wait_for_lines(100)
    simulator.fault(zone="a", kind="disconnect-notice", then="stay")
    stream.wait_for_lines(101)
    size = len(stream.content)
    other = open_stream(simulator, token="token-b")
    wait_for(lambda: other.chunks[-3:] == [2, 2, 2], "keep-alives of another zone")
    assert len(stream.content) == size and stream.ending is None


def test_an_end_is_a_proper_end(serve, open_stream):
    simulator = serve(
        "--posts", 500, "--rate", 2000, "--wait-for", 1, "--fault", "zone=a,at=123,kind=end")
    stream = open_stream(simulator)
    assert stream.wait_for_end() == "complete"
    simulator.wait_until_finished()
    assert stream.lines == simulator.truth[:123]


def test_faults_are_commanded_and_cleared_while_it_runs(serve, open_stream):
    simulator = serve("--posts", 100, "--rate", 1000, "--wait-for", 1)
    stream = open_stream(simulator)
    stream.wait_for_lines(100)
    simulator.fault(zone="a", kind="hangup")
    assert stream.wait_for_end() == "torn"
    assert open_stream(simulator).wait_for_end() == "unanswered"
    simulator.fault(zone="a", kind="clear")
    assert open_stream(simulator).wait_for_status() == 200


def test_a_fault_that_means_nothing_is_refused(serve):
    simulator = serve()
    for text in ("kind=fire", "zone=z,kind=cut", "kind=cut,colour=red", "kind=repeat", "cut"):
        reply = simulator.post("/_simulator/faults", token=None, data=text)
        assert reply.status_code == 400, text


def test_a_reader_that_falls_behind_is_cut_off(serve, open_stream):
    simulator = serve(
        "--posts", 8000, "--rate", 8000, "--wait-for", 1, "--slow-reader-bytes", 1000000)
    stream = open_stream(simulator, reads=False)
    simulator.wait_until_finished()
    wait_for(
        lambda: simulator.zone("a")["counts"]["closed"] == {"slowReader": 1}, "the cut")
    assert stream.status is None


def test_a_v1_reader_that_falls_behind_is_warned_once(serve, open_stream, sign):
    limit = 20_000_000
    simulator = serve(
        "--world", "v1", "--posts", 8500, "--rate", 12000, "--wait-for", 1,
        "--slow-reader-bytes", limit)
    parameters = {"follow": "1", "stall_warnings": "true"}
    stream = open_stream(simulator, reads=False, **sign(simulator, parameters))
    simulator.wait_until_finished()
    size = sum(len(post) + 2 for post in simulator.truth)
    # What is not in the buffers of the kernel is what the reader is behind.
    assert 0.85 * limit < size < limit
    stream.start_reading()
    stream.wait_for_lines(8501)
    warnings = [line for line in stream.lines if b'"FALLING_BEHIND"' in line]
    assert len(warnings) == 1
    assert [line for line in stream.lines if line not in warnings] == simulator.truth


def test_a_backfill_sends_the_past_minutes_first(serve, open_stream):
    simulator = serve(
        "--posts", 2000, "--rate", 1000, "--wait-for", 2, "--backfill", "b", "--minute", 60,
        "--fault", "zone=b,at=500,kind=cut")
    open_stream(simulator, token="token-a")
    assert open_stream(simulator, token="token-b").wait_for_end() == "torn"
    wait_for(lambda: simulator.status["postsEmitted"] >= 800, "a gap")
    second = open_stream(simulator, token="token-b", path=f"{STREAM}?backfill_minutes=1")
    simulator.wait_until_finished()
    second.wait_for_lines(2000)
    assert second.lines == simulator.truth
    assert simulator.zone("b")["counts"]["ranges"] == [[0, 500], [0, 2000]]
