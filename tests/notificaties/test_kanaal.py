import asyncio
from collections.abc import AsyncIterator

import pytest

from contactmomenten.notificaties.kanaal import KanaalError, register_kanaal
from contactmomenten.outgoing import OutgoingClient, OutgoingSettings
from tests.notificaties.nrc import Nrc, Reply
from tests.notificaties.outboxes import registry_of

DOCS = "https://cm.example.nl/ref/kanalen/#contactmomenten"


@pytest.fixture
async def client(nrc: Nrc) -> AsyncIterator[OutgoingClient]:
    registry = registry_of(nrc.root)
    client = OutgoingClient(OutgoingSettings(), lambda: registry.snapshot.services)
    yield client
    await client.aclose()


async def test_it_is_registered_once(nrc: Nrc, client: OutgoingClient) -> None:
    assert await register_kanaal(client, nrc.root, DOCS)
    assert not await register_kanaal(client, nrc.root, DOCS)
    assert nrc.kanalen == [
        {
            "naam": "contactmomenten",
            "documentatieLink": DOCS,
            "filters": ["bronorganisatie", "kanaal"],
        }
    ]


async def test_kanalen_of_others_do_not_count(nrc: Nrc, client: OutgoingClient) -> None:
    nrc.kanalen = [{"naam": "zaken"}]
    assert await register_kanaal(client, nrc.root, DOCS)


async def test_a_page_of_kanalen_is_understood(
    nrc: Nrc, client: OutgoingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = {"count": 1, "results": [{"naam": "contactmomenten"}]}
    monkeypatch.setattr(nrc, "_kanaal", lambda *_: Reply(200, body=page))
    assert not await register_kanaal(client, nrc.root, DOCS)


async def test_somebody_else_was_faster(
    nrc: Nrc, client: OutgoingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = iter(
        [Reply(200, body=[]), Reply(400), Reply(200, body=[{"naam": "contactmomenten"}])]
    )
    monkeypatch.setattr(nrc, "_kanaal", lambda *_: next(replies))
    assert not await register_kanaal(client, nrc.root, DOCS)


@pytest.mark.parametrize(
    ("reply", "part"),
    [
        (Reply(403), "HTTP 403. Check client_id and secret"),
        (Reply(404), "HTTP 404. Check api_root"),
        (Reply(500), "HTTP 500."),
        (Reply(200, body="no list"), "gives no list"),
        (Reply(200, body=[]), "POST"),
    ],
)
async def test_a_refusal_says_what_to_do(
    nrc: Nrc, client: OutgoingClient, monkeypatch: pytest.MonkeyPatch, reply: Reply, part: str
) -> None:
    monkeypatch.setattr(nrc, "_kanaal", lambda *_: reply)
    with pytest.raises(KanaalError) as caught:
        await register_kanaal(client, nrc.root, DOCS)
    assert part in str(caught.value)


async def test_an_absent_api_is_named(nrc: Nrc, client: OutgoingClient) -> None:
    await nrc.down()
    await asyncio.sleep(0)
    with pytest.raises(KanaalError, match=f"{nrc.root} cannot be used: geen verbinding"):
        await register_kanaal(client, nrc.root, DOCS)
