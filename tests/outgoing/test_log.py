"""The log tells that a call was made, and nothing of whom it was about."""

import asyncio
import logging

import pytest
import structlog

from contactmomenten.outgoing import CallFailed, Served
from tests.outgoing.conftest import MakeClient
from tests.outgoing.neighbour import Asked, Neighbour, networks, redirect, reply

CANARY = "123456782"
SERVED = Served("verzoek-1", {"fsc-transaction-id": CANARY})


async def test_each_call_is_one_line_without_personal_data(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/klanten/" + CANARY] = reply(200, CANARY.encode(), f"X-Bsn: {CANARY}")
    key = {"auth_type": "api_key", "header_key": "X-Key", "header_value": CANARY}
    client = make_client(neighbour.service(**key))
    with structlog.testing.capture_logs() as lines:
        await client.get(f"{neighbour.root}/klanten/{CANARY}?bsn={CANARY}", served=SERVED)
        await client.post(f"{neighbour.root}/a", CANARY.encode(), served=SERVED)
    assert CANARY not in str(lines)
    for line in lines:
        assert isinstance(line.pop("duration_ms"), int)
    assert lines == [
        {
            "event": "outgoing_call",
            "log_level": "info",
            "method": method,
            "service": "buur",
            "status": status,
            "request_id": "verzoek-1",
        }
        for method, status in (("GET", 200), ("POST", 404))
    ]


async def test_without_a_service_the_host_is_told_as_a_warning(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    client = make_client(allowed_private_networks=networks("127.0.0.1/32"))
    with structlog.testing.capture_logs() as lines:
        await client.get(f"http://jan:{CANARY}@127.0.0.1:{neighbour.port}/{CANARY}")
    assert CANARY not in str(lines)
    assert lines[0].pop("duration_ms") is not None
    assert lines == [
        {
            "event": "outgoing_call",
            "log_level": "warning",
            "method": "GET",
            "host": "127.0.0.1",
            "status": 404,
        }
    ]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"http://jan:{CANARY}@10.0.0.1/{CANARY}", "adres niet toegestaan"),
        (f"ftp://a/{CANARY}", "schema niet toegestaan"),
        (f"http://jan:{CANARY}@a b/", "ongeldige URL"),
        (f"http:\\\\jan:{CANARY}@a\\{CANARY}", "ongeldige URL"),
    ],
)
async def test_a_refused_call_is_told_with_its_reason(
    url: str, reason: str, make_client: MakeClient
) -> None:
    with structlog.testing.capture_logs() as lines, pytest.raises(CallFailed) as failed:
        await make_client().get(url)
    assert [line["reason"] for line in lines] == [reason]
    assert CANARY not in str(lines)
    assert CANARY not in str(failed.value)
    assert f"jan:{CANARY}" not in failed.value.url


async def test_each_hop_is_told(make_client: MakeClient, neighbour: Neighbour) -> None:
    neighbour.script["/a"] = redirect("http://169.254.169.254/")
    with structlog.testing.capture_logs() as lines, pytest.raises(CallFailed):
        await make_client(neighbour.service()).get(f"{neighbour.root}/a")
    told = [(line.get("service"), line.get("host"), line.get("status")) for line in lines]
    assert told == [("buur", None, 302), (None, "169.254.169.254", None)]


async def test_a_call_that_took_too_long_and_one_given_up_are_told(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asked.reader.read()

    neighbour.script["/a"] = silent
    client = make_client(neighbour.service(), timeout=0.1)
    with structlog.testing.capture_logs() as lines:
        with pytest.raises(CallFailed):
            await client.get(f"{neighbour.root}/a")
        call = asyncio.create_task(client.get(f"{neighbour.root}/a"))
        await asyncio.sleep(0.02)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    assert [line["reason"] for line in lines] == ["time-out", "afgebroken"]


async def test_the_library_tells_nothing_at_any_level(
    make_client: MakeClient, neighbour: Neighbour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    neighbour.script["/a"] = redirect("/" + CANARY)
    await make_client(neighbour.service()).get(f"{neighbour.root}/a")
    assert CANARY not in caplog.text


async def test_an_answer_shows_nothing_when_printed(
    make_client: MakeClient, neighbour: Neighbour
) -> None:
    neighbour.script["/" + CANARY] = reply(200, CANARY.encode(), f"X-Bsn: {CANARY}")
    answer = await make_client(neighbour.service()).get(f"{neighbour.root}/{CANARY}")
    assert CANARY not in repr(answer)
