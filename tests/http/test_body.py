import asyncio
from typing import Final

import pytest

from contactmomenten.http import body as module
from contactmomenten.http.body import Body, ClientGoneError
from contactmomenten.http.problems import Problem
from contactmomenten.http.response import CLOSE, Response

GONE: Final[dict[str, object]] = {"type": "http.disconnect"}
REFUSED: Final = Response(403)
MOST: Final = 65_536


def chunk(body: bytes, *, more: bool = False) -> dict[str, object]:
    return {"type": "http.request", "body": body, "more_body": more}


def body(*messages: dict[str, object], **headers: str) -> Body:
    """Return a body in these parts; who waits for more of them waits for ever."""
    waiting = iter(messages)

    async def receive() -> dict[str, object]:
        for message in waiting:
            return message
        return await asyncio.Future()

    return Body(
        {name.replace("_", "-").encode(): v.encode() for name, v in headers.items()}, receive
    )


@pytest.mark.parametrize(
    "messages",
    [
        [chunk(b"abcdef")],
        [chunk(b"abc", more=True), chunk(b"def")],
        [chunk(b"", more=True), chunk(b"abcdef", more=True), chunk(b"")],
        [{"type": "http.request", "more_body": True}, {"type": "http.request", "body": b"abcdef"}],
    ],
)
async def test_a_body_comes_in_pieces(messages: list[dict[str, object]]) -> None:
    assert await body(*messages).read(6) == b"abcdef"


async def test_no_body_is_empty() -> None:
    assert await body({"type": "http.request"}).read(0) == b""


@pytest.mark.parametrize("announced", ["7", "99999999999999999999999999", "0007"])
async def test_a_body_announced_too_large_is_not_read(announced: str) -> None:
    with pytest.raises(Problem) as caught:
        await body(content_length=announced).read(6)
    assert caught.value.kind.status == 413
    assert CLOSE in caught.value.headers


@pytest.mark.parametrize("announced", ["1", "-1", "x", "", "1e9", "²", "6, 6"])
async def test_what_comes_counts_and_not_what_was_announced(announced: str) -> None:
    long = body(chunk(b"abcd", more=True), chunk(b"efg", more=True), content_length=announced)
    with pytest.raises(Problem) as caught:
        await long.read(6)
    assert caught.value.kind.status == 413
    assert await body(chunk(b"abcdef"), content_length=announced).read(6) == b"abcdef"


@pytest.mark.parametrize("messages", [[GONE], [chunk(b"abc", more=True), GONE]])
async def test_a_client_that_hangs_up_halfway_is_gone(messages: list[dict[str, object]]) -> None:
    with pytest.raises(ClientGoneError):
        await body(*messages).read(6)


async def test_only_a_client_that_is_gone_stops_the_work() -> None:
    await body().stop_if_client_gone()
    with pytest.raises(ClientGoneError):
        await body(GONE).stop_if_client_gone()


@pytest.mark.parametrize(
    "unread",
    [
        body(),
        body(content_length="0"),
        body(chunk(b"ab"), content_length="2"),
        body(chunk(b"a", more=True), chunk(b"b"), transfer_encoding="chunked"),
        body(chunk(b"x" * MOST), content_length=str(MOST)),
    ],
    ids=["none", "announced as none", "at once", "in chunks", "the most"],
)
async def test_a_connection_goes_on_when_an_unwanted_body_has_passed(unread: Body) -> None:
    assert await asyncio.wait_for(unread.let_pass(REFUSED), 0.5) == REFUSED


async def test_a_connection_goes_on_after_a_body_that_was_read() -> None:
    read = body(chunk(b"ab"), content_length="2")
    await read.read(2)
    assert await asyncio.wait_for(read.let_pass(REFUSED), 0.5) == REFUSED


@pytest.mark.parametrize(
    "unread",
    [
        body(content_length=str(MOST + 1)),
        body(*[chunk(b"x" * 40_000, more=True)] * 9, transfer_encoding="chunked"),
        body(content_length="2", expect="100-continue"),
        body(chunk(b"a", more=True), GONE, content_length="2"),
    ],
    ids=["announced too long", "too long", "not asked for", "gone"],
)
async def test_a_connection_ends_when_an_unwanted_body_does_not_pass(unread: Body) -> None:
    response = await asyncio.wait_for(unread.let_pass(REFUSED), 0.5)
    assert response == REFUSED._replace(headers=(CLOSE,))


async def test_a_body_that_stays_away_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PASSING_SECONDS", 0.05)
    response = await asyncio.wait_for(body(content_length="2").let_pass(REFUSED), 0.5)
    assert response.headers == (CLOSE,)


async def test_an_answer_that_ends_the_connection_waits_for_nothing() -> None:
    ends = REFUSED._replace(headers=(CLOSE,))
    assert await asyncio.wait_for(body(content_length="2").let_pass(ends), 0.5) == ends
