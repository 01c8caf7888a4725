"""Each call is counted: of which service and kind, and how it ended."""

from contextlib import suppress

import pytest

from contactmomenten.metrics import NoMetrics
from contactmomenten.outgoing import CallFailed
from tests.blackbox.support.program import free_port
from tests.outgoing.conftest import MakeClient
from tests.outgoing.neighbour import Neighbour, networks, reply


async def test_a_call_is_counted_with_its_service_and_kind(
    make_client: MakeClient, neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[tuple[str, str, str]] = []

    def count(_: NoMetrics, service: str, api_type: str, outcome: str, seconds: float) -> None:
        counted.append((service, api_type, outcome))

    monkeypatch.setattr(NoMetrics, "call", count)
    neighbour.script["/a"] = reply(401)
    client = make_client(
        neighbour.service(api_type="nrc"), allowed_private_networks=networks("127.0.0.1/32")
    )
    await client.get(f"{neighbour.root}/a")
    with suppress(CallFailed):
        await client.get(f"http://127.0.0.1:{free_port()}/")
    assert counted == [("buur", "nrc", "401"), ("other", "other", "failed")]
