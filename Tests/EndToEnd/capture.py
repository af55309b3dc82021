"""The world of the proof: three zones hold one stream, and each lacks what others have."""

import datetime

from listener import Listener
from simulator import Simulator, binary, wait_for

ZONES = ("a", "b", "c")


def posts_a_second():
    """What three listeners and the simulator keep up with on two cores that others use too.

    Where they do not, faults come late and the gaps of the zones may meet.
    """
    return 600 if binary("listener").parent.name == "debug" else 3000


def capture_fairly(folder, make_store, posts, rate=None):
    """A capture after which every post is still in reach of some zone.

    On a machine that is too busy the gaps of the zones meet; then the world is made again, slower.
    That is judged by what the simulator handed out, never by what the listeners made of it.
    """
    rate = rate or posts_a_second()
    for attempt in range(4):
        capture = Capture(folder / f"capture-{attempt}", make_store(attempt), posts, rate)
        if capture.is_fair:
            return capture
        rate /= 2
    raise AssertionError("this machine is too busy for three listeners: see the simulator's status")


def an_hour_ago():
    """A full hour. Half of the posts come before it, so they fall into two partitions; lines without
    an id belong to a third, that of their reception.
    """
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.replace(minute=0, second=0, microsecond=0) - datetime.timedelta(hours=1)


def faults(posts):
    """Each zone is turned away for a tenth, at another place, and then hears 200 posts again."""
    tenth = posts // 10
    options = []
    for zone, first in zip(ZONES, (tenth, 4 * tenth, 7 * tenth), strict=True):
        options += ["--fault", f"zone={zone},at={first},until={first + tenth},kind=hangup"]
        options += ["--fault", f"zone={zone},at={first},kind=repeat,count=200"]
    return options


class Capture:
    """Runs the whole capture at once; afterwards all programs have ended."""

    def __init__(self, folder, store, posts, rate, **settings):
        self.folder, self.store, self.posts, self._settings = folder, store, posts, settings
        folder.mkdir(parents=True)
        start = an_hour_ago() - datetime.timedelta(seconds=posts / rate / 2)
        options = [
            "--posts", posts, "--rate", rate, "--wait-for", 3, "--jitter", 0.5,
            "--notices", 0.02, "--awkward", 0.05, *faults(posts),
            "--start-time", start.strftime("%Y-%m-%dT%H:%M:%SZ")]
        with Simulator(folder / "simulator", *options) as self.simulator:
            self.listeners = {zone: self._listen(zone) for zone in ZONES}
            try:
                self._run()
            finally:
                for listener in self.listeners.values():
                    listener.end_for_sure()
            self.truth, self.notices = self.simulator.truth, self.simulator.notices
            self.status = self.simulator.status
            self.handed = {zone: self.simulator.handed_to(zone) for zone in ZONES}

    def _listen(self, zone):
        return Listener.of_simulator(
            self.folder, zone, self.store, self.simulator, **self._settings)

    def _run(self):
        self._kill("b", after=6 * self.posts // 10)
        self.simulator.wait_until_finished(300)
        for zone in ZONES:
            wait_for(lambda zone=zone: self._has_shipped_all(zone), f"the last lines of {zone}", 120)
        for listener in self.listeners.values():
            assert listener.stop() == 0, listener.log
            assert not listener.spooled("*.ndjson.gz*"), "something stays in the spool"

    def _kill(self, zone, after):
        """SIGKILL in the middle of the stream, and a restart on the same spool."""
        wait_for(lambda: self.simulator.status["postsEmitted"] >= after, "the moment to kill", 300)
        self.killed = self.listeners[zone]
        wait_for(lambda: self.simulator.zone(zone)["open"] == 1, "a stream to kill")
        wait_for(lambda: self.killed.lines_synced > 0, "something to salvage")
        self.killed.kill()
        wait_for(lambda: self.simulator.zone(zone)["open"] == 0, "the end of the stream")
        self.open_when_killed = self.killed.spooled("*.open")
        self.handed_when_killed = self._handed_lines(zone)
        self.unsafe = self._posts_at_risk(zone)
        self.listeners[zone] = self._listen(zone)

    def _posts_at_risk(self, zone):
        """What the killed listener was handed since it was last seen to sync, and before."""
        last = self.simulator.zone(zone)["counts"]["ranges"][-1]
        return range(max(last[0], last[1] - self.posts // 10), last[1])

    @property
    def is_fair(self):
        """Whether each post was handed to a zone that could not lose it, and each gap was real."""
        safe = set()
        for zone, facts in self.status["zones"].items():
            numbers = {n for first, end in facts["counts"]["ranges"] for n in range(first, end)}
            if not facts["faultsFired"].get("hangup") or len(numbers) < self.posts // 2:
                return False
            safe |= numbers - set(self.unsafe) if zone == self.killed.zone else numbers
        return len(safe) == self.posts

    def _handed_lines(self, zone):
        counts = self.simulator.zone(zone)["counts"]
        return counts["delivered"] + counts["notices"]

    def _has_shipped_all(self, zone):
        manifests = self.store.manifests(zone)
        handed = self._handed_lines(zone)
        if zone == self.killed.zone:
            handed -= self.handed_when_killed
            first = self.killed_instance
            manifests = [manifest for manifest in manifests if manifest["instance"] != first]
        return sum(manifest["lines"] for manifest in manifests) == handed

    @property
    def killed_instance(self):
        [path] = self.open_when_killed
        return path.name.split("-")[1]
