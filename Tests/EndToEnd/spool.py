"""What of a listener's lines is on the disk, by its manifests and journals."""

import json


def lines_on_disk(spool, store):
    """How many lines each segment has for sure, by its name; None while files are on the move."""
    try:
        lines = {path.stem: json.loads(path.read_bytes())["lines"]
                 for path in [*spool.glob("2*.json"), *store.root.glob("manifests/**/*.json")]}
        return {path.stem: _synced(path) for path in spool.glob("*.journal")} | lines
    except FileNotFoundError:
        return None


def _synced(journal):
    entries = reversed(journal.read_bytes().split(b"\n")[:-1])
    return next((json.loads(entry)["lines"] for entry in entries if b'"sync"' in entry), 0)


def instance_of(segment):
    """The run of a listener that made a segment."""
    return segment.split("-")[1]
