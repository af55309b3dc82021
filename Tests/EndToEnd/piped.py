"""A small world without a network: what zones would have received, piped into listeners.

Everything but the times of reception follows from the seed.
"""

import random
import subprocess

from listener import Listener
from simulator import binary

ZONES = ("a", "b", "c")


def emit(**options):
    """The lines of a world of the simulator, posts and notices, in order of arrival."""
    typed = [part for name, value in options.items()
             for part in (f"--{name.replace('_', '-')}", str(value))]
    output = subprocess.run(
        [binary("simulator"), "emit", *typed], check=True, stdout=subprocess.PIPE).stdout
    return output.split(b"\n")[:-1]


def pipe(folder, zone, store, lines, end=b"\n", **settings):
    """Makes segments of a zone of these lines, and ships them."""
    listener = Listener(
        folder, zone, store, stdin=subprocess.PIPE, SOURCE="stdin", **settings)
    try:
        listener.process.stdin.write(b"".join(line + end for line in lines))
        listener.process.stdin.close()
        assert listener.wait() == 0, listener.log
    finally:
        listener.end_for_sure()


def altered(line):
    """The same post as another version of it: an edit count that moved on, say."""
    return line.replace(b'"text":"', b'"text":"EDITED ', 1)


class PipedWorld:
    """Segments of three zones that each lack a quarter, have repetitions and some other versions.

    Posts lie in three hours of `start`; v1.1 ones are among them, and so are deletions.
    """

    def __init__(self, folder, store, seed=1, start="2026-11-20T09:10:00Z", posts=3000, parts=3,
                 awkward=0.05):
        self.store = store
        dice = random.Random(seed)
        lines = emit(
            world="mixed", posts=posts, rate=posts / 7000, start_time=start, notices=0.1,
            awkward=awkward, seed=seed, jitter=60)
        self.lines = lines
        for zone in ZONES:
            received = [line for line in lines if dice.random() < 0.75]
            received += dice.sample(received, len(received) // 20)
            received = [altered(line) if dice.random() < 0.01 else line for line in received]
            size = -(-len(received) // parts)
            for first in range(0, len(received), size):
                pipe(folder, zone, store, received[first:first + size])
        # A zone that was up and heard nothing.
        pipe(folder, "silent", store, [])
