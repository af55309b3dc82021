"""Three quarters of a minute of the soak, once always the same and once drawn anew; `make soak` takes longer."""

import random
import sys
from types import SimpleNamespace

import pytest

from simulator import ROOT

sys.path.append(str(ROOT / "Tests" / "Soak"))
from oracle import Emission, Oracle, Run  # noqa: E402
from soak import soak  # noqa: E402

MINUTES = 0.75


@pytest.mark.parametrize("seed", [1, random.randrange(1 << 32)], ids=["fixed", "drawn"])
def test_a_listener_under_all_faults_ships_every_line_it_had(seed, tmp_path):
    print(soak(tmp_path / "soak", seed, MINUTES))


POSTS = [b'{"data":{"id":"%d"}}\n' % number for number in range(10)]
# The sixth came while nobody was connected.
GIVEN = [
    {"id": 1, "posts": [0, 5], "closure": "fault", "openedAt": 0.0, "closedAt": 5.0},
    {"id": 2, "posts": [6, 10], "openedAt": 6.0}]
SHIPPED = POSTS[:5] + POSTS[6:]


def judge(folder, lines, run):
    """What the oracle says of one segment of two connections that holds these lines."""
    for name in ("emission.ndjson", "truth.ndjson"):
        (folder / name).write_bytes(b"".join(POSTS))
    oracle = Oracle(SimpleNamespace(folder=folder))
    oracle._content = lambda manifest: b"".join(lines)
    spans = [
        {"id": str(facts["id"]), "from": f"1970-01-01T00:00:0{facts['openedAt']:.3f}Z",
         "to": "1970-01-01T00:00:05.000Z" if facts["id"] == 1 else "1970-01-01T00:00:09.000Z"}
        for facts in GIVEN]
    manifest = {"instance": "i", "sequence": 0, "lines": len(lines), "connections": spans}
    emission = Emission(folder / "emission.ndjson", folder / "truth.ndjson")
    return oracle._check_run(run, [manifest], GIVEN, emission)


def test_the_oracle_finds_nothing_missing_where_all_is_there(tmp_path):
    assert judge(tmp_path, SHIPPED, Run(after=0)) == 0


@pytest.mark.parametrize("lines", [
    pytest.param(SHIPPED[:2] + SHIPPED[3:], id="one is missing"),
    pytest.param(SHIPPED[:4] + SHIPPED[5:], id="the last of a connection is missing"),
    pytest.param(SHIPPED[:-1], id="the very last is missing"),
    pytest.param(SHIPPED[:3] + SHIPPED[2:], id="one is there twice"),
    pytest.param([SHIPPED[1], SHIPPED[0], *SHIPPED[2:]], id="two are exchanged"),
    pytest.param([*SHIPPED[:7], SHIPPED[7].upper(), *SHIPPED[8:]], id="one has other bytes"),
    pytest.param(POSTS, id="one came on no connection"),
])
def test_the_oracle_sees_that(lines, tmp_path):
    with pytest.raises(AssertionError):
        judge(tmp_path, lines, Run(after=0))


def test_the_oracle_lets_a_killed_run_lose_the_end_but_nothing_synced(tmp_path):
    killed = Run(after=0, was_cut_short=True, instance="i", lines_safe=7, handed=(2, 8))
    assert judge(tmp_path, SHIPPED[:7], killed) == len(b"".join(SHIPPED[7:]))
    killed.lines_safe = 8
    with pytest.raises(AssertionError, match="7 lines of 8 synced"):
        judge(tmp_path, SHIPPED[:7], killed)
    killed.lines_safe, killed.handed = 7, (2, 9)
    with pytest.raises(AssertionError, match="seconds before the kill"):
        judge(tmp_path, SHIPPED[:7], killed)
