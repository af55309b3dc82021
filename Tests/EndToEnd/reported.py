"""Coverage documents made by hand, and pages of them read back."""

import datetime
import html.parser
import random

START = datetime.datetime(2026, 11, 22, 18, tzinfo=datetime.timezone.utc)
HOUR_MS = 3_600_000
MINUTE_MS = 60_000


def at(milliseconds):
    """A time that many milliseconds after the start, as documents write it."""
    moment = START + datetime.timedelta(milliseconds=milliseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def since_start(text):
    moment = datetime.datetime.fromisoformat(text)
    return round((moment - START).total_seconds() * 1000)


def stretches_of(dice, length, pieces, cause):
    """A span cut into that many pieces of random states."""
    cuts = sorted({0, length, *(dice.randrange(1, length) for _ in range(pieces - 1))})
    found = []
    for first, end in zip(cuts, cuts[1:]):
        state = dice.choices(["covered", "gap", "unknown", "recovered"], [12, 3, 1, 1])[0]
        stretch = {"from": at(first), "to": at(end), "state": state}
        if state != "covered":
            stretch["cause"] = dice.choice(cause)
        found.append(stretch)
    return found


def times_of(stretches):
    times = {"coveredMs": 0, "gapMs": 0, "unknownMs": 0, "recoveredMs": 0}
    for stretch in stretches:
        times[stretch["state"] + "Ms"] += since_start(stretch["to"]) - since_start(stretch["from"])
    return times


def document(seed=1, zones=("use1-az1", "use1-az2", "euw1-az3"), hours=4, pieces=20,
             minutes=True, stream="spring-2026", not_merged=0, problems=(),
             causes=("stalled: nothing for 20 s", "the server refused with HTTP 503")):
    """What `merger coverage --json` might print; the figures need not agree with each other."""
    dice = random.Random(seed)
    length = hours * HOUR_MS
    everything = [list(zones)] + [
        subset for bits in range(1, 2 ** len(zones) - 1)
        if (subset := [zone for place, zone in enumerate(zones) if bits >> place & 1])]

    def sets(most):
        return [{"zones": subset, "tweets": dice.randrange(1, max(2, most // (place * 20 + 1)))}
                for place, subset in enumerate(everything[:40])]

    counted = []
    for hour in range(hours):
        in_minutes = [sets(900) for _ in range(60)]
        row = {"hour": at(hour * HOUR_MS)[:13], "sets": sets(50_000),
               "tweets": sum(one["tweets"] for minute in in_minutes for one in minute)}
        if minutes:
            row["minutes"] = in_minutes
        counted.append(row)
    union = stretches_of(dice, length, pieces // 2, causes)
    by_zone = [stretches_of(dice, length, pieces, causes) for _ in zones]
    number = lambda: dice.randrange(100_000)  # noqa: E731
    parts = {name: number() for name in (
        "canonical", "duplicates", "notices", "quarantined", "deleted")}
    figure = lambda: {"value": 60.25, "low": 31.5, "high": 99.75}  # noqa: E731
    return {
        "format": 1, "software": "tributary-merger/0.1.0", "stream": stream,
        "span": {"from": at(0), "to": at(length)},
        "rules": {"deliveryLagMs": 7000, "checkedClockDoubtMs": 1000,
                  "uncheckedClockDoubtMs": 60_000},
        "inputs": {"manifests": number(), "indexes": hours, "notMerged": not_merged,
                   "problems": list(problems),
                   "sha256": dice.randbytes(32).hex()},
        "selections": [],
        "zones": [
            {"zone": zone, "stretches": by_zone[place], **times_of(by_zone[place]),
             "tweets": number(), "lacks": number(), "onlyHere": number(), "exposed": number(),
             "undelivered": number(), "otherSelection": 0} for place, zone in enumerate(zones)],
        "union": {
            "stretches": union, **times_of(union), "percent": 98.76543,
            "msByZoneCount": [dice.randrange(length) for _ in range(len(zones) + 1)],
            "gaps": [{"start_time": one["from"], "end_time": one["to"],
                      "ms": since_start(one["to"]) - since_start(one["from"]),
                      "unknown": one["state"] == "unknown",
                      "causes": {zone: dice.choice(causes) for zone in zones}}
                     for one in union if one["state"] in ("gap", "unknown")]},
        "sets": sets(500_000), "hours": counted,
        "estimate": {
            "model": "log-linear", "missed": figure(), "blind": {
                "value": 700.5, "low": 600.125, "high": 812.0},
            "completeness": {"value": 99.56789, "low": 99.4, "high": 99.71234},
            "models": [{"name": "chao", "missed": {"value": 40.5, "low": 22.0, "high": 80.0}},
                       {"name": "log-linear", "missed": figure()}],
            "strata": number(), "tweets": number(), "blindMs": dice.randrange(length),
            "assumptions": ["Zones lose tweets independently.", "Ids are never reused."]},
        "ledger": {"lines": sum(parts.values()), **parts},
        "divergentTweets": number(), "deletedTweets": number()}


class Page(html.parser.HTMLParser):
    """A page as a program reads it: exact values of tables, headings, text."""

    EMPTY = {"meta", "br", "col"}

    def __init__(self, content):
        super().__init__(convert_charrefs=True)
        # For each table: its rows of cells, a cell being its text and its exact values.
        self.tables = {}
        self.headings = []
        self.ids = []
        self.names = set()
        self.text = ""
        self._open = []
        self._facts = {}
        self.feed(content.decode())
        self.close()
        assert self._open == [], "an element was not closed"

    def handle_starttag(self, name, attributes):
        attributes = dict(attributes)
        self.names.add(name)
        self.ids += [attributes["id"]] if "id" in attributes else []
        if name not in self.EMPTY:
            self._open.append((name, attributes))
        if name == "table":
            assert attributes["class"] not in self.tables
            self._rows = self.tables[attributes["class"]] = []
        elif name == "tr":
            self._rows.append([])
        elif name in ("th", "td"):
            self._rows[-1].append(["", []])
        elif name in ("h1", "h2", "h3", "h4"):
            self.headings.append(name)
        value = attributes.get("value") if name == "data" else attributes.get("datetime")
        if value is not None and self._is_in("tr"):
            self._rows[-1][-1][1].append(value)
        elif value is not None:
            for _, outer in self._open:
                if outer.get("id", "").startswith("fact-"):
                    self._facts[outer["id"].removeprefix("fact-")] = value

    def handle_startendtag(self, name, attributes):
        self.names.add(name)

    def handle_endtag(self, name):
        if name not in self.EMPTY:
            assert self._open.pop()[0] == name

    def handle_data(self, data):
        if self._is_in("style"):
            return
        self.text += data
        if self._is_in("th", "td"):
            self._rows[-1][-1][0] += data

    def _is_in(self, *names):
        return any(name in names for name, _ in self._open)

    @property
    def facts(self):
        """The exact values of the headline."""
        return self._facts

    def rows(self, table):
        """Of the body and the foot of a table: for each cell its exact value, or its text."""
        return [[cell[1][0] if len(cell[1]) == 1 else cell[0] for cell in row]
                for row in self.tables[table][1:]]
