"""The files are valid, and each rule says what it should; tests/blackbox has their metrics."""

import json
import shutil
import subprocess
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.monitoring.files import (
    RULE_TESTS,
    RULES,
    dashboard,
    expressions,
    labels_of,
    metrics_of,
    rules,
)

PANELS = dashboard()["panels"]
DRAWN = [panel for panel in PANELS if panel["type"] != "row"]


def test_panels_have_ids_of_their_own_and_titles() -> None:
    ids = [panel["id"] for panel in PANELS]
    assert len(ids) == len(set(ids))
    assert all(isinstance(one, int) and one > 0 for one in ids)
    titles = Counter(panel["title"] for panel in PANELS)
    assert titles.most_common(1)[0][1] == 1


@pytest.mark.parametrize("panel", DRAWN, ids=lambda panel: str(panel["title"]))
def test_a_panel_asks_something_of_the_chosen_source(panel: dict[str, Any]) -> None:
    assert panel["type"] in {"stat", "timeseries"}
    assert panel["description"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    refs = [target["refId"] for target in panel["targets"]]
    assert refs
    assert len(refs) == len(set(refs))
    for one in (panel, *panel["targets"]):
        assert one["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_panels_lie_on_the_grid_and_none_on_another() -> None:
    places = [panel["gridPos"] for panel in PANELS]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


def test_the_dashboard_names_no_address() -> None:
    text = str(dashboard())
    assert "://" not in text
    assert dashboard()["uid"] == "contactmomenten"


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_is_whole_and_about_our_metrics(expression: str) -> None:
    waiting: list[str] = []
    outside = expression.split('"')[::2]  # what is quoted is text
    assert len(expression.split('"')) % 2 == 1
    for character in "".join(outside):
        if character in "([{":
            waiting.append({"(": ")", "[": "]", "{": "}"}[character])
        elif character in ")]}":
            assert waiting.pop() == character
    assert waiting == []
    assert metrics_of(expression)


def test_metrics_and_labels_are_found_in_an_expression() -> None:
    expression = (
        'sum by (le, x) (rate(contactmomenten_a_total{b=~"5..", c!="d"}[5m])) / contactmomenten_e'
    )
    assert metrics_of(expression) == {"contactmomenten_a_total", "contactmomenten_e"}
    assert labels_of(expression) == {"b", "c", "x"}


def test_a_rule_says_how_bad_it_is_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"].keys() == {"summary", "description"}
        assert rule["for"].endswith("m")


def test_every_rule_is_tried_and_described() -> None:
    described = (RULES.parents[2] / "docs/monitoring.md").read_text("utf-8")
    tried = RULE_TESTS.read_text("utf-8")
    for rule in rules():
        assert f"`{rule['alert']}`" in described
        assert f'alertname="{rule["alert"]}"' in tried
    order = [described.index(f"`{rule['alert']}`") for rule in rules()]
    assert all(one < other for one, other in pairwise(order))


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian: prometheus)")
@pytest.mark.parametrize("arguments", [("check", "rules", RULES), ("test", "rules", RULE_TESTS)])
def test_prometheus_itself_takes_the_rules(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)  # noqa: S607
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian: prometheus)")
def test_prometheus_itself_can_read_what_the_dashboard_asks(tmp_path: Path) -> None:
    asked = [target["expr"] for panel in DRAWN for target in panel["targets"]]
    filled = [one.replace("$__rate_interval", "1m").replace("$instance", ".*") for one in asked]
    recorded = [{"record": f"panel:{place}", "expr": one} for place, one in enumerate(filled)]
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": recorded}]}))
    command = ["promtool", "check", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(asked)} rules found" in done.stdout
