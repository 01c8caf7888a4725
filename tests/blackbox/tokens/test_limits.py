"""Whoever tries bad tokens without end hears no more reasons; good tokens never suffer from it.

`limited` tells an address of five bad tokens in six seconds what is wrong, and a client of eight.
"""

import re
import time
from itertools import count

import httpx
import pytest

from tests.blackbox.support import clients, expect, tokens
from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program
from tests.blackbox.support.tokens import Credentials
from tests.proof import amount, record

LIST = "/contactmomenten?kanaal=niemand"
PER_ADDRESS, PER_CLIENT, SECONDS = 5, 8, 6
THROTTLED = expect.Problem(
    "Throttled",
    429,
    "throttled",
    "Aanvraag was verstikt.",
    "",
)
SIGNATURE = "invalid-jwt-signature"

_numbers = count(1)


@pytest.fixture
def address() -> str:
    """Give an address that no other test uses."""
    return f"203.0.113.{next(_numbers)}"


def fail(door: Api, address: str, client_id: str = "", **headers: str) -> httpx.Response:
    """Send a bad token from an address, in somebody's name; in nobody's it is garbled."""
    bad = tokens.token(Credentials(client_id, "somebody else's secret")) if client_id else "x.y.z"
    sent = {"X-Forwarded-For": address, "Authorization": f"Bearer {bad}", **headers}
    return door.as_client(None).get(LIST, sent)


def use_up(door: Api, address: str) -> None:
    for _ in range(PER_ADDRESS):
        expect.forbidden(fail(door, address), "jwt-decode-error")


def test_beyond_the_limit_the_answer_is_429_as_the_standard_has_it(door: Api, address: str) -> None:
    use_up(door, address)
    response = fail(door, address, Origin="https://portaal.example.nl")
    document = expect.problem(response, THROTTLED, detail="")
    expect.headers(response, expect.COLLECTION)
    assert response.headers["access-control-allow-origin"] == "*"
    wait = int(response.headers["retry-after"])
    assert 1 <= wait <= SECONDS
    assert f"over {wait} seconden" in document["detail"]


def test_after_as_long_as_it_says_the_reason_is_told_again(door: Api, address: str) -> None:
    use_up(door, address)
    time.sleep(int(fail(door, address).headers["retry-after"]))
    expect.forbidden(fail(door, address), "jwt-decode-error")


def test_head_is_limited_alike_and_has_no_body(door: Api, address: str) -> None:
    use_up(door, address)
    headers = {"X-Forwarded-For": address, "Authorization": "Bearer x.y.z"}
    response = door.as_client(None).head(LIST, headers=headers)
    assert (response.status_code, response.content) == (429, b"")
    assert response.headers["retry-after"]


def test_the_webhook_is_limited_alike(door: Api, address: str) -> None:
    headers = {"X-Forwarded-For": address, "Authorization": "Bearer x.y.z"}
    nobody = door.as_client(None)
    statuses = [
        nobody.post("/callbacks", headers=headers).status_code for _ in range(PER_ADDRESS + 1)
    ]
    assert statuses == [403] * PER_ADDRESS + [429]


def test_another_address_behind_the_same_proxy_still_hears_the_reason(
    door: Api, address: str
) -> None:
    use_up(door, address)
    assert fail(door, address).status_code == 429
    expect.forbidden(fail(door, "198.51.100.7"), "jwt-decode-error")


def test_an_address_cannot_pass_for_another_by_adding_to_the_chain(door: Api, address: str) -> None:
    use_up(door, address)
    for made_up in ("10.0.0.1", "127.0.0.1", "::1", "onzin"):
        assert fail(door, f"{made_up}, {address}").status_code == 429


def test_a_client_is_limited_over_all_addresses(door: Api) -> None:
    name = clients.UNIE.client_id  # in whose name no other test fails
    found = [fail(door, f"198.51.101.{number}", name) for number in range(PER_CLIENT + 2)]
    statuses = [response.status_code for response in found]
    assert statuses == [403] * PER_CLIENT + [429] * 2
    assert {response.json()["code"] for response in found[:PER_CLIENT]} == {SIGNATURE}
    other = fail(door, "198.51.101.99", clients.GEEN.client_id)
    expect.forbidden(other, SIGNATURE)


@pytest.mark.proof
def test_a_client_is_never_locked_out_by_who_fails_in_its_name(door: Api, address: str) -> None:
    """Whichever worker, address and operation: each good token is one that nobody saw before."""
    victim = clients.ALLES.client_id
    floods = amount(short=200, long=10_000)
    served, limited, refused = 0, 0, 0
    for number in range(floods):
        sender = address if number % 2 else f"198.51.102.{number % 250}"
        status = fail(door, sender, victim).status_code
        limited += status == 429
        refused += status in {403, 429}
        if number % 10 == 0:
            headers = {"X-Forwarded-For": address}
            answer = door.request("GET", LIST, headers=headers, claims={"user_id": str(number)})
            served += answer.status_code == 200
    made = door.post("/contactmomenten", door.moment_body(), headers={"X-Forwarded-For": address})
    record(
        "Failing in the name of a client that signs rightly meanwhile",
        bad_tokens=floods,
        refused=refused,
        of_which_429=limited,
        good_tokens=floods // 10,
        served=served,
    )
    assert made.status_code == 201
    assert limited > floods // 2
    assert (refused, served) == (floods, floods // 10)


def test_requests_without_a_token_are_not_limited(door: Api, address: str) -> None:
    for _ in range(3 * PER_ADDRESS):
        expect.forbidden(door.as_client(None).get(LIST, {"X-Forwarded-For": address}))


def test_a_good_token_without_the_scope_is_not_limited(door: Api, address: str) -> None:
    weak = door.as_client(clients.GEEN)
    for _ in range(3 * PER_ADDRESS):
        expect.forbidden(weak.get(LIST, {"X-Forwarded-For": address}))


def test_every_operation_has_the_429_of_the_standard(door: Api) -> None:
    """So that the answer is no extension of the OAS."""
    document = door.as_client(None).get("/schema/openapi.json").json()
    operations = [
        operation
        for path in document["paths"].values()
        for name, operation in path.items()
        if name != "parameters"
    ]
    assert len(operations) == 16
    assert all("429" in operation["responses"] for operation in operations)


def test_the_log_has_no_token_and_no_address(limited: Program, door: Api, address: str) -> None:
    bad = tokens.token(Credentials("bb-canarie", "somebody else's secret"))
    sent = {"X-Forwarded-For": address, "Authorization": f"Bearer {bad}"}
    use_up(door, address)
    last = door.as_client(None).get(LIST, sent)
    assert last.status_code == 429
    log = limited.log.read_text()
    assert last.json()["instance"].removeprefix("urn:uuid:") in log
    assert "too_many_refused_tokens" in log
    for secret in (*bad.split("."), "bb-canarie"):
        assert secret not in log
    assert not re.search(rf"{re.escape(address)}(?!\d)", log)
