"""The audit trail of one contactmoment that a hundred requests change at once."""

import asyncio
import json
import random
from collections import Counter
from itertools import pairwise
from typing import Any, Final

import pytest

from tests import proof

from .asking import Ask
from .program import Answer, Program

AT_ONCE: Final = 100
ROUNDS: Final = proof.amount(short=4, long=500)
_BODY: Final = {"bronorganisatie": "000000000", "medewerker": "https://example.nl/medewerkers/1"}


def _made(program: Program, path: str, **body: object) -> dict[str, Any]:
    answer = program.send(Ask("POST", path, body=json.dumps(body).encode()))
    assert answer.status == 201, answer
    content: dict[str, Any] = json.loads(answer.body)
    return content


def _path(resource: dict[str, Any]) -> str:
    path: str = resource["url"].partition("/api/v1")[2]
    return path


def _requests(
    program: Program, moment: dict[str, Any], chance: random.Random
) -> list[tuple[Ask, set[int]]]:
    """Return a hundred changes that concern one contactmoment, with how each may end.

    Of its own properties, by PUT and by PATCH; of its relations; of who follows on it, which is a
    change of its volgendContactmoment.
    """
    others = [_made(program, "/contactmomenten", **_BODY) for _ in range(4)]
    asks: list[tuple[Ask, set[int]]] = []
    for number in range(AT_ONCE):
        what = chance.randrange(10)
        toelichting = f"nr {number}"
        if what < 6:
            field = chance.choice(["tekst", "kanaal", "voorkeurskanaal"])
            body: dict[str, object] = {field: str(number)}
            if what < 2:
                body["bronorganisatie"] = "000000000"
            method, path, ends = ("PUT" if what < 2 else "PATCH"), _path(moment), {200}
        elif what < 8:
            klant = f"https://example.nl/klanten/{number}"
            body = {"contactmoment": moment["url"], "klant": klant, "rol": "gesprekspartner"}
            method, path, ends = "POST", "/klantcontactmomenten", {201}
        else:
            vorig = chance.choice([moment["url"], None])
            body = {"vorigContactmoment": vorig}
            # Of several that want to follow on it, one may.
            method, path, ends = "PATCH", _path(chance.choice(others)), {200, 400}
        content = json.dumps(body).encode()
        asks.append((Ask(method, path, body=content, toelichting=toelichting), ends))
    return asks


async def _at_once(program: Program, asks: list[Ask]) -> list[Answer]:
    return await asyncio.gather(*(program.asend(ask) for ask in asks))


@pytest.mark.proof
def test_each_oud_is_the_nieuw_before_it_under_a_hundred_changes_at_once(
    program: Program,
) -> None:
    chance = random.Random(proof.amount(short=1, long=2))  # noqa: S311 (the same each time)
    ends: Counter[str] = Counter()
    lines = 0
    for _ in range(ROUNDS):
        program.begin()
        moment = _made(program, "/contactmomenten", **_BODY)
        asks = _requests(program, moment, chance)
        answers = program.run(_at_once(program, [ask for ask, _ in asks]))
        for (ask, allowed), answer in zip(asks, answers, strict=True):
            assert answer.status in allowed, (ask, answer)
            ends[f"answers {answer.status}"] += 1
        trail = json.loads(program.send(Ask("GET", f"{_path(moment)}/audittrail")).body)
        lines += len(trail)
        _check_chain(program, moment, trail)
        _check_lines(asks, answers, moment, trail)
    assert ends["answers 400"] > 0
    proof.record("Audit chain", rounds=ROUNDS, changes_at_once=AT_ONCE, lines=lines, gaps=0, **ends)


def _check_chain(program: Program, moment: dict[str, Any], trail: list[dict[str, Any]]) -> None:
    """Expect that the own lines follow on each other, from the creation to what is there now."""
    own = [line["wijzigingen"] for line in trail if line["resource"] == "contactmoment"]
    assert own[0] == {"oud": None, "nieuw": moment}
    for before, after in pairwise(own):
        assert after["oud"] == before["nieuw"]
    assert own[-1]["nieuw"] == json.loads(program.send(Ask("GET", _path(moment))).body)


def _check_lines(
    asks: list[tuple[Ask, set[int]]],
    answers: list[Answer],
    moment: dict[str, Any],
    trail: list[dict[str, Any]],
) -> None:
    """Expect one line for each change that was answered, with what was answered."""
    by_remark: dict[str, list[dict[str, Any]]] = {}
    for line in trail[1:]:
        by_remark.setdefault(line["toelichting"], []).append(line)
    for (ask, _), answer in zip(asks, answers, strict=True):
        lines = by_remark.pop(ask.toelichting, [])
        follows = b"vorigContactmoment" in ask.body
        if follows:  # a line only where volgendContactmoment changed
            assert len(lines) <= (answer.status == 200)
            continue
        (line,) = lines
        assert line["resultaat"] == answer.status
        assert line["wijzigingen"]["nieuw"] == json.loads(answer.body)
        assert line["hoofdObject"] == moment["url"]
    assert by_remark == {}
