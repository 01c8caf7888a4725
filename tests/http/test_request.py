from collections.abc import MutableMapping
from typing import Any

import pytest

from contactmomenten.http.problems import Problem
from contactmomenten.http.request import ClientGoneError, Request, headers_of


def request(*messages: dict[str, object], **headers: str) -> Request:
    waiting = iter(messages)

    async def receive() -> MutableMapping[str, Any]:
        return next(waiting)

    sent = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    scope = {"method": "POST", "query_string": b"a=b"}
    return Request(scope, receive, sent, ("https", "a.nl:8443"), "/api/v1/x", "/cm")


def chunk(body: bytes, *, more: bool = False) -> dict[str, object]:
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


def test_own_urls_start_with_scheme_host_and_mount_path() -> None:
    made = request()
    assert (made.base, made.root) == ("https://a.nl:8443/cm", "https://a.nl:8443/cm/api/v1")


def test_the_peer_is_whom_we_speak_with_if_known() -> None:
    async def receive() -> dict[str, object]:
        raise NotImplementedError

    for client, peer in ((("192.0.2.1", 4711), "192.0.2.1"), (None, "")):
        scope = {"method": "GET", "query_string": b"", "client": client}
        assert Request(scope, receive, {}, ("http", "a.nl"), "/", "").peer == peer


def test_a_header_is_text_byte_for_byte() -> None:
    made = request()
    made.headers[b"x"] = b"\xe9\xff"
    assert (made.header(b"x"), made.header(b"y")) == ("éÿ", None)


def test_repeated_headers_are_joined() -> None:
    scope = {"headers": [(b"accept", b"a"), (b"host", b"h"), (b"accept", b"b"), (b"accept", b"c")]}
    assert headers_of(scope) == {b"accept": b"a, b, c", b"host": b"h"}


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
    assert await request(*messages).body(6) == b"abcdef"


async def test_no_body_is_empty() -> None:
    assert await request({"type": "http.request"}).body(0) == b""


@pytest.mark.parametrize("announced", ["7", "99999999999999999999999999", "0007"])
async def test_a_body_announced_too_large_is_not_read(announced: str) -> None:
    with pytest.raises(Problem) as caught:
        await request(content_length=announced).body(6)
    assert caught.value.kind.status == 413
    assert (b"connection", b"close") in caught.value.headers


@pytest.mark.parametrize("announced", ["1", "-1", "x", "", "1e9", "²", "6, 6"])
async def test_what_comes_counts_and_not_what_was_announced(announced: str) -> None:
    long = request(chunk(b"abcd", more=True), chunk(b"efg", more=True), content_length=announced)
    with pytest.raises(Problem) as caught:
        await long.body(6)
    assert caught.value.kind.status == 413
    assert await request(chunk(b"abcdef"), content_length=announced).body(6) == b"abcdef"


@pytest.mark.parametrize("messages", [[GONE], [chunk(b"abc", more=True), GONE]])
async def test_a_client_that_hangs_up_halfway_is_gone(messages: list[dict[str, object]]) -> None:
    with pytest.raises(ClientGoneError):
        await request(*messages).body(6)
