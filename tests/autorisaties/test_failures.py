"""Refused tokens are told why only so often; a good token is never among those counted."""

import time
import tracemalloc

import msgspec
import pytest
from structlog.testing import capture_logs

from contactmomenten.autorisaties import failures
from contactmomenten.autorisaties.access import Access
from contactmomenten.autorisaties.applicaties import Applicatie
from contactmomenten.autorisaties.failures import Counter, Failures
from contactmomenten.autorisaties.registry import Registry
from contactmomenten.autorisaties.scopes import LEZEN
from contactmomenten.autorisaties.tokens import make_token
from contactmomenten.http.problems import Problem
from contactmomenten.http.request import Request
from contactmomenten.secrets import SecretBox
from contactmomenten.services import access
from contactmomenten.settings import Settings
from tests.application import request_of, services_of, snapshot_of
from tests.autorisaties.signing import CLIENT, SECRET

ALL = Applicatie("id", "Alles", True, frozenset())  # noqa: FBT003
OTHER = "ander"
ATTACKER, PROXY = "203.0.113.9", "192.0.2.1"
LIMITED = Settings(jwt_failures_per_address=3, jwt_failures_per_client=5, jwt_failures_seconds=60)


class Clock:
    now = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    return clock


def access_by(rules: Settings) -> Access:
    snapshot = snapshot_of(
        {CLIENT: (SECRET,), OTHER: (SECRET + OTHER,)}, {CLIENT: (ALL,), OTHER: (ALL,)}
    )
    return access(rules, Registry(lambda: SecretBox("x"), snapshot), services_of(None, rules).ac)


def request_from(peer: str, token: str, forwarded_for: str | None = None) -> Request:
    headers = {"authorization": f"Bearer {token}"}
    if forwarded_for is not None:
        headers["x-forwarded-for"] = forwarded_for
    request = request_of(headers=headers)
    request._client = (peer, 4711)
    return request


def bad(client_id: str = CLIENT) -> str:
    return make_token(client_id, "somebody else's secret, for HS256")


async def answer(
    door: Access, peer: str, token: str, forwarded_for: str | None = None
) -> int | str:
    """Return the seconds to wait of a 429, the code of a 403, ``""`` when it may pass."""
    try:
        await door.check(request_from(peer, token, forwarded_for), LEZEN)
    except Problem as problem:
        return (
            int(dict(problem.headers)[b"retry-after"])
            if problem.kind.status == 429
            else problem.code
        )
    return ""


async def test_an_address_hears_the_reason_only_so_often(clock: Clock) -> None:
    door = access_by(LIMITED)
    heard = [await answer(door, ATTACKER, "x") for _ in range(5)]
    assert heard == ["jwt-decode-error"] * 3 + [60, 60]
    assert await answer(door, "203.0.113.10", "x") == "jwt-decode-error"


async def test_it_hears_the_reason_again_after_as_long_as_it_was_told(clock: Clock) -> None:
    door = access_by(LIMITED)
    for _ in range(4):
        await answer(door, ATTACKER, "x")
    clock.now += 59.5
    assert await answer(door, ATTACKER, "x") == 1
    clock.now += 0.5
    heard = [await answer(door, ATTACKER, "x") for _ in range(4)]
    assert heard == ["jwt-decode-error"] * 3 + [60]


async def test_a_client_is_told_of_only_so_often_from_all_addresses_together(clock: Clock) -> None:
    door = access_by(LIMITED)
    heard = [await answer(door, f"203.0.113.{number}", bad()) for number in range(7)]
    assert heard == ["invalid-jwt-signature"] * 5 + [60, 60]
    assert await answer(door, "203.0.113.99", bad(OTHER)) == "invalid-jwt-signature"
    assert await answer(door, "203.0.113.98", "x") == "jwt-decode-error"


async def test_a_client_that_does_not_exist_is_counted_like_one_that_does(clock: Clock) -> None:
    door = access_by(LIMITED)
    heard = [await answer(door, f"203.0.113.{number}", bad("geen")) for number in range(7)]
    assert heard == ["invalid-client-identifier"] * 5 + [60, 60]


async def test_beyond_the_limit_all_refusals_are_alike(clock: Clock) -> None:
    door = access_by(LIMITED)
    for _ in range(3):
        await answer(door, ATTACKER, "x")
    refusals = []
    for token in ("x", bad(), bad("geen"), bad("")):
        with pytest.raises(Problem) as caught:
            await door.check(request_from(ATTACKER, token), LEZEN)
        document = msgspec.json.decode(caught.value.document("http://x"))
        del document["instance"]
        refusals.append((document, caught.value.headers))
    assert refusals[1:] == refusals[:-1]
    assert refusals[0] == (
        {
            "type": "http://x/ref/fouten/Throttled/",
            "code": "throttled",
            "title": "Aanvraag was verstikt.",
            "status": 429,
            "detail": (
                "Er zijn te veel tokens geweigerd. Een geldig token wordt altijd geaccepteerd; "
                "waarom een token niet geldig is, wordt over 60 seconden weer gemeld."
            ),
        },
        ((b"retry-after", b"60"),),
    )


async def test_nobody_can_lock_a_client_out(clock: Clock) -> None:
    """Not from its own address, not in its own name, and not from anywhere else."""
    door = access_by(LIMITED)
    for number in range(300):
        await answer(door, ATTACKER, bad())
        await answer(door, f"198.51.100.{number % 256}", bad())
    assert await answer(door, ATTACKER, bad()) == 60
    for user in range(20):  # each of them new, none remembered
        assert await answer(door, ATTACKER, make_token(CLIENT, SECRET, user_id=str(user))) == ""
    assert await answer(door, "192.0.2.55", make_token(CLIENT, SECRET)) == ""


async def test_good_tokens_are_not_counted(clock: Clock) -> None:
    door = access_by(LIMITED)
    for user in range(20):
        await answer(door, ATTACKER, make_token(CLIENT, SECRET, user_id=str(user)))
    assert await answer(door, ATTACKER, bad()) == "invalid-jwt-signature"


async def test_no_token_at_all_is_not_counted(clock: Clock) -> None:
    door = access_by(LIMITED)
    for _ in range(20):
        with pytest.raises(Problem) as caught:
            await door.check(request_of(), LEZEN)
        assert caught.value.code == "permission_denied"
    assert not len(door._failures._addresses)


async def test_behind_a_trusted_proxy_each_address_counts_for_itself(clock: Clock) -> None:
    door = access_by(msgspec.structs.replace(LIMITED, trusted_proxies=PROXY))
    heard = [await answer(door, PROXY, "x", ATTACKER) for _ in range(4)]
    assert heard[-1] == 60
    assert await answer(door, PROXY, "x", "203.0.113.10") == "jwt-decode-error"


async def test_no_header_makes_another_address_of_one(clock: Clock) -> None:
    for trusted, through in (("", "{}"), (PROXY, "{}"), ("*", f"{{}}, {ATTACKER}")):
        door = access_by(msgspec.structs.replace(LIMITED, trusted_proxies=trusted))
        heard = [
            await answer(door, ATTACKER, "x", through.format(f"10.0.0.{number}"))
            for number in range(4)
        ]
        assert heard[-1] == 60


async def test_all_addresses_of_a_subscriber_count_as_one(clock: Clock) -> None:
    door = access_by(LIMITED)
    heard = [await answer(door, f"2001:db8:1:2::{number}", "x") for number in range(4)]
    assert heard[-1] == 60
    assert await answer(door, "2001:db8:1:3::1", "x") == "jwt-decode-error"


async def test_a_limit_of_nothing_is_no_limit(clock: Clock) -> None:
    door = access_by(Settings(jwt_failures_per_address=0, jwt_failures_per_client=0))
    for _ in range(3000):
        assert await answer(door, ATTACKER, bad()) == "invalid-jwt-signature"
    assert not len(door._failures._addresses)


@pytest.mark.parametrize("length", [10, 5000])
def test_a_flood_of_addresses_and_clients_takes_no_more_memory(length: int) -> None:
    counting = Failures(per_address=10, per_client=10, seconds=3600)
    tracemalloc.start()
    try:
        for number in range(30_000):
            counting.check(f"{number}", f"{number}".zfill(length))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(counting._addresses) == len(counting._clients) == failures._MOST
    assert taken < 8_000_000


def test_the_window_that_ends_first_makes_room(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "_MOST", 2)
    counter = Counter("x", 1, 60)
    for key in ("a", "b"):
        counter.add(key)
        clock.now += 1
    assert counter.add("a") == 58
    counter.add("c")
    assert counter.add("b") == 59
    assert counter.add("a") == 0


def test_the_log_tells_it_once_and_of_nobody(clock: Clock) -> None:
    counting = Failures(per_address=2, per_client=100, seconds=60)
    with capture_logs() as lines:
        for _ in range(10):
            try:
                counting.check(ATTACKER, "jan@example.nl")
            except Problem:
                continue
    assert lines == [{"event": "too_many_refused_tokens", "by": "address", "log_level": "warning"}]
