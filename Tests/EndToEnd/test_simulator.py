"""What the simulator streams, seen by tweepy as it comes from PyPI and by a raw reader."""

import json
import subprocess

from simulator import binary, wait_for
from tweepyclient import TweepyClient

V1_SETTINGS = ("--world", "v1", "--posts", 1500, "--rate", 1500)


def test_tweepy_streams_exactly_the_truth_from_v2(serve, tmp_path):
    simulator = serve("--posts", 3000, "--rate", 2000, "--wait-for", 1, "--keep-alive", 0.5)
    with TweepyClient(
        tmp_path, "tweepy-v2", "stream_v2.py", simulator.origin, posts=3000) as client:
        client.wait_for_event("disconnect")
        assert client.wait() == 0
    assert client.count("connect") == 1
    assert client.count("exception") == 0
    assert len(simulator.truth) == 3000
    assert client.lines == simulator.truth


def test_tweepy_streams_exactly_the_truth_from_v1(serve, tmp_path):
    simulator = serve(*V1_SETTINGS, "--wait-for", 1)
    with TweepyClient(
        tmp_path, "tweepy-v1", "stream_v1.py", simulator.origin, posts=1500) as client:
        client.wait_for_event("disconnect")
        assert client.wait() == 0
    assert client.count("connect") == 1
    assert client.count("exception") == 0
    assert len(simulator.truth) == 1500
    assert client.lines == simulator.truth


def test_three_zones_get_the_same_bytes(serve, open_stream):
    simulator = serve("--posts", 2000, "--rate", 4000, "--wait-for", 3, "--notices", 0.1)
    streams = [open_stream(simulator, token=f"token-{zone}") for zone in "abc"]
    simulator.wait_until_finished()
    notices = set(simulator.notices)
    assert len(notices) > 100
    for stream in streams:
        stream.wait_for_lines(2000 + len(simulator.notices))
        assert bytes(stream.content) == bytes(streams[0].content)
    assert [line for line in streams[0].lines if line not in notices] == simulator.truth


def test_a_connection_gets_only_posts_made_while_it_is_open(serve, open_stream):
    simulator = serve("--posts", 3000, "--rate", 3000, "--wait-for", 1)
    open_stream(simulator, token="token-a")
    wait_for(lambda: simulator.status["postsEmitted"] >= 1000, "the first posts")
    late = open_stream(simulator, token="token-b")
    simulator.wait_until_finished()
    [[first, end]] = simulator.zone("b")["counts"]["ranges"]
    assert first >= 1000
    late.wait_for_lines(end - first)
    assert late.lines == simulator.truth[first:]


def test_ids_are_unique_snowflakes_of_now_in_nearly_ascending_order(serve, open_stream):
    simulator = serve("--posts", 4000, "--rate", 2000, "--jitter", 2, "--wait-for", 1)
    open_stream(simulator)
    simulator.wait_until_finished()
    ids = [int(json.loads(post)["data"]["id"]) for post in simulator.truth]
    assert len(set(ids)) == 4000
    assert ids != sorted(ids)
    times = [(id >> 22) + 1288834974657 for id in ids]
    latest = 0
    lateness = []
    for time in times:
        latest = max(latest, time)
        lateness.append(latest - time)
    assert 1000 < max(lateness) <= 2001
    started = simulator.truth_file.parent.joinpath("port").stat().st_mtime * 1000
    assert started - 1000 < min(times) and max(times) < started + 30_000


def test_the_same_seed_and_start_make_the_same_bytes(serve, open_stream):
    world = [
        "--posts", "800", "--seed", "77", "--start-time", "2026-11-22T18:00:00Z", "--rate", "4000",
        "--notices", "0.05", "--awkward", "0.1", "--world", "mixed", "--jitter", "1",
    ]
    emitted = subprocess.run(
        [binary("simulator"), "emit", *world, "--crlf"], check=True, stdout=subprocess.PIPE).stdout
    simulator = serve(*world, "--wait-for", 1)
    stream = open_stream(simulator)
    simulator.wait_until_finished()
    stream.wait_for_lines(emitted.count(b"\r\n"))
    assert bytes(stream.content) == emitted


def test_every_line_is_json_with_its_id_in_several_places():
    emitted = subprocess.run(
        [
            binary("simulator"), "emit", "--posts", "2000", "--world", "mixed", "--awkward", "0.1",
            "--notices", "0.1",
        ],
        check=True, stdout=subprocess.PIPE).stdout.split(b"\n")[:-1]
    posts, notices, firsts = 0, set(), set()
    for line in emitted:
        value = json.loads(line)
        if "data" in value:
            posts += 1
            names = list(value["data"])
            firsts.add(("v2", names.index("id") == 0, names[-1] == "id", next(iter(value))))
            assert int(value["data"]["id"]) > 2**53
        elif "text" in value:
            posts += 1
            names = list(value)
            inner = names.index("retweeted_status") if "retweeted_status" in names else None
            firsts.add(("v1", inner is not None and inner < names.index("id")))
            assert str(value["id"]) == value["id_str"]
        else:
            notices.add(next(iter(value)))
    assert posts == 2000
    assert {"delete", "limit", "scrub_geo", "status_withheld", "warning", "errors"} < notices
    assert {("v2", True, False, "data"), ("v2", False, True, "data")} < firsts
    assert {("v2", False, False, "includes"), ("v1", True), ("v1", False)} < firsts
    assert any(b'\\"id\\":\\"42\\"' in line for line in emitted)


def test_an_idle_stream_sends_keep_alives(serve, open_stream):
    simulator = serve("--posts", 10, "--rate", 1000, "--jitter", 0, "--wait-for", 1,
                      "--keep-alive", 0.2)
    stream = open_stream(simulator)
    stream.wait_for_lines(10)
    wait_for(lambda: stream.chunks[-3:] == [2, 2, 2], "three keep-alives")
    assert bytes(stream.content).endswith(b"\r\n\r\n\r\n\r\n")
    assert simulator.zone("a")["counts"]["keepAlives"] >= 3


def test_emission_waits_for_the_command(serve, open_stream):
    simulator = serve("--posts", 100, "--rate", 1000, "--hold")
    stream = open_stream(simulator)
    stream.wait_for_status()
    assert simulator.status["phase"] == "waiting"
    simulator.release()
    stream.wait_for_lines(100)


def test_the_status_file_says_finished_only_when_the_truth_is_whole(serve, open_stream):
    simulator = serve("--posts", 2000, "--rate", 4000)

    def finished():
        text = simulator.status_file.exists() and simulator.status_file.read_text()
        return text and json.loads(text)["finished"]

    wait_for(finished, "the status file")
    assert len(simulator.truth) == 2000
    assert json.loads(simulator.status_file.read_text())["postsEmitted"] == 2000


def test_delimited_lines_have_their_length_before_them(serve, open_stream, sign):
    simulator = serve(*V1_SETTINGS, "--wait-for", 1, "--notices", 0.05)
    stream = open_stream(simulator, **sign(simulator, {"follow": "12", "delimited": "length"}))
    simulator.wait_until_finished()
    expected = len(simulator.truth) + len(simulator.notices)
    stream.wait_for_lines(2 * expected)
    rest = bytes(stream.content)
    lines = []
    while rest:
        length, rest = rest.split(b"\r\n", 1)
        lines.append(rest[: int(length)])
        rest = rest[int(length):]
    assert all(line.endswith(b"\r\n") for line in lines)
    notices = set(simulator.notices)
    posts = [line[:-2] for line in lines if line[:-2] not in notices]
    assert posts == simulator.truth


def test_a_closed_pipe_ends_emit_with_success():
    emitting = subprocess.Popen(
        [binary("simulator"), "emit", "--posts", "20000"], stdout=subprocess.PIPE)
    emitting.stdout.readline()
    emitting.stdout.close()
    assert emitting.wait(timeout=30) == 0


def test_a_burst_second_has_ten_times_the_posts_and_brief_ones_three_fields():
    start = 1_795_000_000_000
    emitted = subprocess.run(
        [binary("simulator"), "emit", "--posts", "2400", "--rate", "100", "--burst-every", "3",
         "--brief", "--jitter", "0", "--start-time", str(start)],
        check=True, stdout=subprocess.PIPE).stdout.splitlines()
    posts = [json.loads(line) for line in emitted]
    assert all(post.keys() == {"data"} for post in posts)
    assert {tuple(sorted(post["data"])) for post in posts} == {
        ("edit_history_tweet_ids", "id", "text")}
    seconds = [
        ((int(post["data"]["id"]) >> 22) + 1_288_834_974_657 - start) // 1000 for post in posts]
    counts = [seconds.count(second) for second in range(6)]
    wanted = [100, 100, 1000, 100, 100, 1000]
    assert sum(counts) == 2400
    assert all(abs(count - want) <= 2 for count, want in zip(counts, wanted, strict=True)), counts


def test_the_status_tells_what_each_connection_was_given_and_how_it_ended(serve, open_stream):
    simulator = serve("--posts", 400, "--rate", 1000, "--wait-for", 1, "--keep-alive", 0.3)
    first = open_stream(simulator)
    first.wait_for_lines(50)
    simulator.fault(zone="a", kind="hangup", reset=True, until="+1")
    assert first.wait_for_end() == "reset"
    wait_for(lambda: simulator.status["postsEmitted"] > 300, "the hangup's end")
    second = open_stream(simulator)
    simulator.wait_until_finished()
    wait_for(lambda: simulator.zone("a")["counts"]["ranges"][-1][1] == 400, "the last post")
    counts = simulator.zone("a")["counts"]
    [lost, open_one] = counts["connections"]
    assert [lost["posts"], open_one["posts"]] == counts["ranges"]
    assert lost["closure"] == "reset" and lost["openedAt"] < lost["closedAt"]
    assert "closure" not in open_one and open_one["openedAt"] > lost["closedAt"]
    second.wait_for_lines(open_one["posts"][1] - open_one["posts"][0])
