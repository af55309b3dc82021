"""A minute of the soak, once always the same and once drawn anew; `make soak` takes longer."""

import random
import sys

import pytest

from simulator import ROOT

sys.path.append(str(ROOT / "Tests" / "Soak"))
from soak import soak  # noqa: E402

MINUTES = 1


@pytest.mark.parametrize("seed", [1, random.randrange(1 << 32)], ids=["fixed", "drawn"])
def test_a_listener_under_all_faults_ships_every_line_it_had(seed, tmp_path):
    print(soak(tmp_path, seed, MINUTES))
