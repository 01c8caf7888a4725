"""The page about the rules, made from the checks and the waivers."""

from typing import Final

from . import answered, described  # noqa: F401 (they fill RULES)
from .rule import RULES
from .waivers import waivers

_BEGIN: Final = """\
# NLGov REST API Design Rules

How this API relates to the {number} rules of version 2 of the
[API Design Rules](https://gitdocumentatie.logius.nl/publicatie/api/adr/) of Logius: those of 2.0,
and those that were added to its working draft since, as they were late in 2026. The standard of
this API is frozen and older than most of them. Where the two differ, the standard wins and the rule
gets a waiver.

`make test ARGS=tests/blackbox/api_design_rules` checks the running program and the document that it
serves. It fails when something deviates without a waiver, and when a waiver is not needed any more.
This page is made from those checks by `make docs`.

A program sees only a part of some rules. What was judged by people is said with them.

| rule | what it asks | here |
|---|---|---|
"""
_WAIVERS: Final = """
## Waivers

They are in `tests/blackbox/api_design_rules/waivers.yaml`.

| rule | what deviates | why | what decides it |
|---|---|---|---|
"""


def page() -> str:
    """Return the page, in Markdown."""
    listed = waivers()
    waived = {one.rule for one in listed}
    rules = sorted(RULES, key=lambda rule: rule.name)
    text = _BEGIN.replace("{number}", str(len(rules)))
    for rule in rules:
        state = "followed, but for a waiver" if rule.name in waived else "followed"
        judged = f"; judged: {rule.judged}" if rule.judged else ""
        text += f"| `{rule.name}` | {rule.title} | {state}{judged} |\n"
    text += _WAIVERS
    for one in sorted(listed, key=lambda one: one.rule):
        deviates = ", ".join(f"`{part}`" for part in one.deviates)
        text += f"| `{one.rule}` | {deviates} | {one.reason} | {one.where} |\n"
    return text
