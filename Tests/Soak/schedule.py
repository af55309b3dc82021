"""What goes wrong and when: drawn from a seed, and nothing else."""

import random
from dataclasses import dataclass

# Of the stream, of the operator, of the machine, of the store.
KINDS = ("cut", "reset", "hangup", "end", "stall", "rotate", "kill", "restart", "outage",
         "kill in an outage")
FIRST_SECONDS = 4
# The last events are over and their backlogs gone before the stream ends.
LAST_SECONDS = 6
# All kinds fit into 45 seconds.
GAP_SECONDS = (2.0, 3.8)
OUTAGE_SECONDS = (1.0, 6.0)


@dataclass(frozen=True)
class Event:
    at: float
    kind: str
    # How long it lasts, where it lasts.
    seconds: float = 0


def events(seed, seconds):
    """Every kind once in a drawn order, then again in another, until the time is over."""
    dice = random.Random(seed)
    found, at = [], FIRST_SECONDS
    while True:
        for kind in dice.sample(KINDS, len(KINDS)):
            if at > seconds - LAST_SECONDS:
                return found
            lasts = dice.uniform(*OUTAGE_SECONDS) if "outage" in kind else 0
            found.append(Event(at, kind, lasts))
            at += dice.uniform(*GAP_SECONDS)
