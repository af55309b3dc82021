"""`merger report`: the page says what the document says, and a real browser shows it."""

import importlib.resources
import json
import re
import subprocess

import pytest

from browser import Browser
from reported import HOUR_MS, MINUTE_MS, Page, document, since_start
from simulator import binary

COLUMNS = 600
HOSTILE = "</title></svg><script>window.hit = 1</script><img src=http://127.0.0.1:1/x>'\"&"
# The worst first: what a column of a timeline shows.
STATES = ("gap", "unknown", "recovered", "covered")


def page_of(folder, coverage, name="page"):
    """The file of the page of a document."""
    source, file = folder / f"{name}.json", folder / f"{name}.html"
    source.write_text(json.dumps(coverage))
    subprocess.run(
        [binary("merger"), "report", "--coverage", source, "--html", file], check=True,
        stdout=subprocess.DEVNULL)
    return file


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


class Reported:
    def __init__(self, folder):
        self.document = document()
        self.file = page_of(folder, self.document)
        self.page = Page(self.file.read_bytes())


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    return Reported(tmp_path_factory.mktemp("reported"))


# The numbers


def test_the_headline_has_the_figures_of_the_document(reported):
    coverage, facts = reported.document, reported.page.facts
    assert int(facts["tweets"]) == sum(one["tweets"] for one in coverage["sets"])
    assert float(facts["covered"]) == coverage["union"]["percent"]
    assert float(facts["completeness"]) == coverage["estimate"]["completeness"]["value"]
    assert int(facts["gaps"]) == coverage["union"]["gapMs"] + coverage["union"]["unknownMs"]
    assert "99.567" in reported.page.text and "99.713" in reported.page.text


def test_the_tables_of_zones_have_the_figures_of_the_document(reported):
    *tweets, _ = reported.page.rows("zone-tweets")
    *times, union = reported.page.rows("zone-time")
    for zone, counts, time in zip(reported.document["zones"], tweets, times, strict=True):
        assert counts[0] == time[0] == zone["zone"]
        assert [int(counts[place]) for place in (1, 3, 4, 5, 6)] == [
            zone[name] for name in ("tweets", "lacks", "onlyHere", "exposed", "undelivered")]
        assert float(counts[7]) == pytest.approx(100 * zone["undelivered"] / zone["exposed"])
        assert list(map(int, time[1:5])) == times_in(zone)
    assert list(map(int, union[1:5])) == times_in(reported.document["union"])
    by_count = [int(row[1]) for row in reported.page.rows("at-once")]
    assert by_count == reported.document["union"]["msByZoneCount"]


def times_in(values):
    return [values[name + "Ms"] for name in ("covered", "recovered", "gap", "unknown")]


def test_the_tables_of_the_drawings_have_the_figures_of_the_document(reported):
    coverage = reported.document
    wanted = [(zone["zone"], one["from"], one["to"], one["state"], one["cause"])
              for zone in coverage["zones"] for one in zone["stretches"]
              if one["state"] != "covered"]
    assert [(zone, first, end, state, cause) for zone, first, end, _, state, cause
            in reported.page.rows("stretches")] == wanted
    rates = reported.page.rows("rate-data")
    assert [int(row[1]) for row in rates] == tweets_by_minute(coverage)
    sets = sorted((one["tweets"] for one in coverage["sets"]), reverse=True)
    assert [int(row[1]) for row in reported.page.rows("sets-data")] == sets


def tweets_by_minute(coverage):
    return [sum(one["tweets"] for one in minute)
            for hour in coverage["hours"] for minute in hour["minutes"]]


def test_the_causes_are_summed_up(reported):
    found = {tuple(row[:3]): (int(row[3]), int(row[4])) for row in reported.page.rows("causes")}
    wanted = {}
    for zone in reported.document["zones"]:
        for one in zone["stretches"]:
            if one["state"] != "covered":
                key = (zone["zone"], one["state"], one["cause"])
                count, time = wanted.get(key, (0, 0))
                length = since_start(one["to"]) - since_start(one["from"])
                wanted[key] = count + 1, time + length
    assert found == wanted


def test_the_estimate_has_the_figures_of_the_document(reported):
    estimate = reported.document["estimate"]
    names = ("value", "low", "high")
    missed, blind, both, complete = [
        list(map(float, row[1:])) for row in reported.page.rows("missed")]
    assert missed == [estimate["missed"][name] for name in names]
    assert blind == [estimate["blind"][name] for name in names]
    assert both == [sum(pair) for pair in zip(missed, blind)]
    assert complete == [estimate["completeness"][name] for name in names]
    for row, model in zip(reported.page.rows("models"), estimate["models"], strict=True):
        assert list(map(float, row[1:4])) == [model["missed"][name] for name in names]
        assert (row[4] == "reported") == (model["name"] == estimate["model"])
    for assumption in estimate["assumptions"]:
        assert assumption in reported.page.text


def test_ledger_versions_gaps_and_provenance_are_those_of_the_document(reported):
    coverage, page = reported.document, reported.page
    ledger = {row[0]: int(row[1]) for row in page.rows("ledger")}
    assert ledger.pop("read") == coverage["ledger"]["lines"]
    assert ledger == {key: coverage["ledger"][key] for key in coverage["ledger"] if key != "lines"}
    assert [int(row[1]) for row in page.rows("versions")] == [
        coverage["divergentTweets"], coverage["deletedTweets"]]
    gaps = [(one["start_time"], one["end_time"], "unknown" if one["unknown"] else "gap")
            for one in coverage["union"]["gaps"]]
    assert [(row[0], row[1], row[3]) for row in page.rows("gaps")] == gaps
    # In the footer, the provenance and the paragraph to cite.
    assert page.text.count(coverage["inputs"]["sha256"]) == 3
    assert page.text.count(coverage["software"]) == 3


def test_what_was_not_merged_or_not_read_is_told_at_the_head_and_in_the_paragraph(tmp_path):
    text = Page(page_of(tmp_path, document(not_merged=7, problems=["x<b>", "y"])).read_bytes()).text
    head, rest = text.split("Where do these figures come from?")[0], text.split("be cited?")[-1]
    for part in (head, rest):
        assert "7 segments are not merged" in part
        assert "2 manifests could not be read and were left out" in part
    assert "x<b>" in text
    sound = Page(page_of(tmp_path, document()).read_bytes()).text
    assert "not merged" not in sound and "left out" not in sound.split("be cited?")[-1]


def test_the_same_document_makes_the_same_page(reported, tmp_path):
    assert page_of(tmp_path, reported.document).read_bytes() == reported.file.read_bytes()
    reported_again = document(seed=2)
    assert page_of(tmp_path, reported_again).read_bytes() != reported.file.read_bytes()


def test_a_document_that_is_none_is_refused(tmp_path):
    (tmp_path / "no.json").write_text('{"format": 1}')
    result = subprocess.run(
        [binary("merger"), "report", "--coverage", tmp_path / "no.json", "--html",
         tmp_path / "no.html"], stderr=subprocess.PIPE)
    assert result.returncode == 78
    assert b"no.json: is not a document of merger coverage --json" in result.stderr
    assert not (tmp_path / "no.html").exists()


# In a browser


@pytest.fixture(scope="module")
def shown(browser, reported):
    tab = browser.open(reported.file)
    yield tab
    tab.close()


BOXES = """
    [...document.querySelectorAll('%s')].map(one => {
        const box = one.getBoundingClientRect()
        return [box.left, box.width, box.top, box.height] })"""


def test_the_page_loads_without_complaint_and_asks_for_nothing_else(shown, reported):
    assert shown.evaluate("document.title").startswith("Coverage of stream spring-2026")
    assert shown.complaints == []
    assert shown.requests == [reported.file.as_uri()]


def test_a_page_that_asks_for_more_or_runs_a_script_would_be_noticed(browser, reported, tmp_path):
    file = tmp_path / "worse.html"
    content = reported.file.read_text()
    file.write_text(content.replace("</main>", HOSTILE.removeprefix("</title></svg>") + "</main>"))
    tab = browser.open(file)
    # The policy of the page stops both, and says so.
    assert tab.evaluate("window.hit") is None
    complaints = json.dumps(tab.complaints)
    assert "script" in complaints and "127.0.0.1:1/x" in complaints
    file.write_text(re.sub("<meta http-equiv[^>]*>", "", file.read_text()))
    tab = browser.open(file)
    assert tab.evaluate("window.hit") == 1
    assert tab.requests == [file.as_uri(), "http://127.0.0.1:1/x"]


def test_hostile_texts_are_shown_as_texts(browser, tmp_path):
    coverage = document(stream=HOSTILE, causes=[HOSTILE], problems=[HOSTILE])
    coverage["estimateRefusal"] = HOSTILE
    del coverage["estimate"]
    file = page_of(tmp_path, coverage)
    tab = browser.open(file)
    assert tab.evaluate("document.querySelectorAll('script, img').length") == 0
    assert tab.evaluate("window.hit") is None
    assert (tab.complaints, tab.requests) == ([], [file.as_uri()])
    text = tab.evaluate("document.body.textContent")
    assert text.count(HOSTILE) > 10
    assert tab.evaluate("document.querySelector('h1').textContent") == "Stream " + HOSTILE


def test_the_bars_of_the_timeline_are_where_the_zones_were_connected(shown, reported):
    rows = [zone["stretches"] for zone in reported.document["zones"]]
    rows.append(reported.document["union"]["stretches"])
    [[left, width, *_]] = shown.evaluate(BOXES % "#timeline .row:first-of-type .track")
    for number, stretches in enumerate(rows, 1):
        wanted = columns_of(stretches, 4 * HOUR_MS)
        found = [None] * COLUMNS
        for state in STATES:
            selector = f"#timeline .row:nth-of-type({number}) .{state} rect"
            for box_left, box_width, *_ in shown.evaluate(BOXES % selector):
                first = (box_left - left) / width * COLUMNS
                count = box_width / width * COLUMNS
                # To a hundredth of a column: percentages have three decimals.
                assert abs(first - round(first)) < 0.02 and abs(count - round(count)) < 0.02
                for column in range(round(first), round(first) + round(count)):
                    assert found[column] is None
                    found[column] = state
        assert found == wanted


def columns_of(stretches, length):
    columns = [None] * COLUMNS
    for state in reversed(STATES):
        for one in stretches:
            first, end = since_start(one["from"]), since_start(one["to"])
            if one["state"] == state:
                for column in range(first * COLUMNS // length, -(-end * COLUMNS // length)):
                    columns[column] = state
    return columns


def test_the_bars_of_the_rate_are_as_high_as_the_tweets_are_many(shown, reported):
    tweets = tweets_by_minute(reported.document)
    path = shown.evaluate("document.querySelector('#rate .bars path').getAttribute('d')")
    steps = re.findall(r"V([\d.]+)H([\d.]+)", path)
    assert [float(end) for _, end in steps] == [60_000 * (minute + 1) for minute in range(len(tweets))]
    [[_, width, *_]] = shown.evaluate(BOXES % "#rate")
    # An inner svg has the box of what is in it; its own height is that of the attribute.
    height = float(shown.evaluate("document.querySelector('#rate .bars').getAttribute('height')"))
    levels = shown.evaluate("[...document.querySelectorAll('#rate .levels text')]"
                            ".map(one => one.textContent)")
    scale = float(levels[-1].replace("k", "e3"))
    for count, (y, _) in zip(tweets, steps, strict=True):
        assert (height - float(y)) / height * scale == pytest.approx(count, abs=scale / 10_000)
    [[_, drawn_width, _, drawn]] = shown.evaluate(BOXES % "#rate .bars path")
    assert drawn_width == pytest.approx(width, abs=0.5)
    assert drawn / height * scale == pytest.approx(max(tweets), rel=0.01)


def test_the_bars_of_the_sets_are_as_long_as_the_tweets_are_many(shown, reported):
    sets = sorted(reported.document["sets"], key=lambda one: -one["tweets"])
    boxes = shown.evaluate(BOXES % "#sets-bars .bars rect")
    most = boxes[0][1]
    for one, (_, width, top, height) in zip(sets, boxes, strict=True):
        assert width / most == pytest.approx(one["tweets"] / sets[0]["tweets"], abs=0.0005)
    dots = shown.evaluate(
        "[...document.querySelectorAll('#sets-matrix .set')].map(row => [...row.querySelectorAll("
        "'circle')].map(dot => dot.getAttribute('class') === 'in'))")
    zones = [zone["zone"] for zone in reported.document["zones"]]
    assert dots == [[zone in one["zones"] for zone in zones] for one in sets]
    # Each row of dots stands beside its bar.
    rows = shown.evaluate(BOXES % "#sets-matrix .set circle:first-of-type")
    for (_, _, dot, size), (_, _, bar, thick) in zip(rows, boxes, strict=True):
        assert dot + size / 2 == pytest.approx(bar + thick / 2, abs=1)


@pytest.mark.parametrize("zones", [3, 9])
@pytest.mark.parametrize("width", [320, 360])
def test_nothing_is_wider_than_a_phone(browser, tmp_path, width, zones):
    names = [f"{place}-zone-with-a-name-as-long-as-a-zone-may-have-64-characters-xx"[:64]
             for place in range(zones)]
    coverage = document(zones=names, hours=2, not_merged=1234, problems=["x" * 500] * 50)
    tab = browser.open(page_of(tmp_path, coverage), width=width)
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    # Only what has a frame of its own to scroll in may be wider.
    assert tab.evaluate(f"""
        [...document.querySelectorAll('body *')].filter(one => !one.closest('.wide') &&
            one.getBoundingClientRect().right > {width} + 0.5).map(one => one.outerHTML)""") == []


def test_the_page_can_be_printed(browser, reported):
    tab = browser.open(reported.file, dark=True)
    pages = re.findall(rb"/Type\s*/Page\b", tab.pdf())
    assert 3 <= len(pages) <= 12
    tab = browser.open(reported.file, dark=True, media="print")
    # On paper nothing is dark, and nothing is there that can only be clicked.
    style = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert style == "rgb(255, 255, 255)"
    assert tab.evaluate("document.querySelector('details').checkVisibility()") is False
    assert tab.evaluate("document.querySelector('table.ledger').checkVisibility()") is True


# For everybody


@pytest.mark.parametrize("width, dark", [(1100, False), (1100, True), (360, False)])
def test_axe_finds_nothing_wrong(browser, tmp_path, width, dark):
    # Axe looks at every cell, so there are few of them.
    file = page_of(tmp_path, document(hours=2, pieces=6, minutes=False, not_merged=7,
                                      problems=["manifest x: is none"]))
    tab = browser.open(file, width=width, dark=dark)
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    axe = importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text()
    tab.evaluate(axe + "; 0")
    result = tab.evaluate("axe.run().then(found => ({passes: found.passes.length, violations: "
                          "found.violations.map(one => [one.id, one.nodes[0].html])}))")
    assert result["violations"] == []
    assert result["passes"] > 15
    # It would find something: a table whose heading belongs to nothing.
    tab.evaluate("document.querySelector('main').setAttribute('role', 'nothing'); "
                 "document.querySelector('svg[role=img] title').remove(); "
                 "document.querySelector('svg[role=img]').removeAttribute('aria-labelledby'); 0")
    broken = tab.evaluate("axe.run({runOnly: ['aria-roles', 'svg-img-alt']}).then("
                          "found => found.violations.map(one => one.id))")
    assert set(broken) == {"aria-roles", "svg-img-alt"}


def test_headings_and_names_are_in_order(reported):
    levels = [int(name[1]) for name in reported.page.headings]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))
    assert len(reported.page.ids) == len(set(reported.page.ids))
    assert "script" not in reported.page.names


def test_every_drawing_has_a_title_a_description_and_its_data_as_a_table(shown):
    drawings = shown.evaluate("""
        [...document.querySelectorAll('svg:not([aria-hidden])')].filter(
            one => !one.parentElement.closest('svg')).map(one => [
                one.getAttribute('role'),
                ...one.getAttribute('aria-labelledby').split(' ').map(
                    id => document.getElementById(id)).flatMap(
                        label => [label.tagName, label.textContent.length > 10]),
                one.closest('figure').querySelector('details table tbody tr') !== null])""")
    assert len(drawings) == 4
    for drawing in drawings:
        assert drawing == ["img", "title", True, "desc", True, True]


# WCAG 2.2: 4.5 for text, 3 for what a drawing is understood by.
CONTRASTS = [("ink", 4.5), ("soft", 4.5), ("link", 4.5), ("covered", 3), ("recovered", 3),
             ("gap", 3), ("unknown", 3)]


@pytest.mark.parametrize("dark", [False, True])
def test_contrasts_are_enough(browser, reported, dark):
    tab = browser.open(reported.file, dark=dark)
    colors = {name: tab.evaluate(
        f"getComputedStyle(document.documentElement).getPropertyValue('--{name}')").strip()
        for name in ["paper", "tint", *(name for name, _ in CONTRASTS)]}
    for name, least in CONTRASTS:
        assert contrast(colors[name], colors["paper"]) >= least, name
    assert contrast(colors["ink"], colors["tint"]) >= 4.5
    assert contrast(colors["covered"], colors["tint"]) >= 3


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color):
    parts = [int(color[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
