"""The dashboard and the alert rules, and what they ask of Prometheus."""

import json
import re
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).parents[3] / "deploy/monitoring"
RULES: Final = FOLDER / "alerts.yaml"
RULE_TESTS: Final = Path(__file__).with_name("alerts_test.yaml")

_METRIC: Final = re.compile(r"\b(contactmomenten_[a-z_]+)(?:\{([^}]*)\})?")
_LABEL: Final = re.compile(r"([a-z_]+)(?:=~|!=|!~|=)\"")
_BY: Final = re.compile(r"\bby \(([^)]*)\)")

# Which every figure has once Prometheus has fetched it, and those of a histogram.
_ALWAYS: Final = frozenset({"instance", "job", "le"})


def dashboard() -> dict[str, Any]:
    """Return the dashboard."""
    content: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    return content


def rules() -> list[dict[str, Any]]:
    """Return the alert rules."""
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> list[str]:
    """Return every expression that is evaluated."""
    shown = [
        target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", ())
    ]
    chosen = [
        one["query"]["query"]
        for one in dashboard()["templating"]["list"]
        if isinstance(one["query"], dict)
    ]
    return [*shown, *chosen, *[rule["expr"] for rule in rules()]]


def metrics_of(expression: str) -> set[str]:
    """Return the names of our metrics in `expression`."""
    return {name for name, _ in _METRIC.findall(expression)}


def labels_of(expression: str) -> set[str]:
    """Return the labels by which `expression` chooses or sums, but those that all metrics have."""
    chosen = {label for _, inner in _METRIC.findall(expression) for label in _LABEL.findall(inner)}
    summed = {part.strip() for inner in _BY.findall(expression) for part in inner.split(",")}
    return (chosen | summed) - _ALWAYS
