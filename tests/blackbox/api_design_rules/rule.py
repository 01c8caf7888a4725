"""A rule of the NLGov REST API Design Rules, and how it is looked at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from tests.blackbox.support.api import Api


@dataclass(frozen=True)
class Subject:
    """What the rules are about: the running API, and the document that it serves."""

    api: Api
    document: dict[str, Any]

    def operations(self) -> Iterable[tuple[str, str, dict[str, Any]]]:
        """Return each operation with its path and method."""
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method != "parameters":
                    yield path, method, operation

    def responses(self, first: str) -> Iterable[tuple[str, dict[str, Any]]]:
        """Return the documented responses whose status begins with one of these digits."""
        for path, method, operation in self.operations():
            for status, response in operation["responses"].items():
                if status[0] in first:
                    yield f"{method} {path} {status}", self.resolved(response)

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return what a reference refers to; the node itself if it is none."""
        while "$ref" in node:
            found: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node


# Returns where the subject deviates: short texts that stay the same.
Check = Callable[[Subject], Iterable[str]]


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        name: as the standard names it.
        title: in our own words.
        check: finds deviations.
        judged: what people looked at, where a program cannot see all of the rule.
    """

    name: str
    title: str
    check: Check
    judged: str = ""


RULES: Final[list[Rule]] = []


def rule(name: str, title: str, judged: str = "") -> Callable[[Check], Check]:
    """Make a function the check of a rule."""

    def add(check: Check) -> Check:
        RULES.append(Rule(f"/core/{name}", title, check, judged))
        return check

    return add
