"""The alerting rules are rules, of metrics that there are, each with something to do about it."""

import re

import pytest
import yaml

from simulator import ROOT

RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
FAMILIES = ROOT / "Sources" / "listener" / "Metrics" / "ListenerMetrics+Families.swift"
OPERATIONS = ROOT / "docs" / "OPERATIONS.md"

# Words of PromQL in the rules that are no metrics; `up` is Prometheus' own.
PROMQL = {
    "and", "or", "by", "sum", "increase", "max_over_time", "time", "up", "job", "zone", "listener"}


def declared():
    metrics = re.findall(r'MetricFamily\(\s*"([a-z_]+)"', FAMILIES.read_text())
    assert len(metrics) == len(set(metrics)) > 20
    return set(metrics)


def rules():
    document = yaml.safe_load(RULES.read_text())
    assert document.keys() == {"groups"}
    [group] = document["groups"]
    assert group.keys() == {"name", "rules"}
    return group["rules"]


def test_there_are_a_few_rules_and_no_two_have_one_name():
    names = [rule["alert"] for rule in rules()]
    assert 5 <= len(names) == len(set(names)) <= 9


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_has_what_prometheus_and_an_operator_need(rule):
    assert rule.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}
    assert re.fullmatch(r"Tributary[A-Za-z]+", rule["alert"])
    assert re.fullmatch(r"[1-9][0-9]*[smhd]", rule.get("for", "1m"))
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    file, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert file == "docs/OPERATIONS.md"
    headings = re.findall(r"^#+ (.+)$", OPERATIONS.read_text(), re.MULTILINE)
    assert anchor in [heading.lower().replace(" ", "-") for heading in headings]
    assert anchor == rule["alert"].lower()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_metric_of_a_rule_exists(rule):
    assert rule["expr"].count("(") == rule["expr"].count(")")
    words = set(re.findall(r"[a-z_]{2,}", re.sub(r"\[\w+\]", "", rule["expr"])))
    metrics = words - PROMQL
    assert metrics <= declared()
    assert metrics or rule["alert"] == "TributaryListenerDown"


def test_the_operations_page_has_every_metric_and_no_other():
    rows = re.findall(r"^\| (`(?:listener|process)_[^|]*) \|", OPERATIONS.read_text(), re.MULTILINE)
    named = set(re.findall(r"`([a-z_]+)(?:\{[a-z,]+\})?`", " ".join(rows)))
    assert named == declared()
