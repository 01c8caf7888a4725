"""The matrix: every row of the table for every client, its rights from here or from the AC."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

import pytest

from tests import proof
from tests.blackbox.support import tokens
from tests.blackbox.support.tokens import Credentials
from tests.blackbox.support.values import OMIT, JsonObject

from .states import AC, LOCAL, STATES, State
from .table import COLUMNS, OPEN, PATHS, ROWS, Row
from .world import LIFETIME, ODD_ANSWERS, STRANGER, World, forged, of_odd, shown

_TESTED: Final = [state for state in STATES if state.covering or proof.LONG]
_ALL: Final = next(state for state in STATES if state.name == "alles")


def test_the_table_has_every_operation_and_a_head_for_each_get() -> None:
    assert len([row for row in ROWS if row.method != "HEAD"]) == 16
    gets = {row.path: row.scope for row in ROWS if row.method == "GET"}
    assert {row.path: row.scope for row in ROWS if row.method == "HEAD"} == gets
    assert {row.path for row in ROWS} == set(PATHS)
    assert {row.scope for row in ROWS} == set(COLUMNS)
    for path, allow in PATHS.items():
        methods = {row.method for row in ROWS if row.path == path} | {"OPTIONS"}
        assert methods == set(allow.split(", "))


@pytest.mark.proof
@pytest.mark.parametrize("source", [LOCAL, AC])
@pytest.mark.parametrize("state", _TESTED, ids=lambda state: state.name)
async def test_a_client_may_do_what_the_table_gives_it_and_nothing_else(
    world: World, state: State, source: str
) -> None:
    api = world.api(state.client(source))
    before = await world.digest()
    for row in ROWS:
        if row.scope not in state.may:
            world.cells["requests refused"] += world.refuse(api, row)
            world.cells["cells refused"] += 1
    assert await world.digest() == before
    for row in ROWS:
        if row.scope in state.may:
            await world.permit(api, row)
            world.cells["cells permitted"] += 1


@dataclass(frozen=True)
class Stranger:
    """Somebody who is refused before, or without, any right being looked at."""

    credentials: Credentials | None
    code: str
    claims: JsonObject = field(default_factory=dict)
    authorization: str = ""

    def headers(self) -> dict[str, str]:
        """Return the header that goes in place of the usual one."""
        if self.authorization:
            return {"Authorization": self.authorization}
        if self.claims and self.credentials:
            changes = {name: _moment(value) for name, value in self.claims.items()}
            return {"Authorization": f"Bearer {tokens.token(self.credentials, changes)}"}
        return {}


def _moment(value: object) -> object:
    """Return a number as so many seconds from now."""
    return int(time.time()) + value if isinstance(value, int) else value


_KNOWN: Final = _ALL.client(LOCAL)
STRANGERS: Final = {
    "nobody": Stranger(None, "permission_denied"),
    "no token": Stranger(None, "jwt-decode-error", authorization="Bearer onzin"),
    "small letter": Stranger(None, "permission_denied", authorization="bearer onzin"),
    "unknown": Stranger(STRANGER, "invalid-client-identifier"),
    "forged": Stranger(forged(_KNOWN), "invalid-jwt-signature"),
    "forged, at the AC": Stranger(forged(_ALL.client(AC)), "invalid-jwt-signature"),
    "expired": Stranger(_KNOWN, "jwt-expiredsignatureerror", {"exp": -7200}),
    "too old": Stranger(_KNOWN, "jwt-expired", {"iat": -7200}),
    "too early": Stranger(_KNOWN, "jwt-immaturesignatureerror", {"nbf": 7200}),
    "no age": Stranger(_KNOWN, "jwt-missing-iat-claim", {"iat": OMIT}),
    "no name": Stranger(_KNOWN, "missing-client-identifier", {"client_id": OMIT}),
    "name in capitals": Stranger(
        _KNOWN, "invalid-client-identifier", {"client_id": _KNOWN.client_id.upper()}
    ),
    **{f"the AC: {name}": Stranger(of_odd(name), code) for name, (_, code) in ODD_ANSWERS.items()},
}


@pytest.mark.proof
@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=list(STRANGERS))
async def test_a_stranger_may_do_nothing_and_learns_nothing(
    world: World, stranger: Stranger
) -> None:
    api = world.beheer.as_client(stranger.credentials)
    before = await world.digest()
    for row in ROWS:
        world.cells["requests refused"] += world.refuse(api, row, stranger.code, stranger.headers())
        world.cells["cells refused"] += 1
    assert await world.digest() == before


@pytest.mark.proof
@pytest.mark.parametrize("row", OPEN, ids=lambda row: f"{row.method} {row.path}")
async def test_what_is_no_operation_is_the_same_for_everybody(world: World, row: Row) -> None:
    """OPTIONS and methods that a path does not have: rights and existence play no part."""
    everybody = [None, STRANGER, forged(_KNOWN)]
    some = _TESTED[::7] if proof.LONG else [_TESTED[0], _ALL]
    everybody += [state.client(source) for state in some for source in (LOCAL, AC)]
    before = await world.digest()
    seen = []
    for credentials in everybody:
        api = world.beheer.as_client(credentials)
        seen += [shown(answer) for answer in world.variants(api, row)]
    status, headers, content = seen[0]
    assert (status, headers["allow"]) == (row.status, PATHS[row.path])
    assert content.get("code", "") == ("method_not_allowed" if row.status == 405 else "")
    assert all(one == seen[0] for one in seen)
    assert await world.digest() == before
    world.cells["cells open"] += len(everybody)


@pytest.mark.proof
async def test_rights_that_are_taken_away_while_running_open_nothing_any_more(
    world: World,
) -> None:
    """At the AC they stop when the answer has run out, here when the configuration is read."""
    gone = {state.name for state in STATES if state.name.startswith(("set-l", "alles", "twee"))}
    kept = [state for state in STATES if state.name not in gone]
    lost = [state for state in STATES if state.name in gone]
    (kept_one,) = [state for state in kept if state.name == "set-t"]
    everybody = [state.client(source) for state in lost for source in (LOCAL, AC)]
    everybody = everybody[:: proof.amount(short=41, long=5)]
    for credentials in everybody:
        world.api(credentials).get("/contactmomenten")  # so that they are known
    world.ac.states = kept
    try:
        await world.configure(kept)
        await asyncio.sleep(LIFETIME)
        before = await world.digest()
        for credentials in everybody:
            for row in ROWS:
                world.cells["requests refused"] += world.refuse(world.api(credentials), row)
                world.cells["cells refused"] += 1
        assert await world.digest() == before
        for source in (LOCAL, AC):
            trail = f"{world.moment['url']}/audittrail"
            assert world.api(kept_one.client(source)).get(trail).status_code == 200
    finally:
        world.ac.states = STATES
        await world.configure(STATES)
        await asyncio.sleep(LIFETIME)
    for source in (LOCAL, AC):
        assert world.api(_ALL.client(source)).get("/contactmomenten").status_code == 200
