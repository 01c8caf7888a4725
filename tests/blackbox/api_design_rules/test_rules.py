"""Every rule is followed, or has a waiver that is needed."""

from pathlib import Path

import pytest

from tests.blackbox.support.api import Api

from .page import page
from .rule import RULES, Rule, Subject
from .waivers import waivers


@pytest.fixture(scope="module")
def subject(api: Api) -> Subject:
    return Subject(api, api.as_client(None).get("/schema/openapi.json").json())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_followed_but_for_its_waivers(rule: Rule, subject: Subject) -> None:
    found = sorted(set(rule.check(subject)))
    waived = sorted(text for one in waivers() if one.rule == rule.name for text in one.deviates)
    assert [text for text in found if text not in waived] == [], "no waiver for this"
    assert [text for text in waived if text not in found] == [], "a waiver that is not needed"


def test_every_waiver_is_of_a_rule_and_gives_a_reason() -> None:
    names = {rule.name for rule in RULES}
    for one in waivers():
        assert one.rule in names
        assert one.deviates
        assert len(one.reason.split()) > 4
        assert one.where


def test_no_rule_is_there_twice() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names)) == 32


def test_the_page_is_that_of_these_rules_and_waivers() -> None:
    path = Path(__file__).parents[3] / "docs" / "api-design-rules.md"
    assert path.read_text(encoding="utf-8") == page(), "run `make docs`"
