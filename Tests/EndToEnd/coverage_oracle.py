"""What a set of segments covers, by docs/COVERAGE.md, worked out millisecond by millisecond.

Shares nothing with the merger: each zone is an array with one byte a millisecond of the span.
"""

import functools
import operator
import re
from collections import Counter, defaultdict

from handmade import FILE_KINDS, ms_of, time_of

GAP, UNKNOWN, RECOVERED, COVERED = range(4)
NAMES = ("gap", "unknown", "recovered", "covered")
FOREVER = 10**15


class Zone:
    """The state of one zone at each millisecond."""

    def __init__(self, manifests, span, lag):
        self.span, self.lag = span, lag
        self.states = bytearray(span[1] - span[0])
        self.layers = {UNKNOWN: [], RECOVERED: [], COVERED: []}
        self.selections = []
        runs = defaultdict(list)
        for facts in manifests:
            runs[facts["instance"]].append(facts)
        self.runs = [
            sorted(run, key=lambda facts: facts["sequence"]) for run in runs.values()
            if not any(piece["kind"] in FILE_KINDS
                       for facts in run for piece in facts["connections"])]
        for run in self.runs:
            self._follow(run)
        self._claim([piece for facts in manifests for piece in facts["connections"]])
        for state, spans in self.layers.items():
            for start, end in spans:
                self._paint(state, start, end)

    def _paint(self, state, start, end):
        first, last = (min(max(time, self.span[0]), self.span[1]) - self.span[0]
                       for time in (start, end))
        if first < last:
            self.states[first:last] = bytes([state]) * (last - first)

    @staticmethod
    def clock(run, place):
        """The first one compared from here on, else the last before."""
        for facts in run[place:] + run[place::-1]:
            if facts["clock"]["basis"] == "date-header":
                return facts["clock"]["offsetMs"], 1000
        return run[place]["clock"]["offsetMs"], 60_000

    def life(self, run):
        ends = [(ms_of(facts["received"][edge]) + self.clock(run, place)[0])
                for place, facts in enumerate(run) for edge in ("first", "last")]
        return min(ends), max(ends)

    def _follow(self, run):
        """Puts the pieces of connections together and finds what is missing between them."""
        lives, own = [self.life(other) for other in self.runs], self.life(run)
        pieces, before, records = {}, None, []
        for place, facts in enumerate(run):
            offset, doubt = self.clock(run, place)
            first, last = (ms_of(facts["received"][edge]) for edge in ("first", "last"))
            selection = facts["source"].get("selection")
            if before is None or selection != before["source"].get("selection"):
                self.selections.append((first + offset, selection))
            goes_on = any(ms_of(piece["from"]) == first for piece in facts["connections"])
            known = first + offset + (doubt if goes_on else 0)
            if before is None and facts["sequence"] > 0:
                others = [end for start, end in lives if start < own[0]]
                self.layers[UNKNOWN].append((max(others, default=-FOREVER), known))
            elif before is not None and facts["sequence"] != before["sequence"] + 1:
                self.layers[UNKNOWN].append((self._known_until(pieces, last_end), known))
                pieces = {}
            elif before is not None and first > ms_of(before["received"]["last"]):
                pieces = {}
            for piece in facts["connections"]:
                start, end = ms_of(piece["from"]) + offset, ms_of(piece["to"]) + offset
                begun = pieces.get(piece["id"])
                record = begun or {"start": start + doubt, "piece": piece, "over": False,
                                   "shift": offset + doubt}
                if not begun:
                    records.append(record)
                record["over"] |= self._shows_what_is_newer(facts, piece, record["start"])
                record |= {"end": end, "doubt": doubt, "cause": piece.get("cause")}
                pieces[piece["id"]] = record
            before, last_end = facts, last + offset
        self._end(pieces, last_end, own, lives)
        for record in records:
            self._cover(record)

    @staticmethod
    def _shows_what_is_newer(facts, piece, start):
        """Whether a segment proves that its piece was past any back-fill."""
        if not facts["lines"]:
            return ms_of(piece["to"]) - ms_of(piece["from"]) >= 60_000
        # Who brought a line is known of the last connection alone.
        last = max(facts["connections"], key=lambda other: ms_of(other["from"]))
        return last is piece and "ids" in facts and time_of(int(facts["ids"]["max"])) >= start

    def _cover(self, record):
        piece, end = record["piece"], record["end"] - self.lag - record["doubt"]
        if piece["kind"] == "backfill":
            if not record["over"] or end <= record["start"]:
                return
            self.layers[RECOVERED].append(tuple(
                ms_of(piece["covers"][edge]) + record["shift"] for edge in ("first", "last")))
        self.layers[COVERED].append((record["start"], end))

    def _known_until(self, pieces, otherwise):
        """Where the last connection is open, what it was to deliver may lie in what is missing."""
        last = list(pieces.values())[-1:]
        if last and last[0]["cause"] is None:
            return last[0]["end"] - self.lag - last[0]["doubt"]
        return otherwise

    def _end(self, pieces, last_end, own, lives):
        last = list(pieces.values())[-1:]
        later = [start for start, end in lives if end > own[1]]
        if last and last[0]["cause"] is None:
            end = max(own[1], min(later, default=FOREVER))
            self.layers[UNKNOWN].append((self._known_until(pieces, last_end), end))
        elif own[1] == max(end for _, end in lives):
            if not last or last[0]["cause"] != "the listener was stopped":
                self.layers[UNKNOWN].append((own[1], FOREVER))

    def _claim(self, pieces):
        for piece in pieces:
            if piece["kind"] == "recovery" and piece.get("cause") == "the recovery is complete":
                self.layers[RECOVERED].append(
                    (ms_of(piece["covers"]["first"]), ms_of(piece["covers"]["last"])))
        spans = sorted((ms_of(piece["covers"]["first"]), ms_of(piece["covers"]["last"]))
                       for piece in pieces if piece["kind"] == "claimed")
        while spans:
            start, end = spans.pop(0)
            while spans and spans[0][0] <= end + self.lag:
                end = max(end, spans.pop(0)[1])
            self.layers[RECOVERED].append((start + self.lag, end - self.lag))

    def selection(self, time):
        ordered = sorted(self.selections)
        past = [selection for start, selection in ordered if start <= time]
        return past[-1] if past else ordered[0][1] if ordered else None

    def at(self, time):
        inside = self.span[0] <= time < self.span[1]
        return self.states[time - self.span[0]] if inside else GAP


def stretches(states, start):
    """(from, to, name of the state), as the bytes have it."""
    return [(start + found.start(), start + found.end(), NAMES[found.group()[0]])
            for found in re.finditer(rb"(?s)(.)\1*", bytes(states))]


def only(state):
    """A table that makes 1 of this state and 0 of all others."""
    return bytes(number == state for number in range(256))


class Oracle:
    """The figures of a report, from manifests and the lines of segments."""

    def __init__(self, segments, zones, span, lag):
        self.names, self.span = zones, span
        self.zones = {
            name: Zone([segment.manifest for segment in segments if segment.zone == name],
                       span, lag)
            for name in zones}
        arrays = [zone.states for zone in self.zones.values()]
        # A number with one byte a millisecond: Python adds and combines all of them at once.
        in_state = {
            state: [int.from_bytes(array.translate(only(state)), "big") for array in arrays]
            for state in (COVERED, RECOVERED, UNKNOWN)}
        covered, recovered, unknown = (
            functools.reduce(operator.or_, in_state[state])
            for state in (COVERED, RECOVERED, UNKNOWN))
        recovered &= ~covered
        unknown &= ~(covered | recovered)
        self.union = self._bytes(covered | covered << 1 | recovered << 1 | unknown)
        self.counts = Counter(self._bytes(sum(in_state[COVERED])))

    def _bytes(self, number):
        return number.to_bytes(self.span[1] - self.span[0], "big")

    def loss(self, zones_of_ids):
        """For each zone (exposed, undelivered, tweets of other selections alone)."""
        figures = {name: [0, 0, 0] for name in self.names}
        for identity, seen in zones_of_ids.items():
            time = time_of(identity)
            for name, zone in self.zones.items():
                if zone.at(time) != COVERED or not seen - {name}:
                    continue
                own = zone.selection(time)
                if any(self.zones[other].selection(time) == own for other in seen - {name}):
                    figures[name][0] += 1
                    figures[name][1] += name not in seen
                elif name not in seen:
                    figures[name][2] += 1
        return figures
