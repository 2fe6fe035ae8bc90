"""What Prometheus and Grafana are given, compared with what /metrics serves."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from budget.meters import Meters

TOP = Path(__file__).parents[2]
ALERTS, ALERTS_TEST = TOP / "deploy/prometheus/alerts.yml", TOP / "deploy/prometheus/alerts_test.yml"
DASHBOARD, DOCS = TOP / "deploy/grafana/stipend.json", TOP / "docs/deploy.md"
NAMES = re.compile(r"\b(?:stipend|process)_[a-z_]+[a-z]\b")
PARTS = ("_bucket", "_sum", "_count")


def served() -> dict[str, set[str]]:
    """Every name that a bot's page can have, with its labels; those of histograms among them."""
    meters = Meters()
    meters.ended("answered", 1)
    meters.model_fault("cut")
    meters.slack_error("network")
    meters.database_away("tick")
    meters.turned_away("unsigned")
    meters.watch(lambda: 0, lambda: 0)
    meters.look(ready=True, holds=0, held_micros=0, overdue=0)
    families = text_string_to_metric_families(generate_latest(meters.registry).decode())
    found: dict[str, set[str]] = {}
    for sample in (sample for family in families for sample in family.samples):
        found.setdefault(sample.name, set()).update(sample.labels)
    return found


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def board() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return found


def queries() -> list[str]:
    """Every expression, of rules and panels."""
    panels = [target["expr"] for panel in board()["panels"] for target in panel["targets"]]
    return panels + [rule["expr"] for rule in rules()]


@pytest.mark.parametrize("path", [ALERTS, ALERTS_TEST, DASHBOARD], ids=lambda path: path.name)
def test_every_metric_that_is_named_is_served(path: Path) -> None:
    named = set(NAMES.findall(path.read_text(encoding="utf-8")))
    assert len(named) >= 5
    assert named <= set(served())


def test_the_document_names_what_is_served_and_all_of_ours() -> None:
    text = DOCS.read_text(encoding="utf-8")
    known = set(served())
    ours = {re.sub("|".join(f"{part}$" for part in PARTS), "", name) for name in known if name.startswith("stipend_")}
    ours = {name for name in ours if not name.endswith("_created")}
    named = set(re.findall(r"`(stipend_[a-z_]+)", text))
    assert named == ours


@pytest.mark.parametrize("query", queries())
def test_labels_and_parentheses_of_queries(query: str) -> None:
    known = served()
    for name, selector in re.findall(r"((?:stipend|process)_[a-z_]+[a-z])\{([^}]*)\}", query):
        asked = set(re.findall(r"(\w+)\s*=", selector))
        assert "job" in asked  # one Prometheus may watch several
        assert asked <= known[name] | {"job", "instance"}
    for group in re.findall(r"by \((\w+)\)", query):
        assert any(group in labels for labels in known.values())
    assert query.count("(") == query.count(")")


def test_there_are_three_rules_and_each_says_what_to_do() -> None:
    assert [rule["alert"] for rule in rules()] == ["StipendNotReady", "StipendSlow", "StipendAsksFail"]
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert {"summary", "description"} <= set(rule["annotations"])
    tried = set(re.findall(r"Stipend[A-Z]\w+", ALERTS_TEST.read_text(encoding="utf-8")))
    assert tried == {rule["alert"] for rule in rules()}


def test_panels_have_a_place_and_a_title_of_their_own() -> None:
    panels = board()["panels"]
    assert len({panel["title"] for panel in panels}) == len({panel["id"] for panel in panels}) == len(panels)
    spots = [panel["gridPos"] for panel in panels]
    cells = [(x, y) for p in spots for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert all(panel["description"] for panel in panels)
