"""Where a request ends: never does a second one come out of what a proxy may see as one.

Each case is what a proxy in front might forward as a single request. If we read a second one in
it, somebody else gets its answer. So either all is refused and the connection ends, or it is read
as RFC 9112 says.
"""

import json
from typing import Final

import pytest

from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program
from tests.blackbox.support.values import unique

from .judging import BARE, fault, is_bare
from .wire import Answer, Exchange, exchange

pytestmark = pytest.mark.proof

HOST: Final = b"Host: a.nl\r\n"
# What is smuggled asks for a path of its own, so its answer shows: 405, as nothing else here does.
SECOND: Final = b"FOO /api/v1/contactmomenten HTTP/1.1\r\n" + HOST + b"\r\n"
SHOWN: Final = 405
POST: Final = b"POST /niets HTTP/1.1\r\n" + HOST
ONE: Final = b"1\r\na\r\n"
END: Final = b"0\r\n\r\n"

TE: Final = b"Transfer-Encoding: chunked\r\n"

REFUSED: Final = {
    "two lengths that differ": POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "two lengths in one line": POST + b"Content-Length: 0, 44\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +0\r\n\r\n",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length in hexadecimal": POST + b"Content-Length: 0x0\r\n\r\n",
    "a length that is no number": POST + b"Content-Length: a\r\n\r\n",
    "a length with a blank in it": POST + b"Content-Length: 0 0\r\n\r\n",
    "an empty length": POST + b"Content-Length: \r\n\r\n",
    "a length beyond 64 bits": POST + b"Content-Length: 18446744073709551616\r\n\r\n",
    "a blank before the colon of a length": POST + b"Content-Length : 0\r\n\r\n",
    "a tab before the colon of an encoding": POST + b"Transfer-Encoding\t: chunked\r\n\r\n" + END,
    "a blank before the colon of an encoding": POST + b"Transfer-Encoding : chunked\r\n\r\n" + END,
    "an encoding on a folded line": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + END,
    "a length on a folded line": POST + b"Content-Length:\r\n 0\r\n\r\n",
    "a header name with a NUL": POST + b"Content-Length\0: 0\r\n\r\n",
    "an encoding that nobody knows": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + END,
    "an encoding with a control character": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + END,
    "an encoding in quotes": POST + b'Transfer-Encoding: "chunked"\r\n\r\n' + END,
    "chunked not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + END,
    "identity": POST + b"Transfer-Encoding: identity\r\n\r\n" + END,
    "two encodings, the last unknown": POST + TE + b"Transfer-Encoding: x\r\n\r\n" + END,
    "an encoding in HTTP/1.0": b"POST /niets HTTP/1.0\r\n" + HOST + TE + b"\r\n" + END,
    "an empty line before the colon": POST + b": chunked\r\n\r\n" + END,
    "a bare CR in a header": POST + b"X: a\rContent-Length: 44\r\n\r\n",
    "a bare CR at the end of a header": POST + b"X: a\r\r\nContent-Length: 44\r\n\r\n",
    "a line that is no header": POST + b"Content-Length\r\n\r\n",
    "a blank before the first header": b"GET /niets HTTP/1.1\r\n " + HOST + b"\r\n",
    "a version that is none": b"GET /niets HTTP/1.1a\r\n" + HOST + b"\r\n",
}  # fmt: skip
"""The head cannot be read, or not in one way only: what follows is never looked at."""

BODIES: Final = {
    "an extension with a line feed": b"1;a\nb\r\na\r\n" + END,
    "a size with 0x": b"0x1\r\na\r\n" + END,
    "a size with a sign": b"+1\r\na\r\n" + END,
    "a negative size": b"-1\r\na\r\n" + END,
    "a size that is none": b"g\r\na\r\n" + END,
    "an empty size": b"\r\na\r\n" + END,
    "a size beyond 64 bits": b"10000000000000001\r\na\r\n" + END,
    "no line end after a chunk": b"1\r\na0\r\n\r\n",
    "a line feed after a chunk": b"1\r\na\n0\r\n\r\n",
    "a line feed after a size": b"1\na\r\n" + END,
    "more than the size": b"1\r\nab\r\n" + END,
    "a carriage return alone after a size": b"1\rXa\r\n" + END,
    "a blank before a size": b" 1\r\na\r\n" + END,
}
"""Chunks that are none: refused as soon as they are read, and nothing after them is."""

READ: Final = {
    "chunks and a length: the chunks count": POST + b"Content-Length: 3\r\n" + TE + b"\r\n" + END,
    "a length and chunks: the chunks count": POST + TE + b"Content-Length: 9\r\n\r\n" + ONE + END,
    "chunked in capitals": POST + b"Transfer-Encoding: CHUNKED\r\n\r\n" + ONE + END,
    "chunked after tabs": POST + b"Transfer-Encoding:\t chunked \t\r\n\r\n" + ONE + END,
    "a size with zeros": POST + TE + b"\r\n0001\r\na\r\n" + END,
    "an extension": POST + TE + b'\r\n1;a="b"\r\na\r\n' + END,
    "a trailer": POST + TE + b"\r\n" + ONE + b"0\r\nContent-Length: 44\r\n\r\n",
    "a length with zeros": POST + b"Content-Length: 0001\r\n\r\na",
    "one length twice": POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "the body of a GET": b"GET /niets HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n\r\na",
    "lines that end in a line feed": POST.replace(b"\r", b"") + b"Content-Length: 1\n\na",
    "empty lines first": b"\r\n\r\n" + POST + b"Content-Length: 1\r\n\r\na",
    "an encoding that only sounds so": POST + b"Transfer_Encoding: chunked\r\n"
    b"Content-Length: 1\r\n\r\na",
}  # fmt: skip
"""What RFC 9112 lets a server read: one request, after which the next one is the next one."""


async def ask(program: Program, data: bytes, wanted: int = 1) -> Exchange:
    return await exchange(program.port, data, wanted=wanted, limit=5, more=0.3)


def right(answers: list[Answer], data: bytes) -> None:
    assert [fault(answer, data) for answer in answers] == [None] * len(answers)


@pytest.mark.parametrize("data", REFUSED.values(), ids=list(REFUSED))
async def test_a_head_that_is_refused_ends_the_connection(target: Program, data: bytes) -> None:
    came = await ask(target, data + SECOND)
    assert [is_bare(answer) for answer in came.answers] == [True], came
    assert came.answers[0].status == 400
    assert came.closed


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
@pytest.mark.parametrize("path", [b"/api/v1/contactmomenten", b"/niets"])
async def test_chunks_that_are_none_end_the_connection(
    target: Program, target_api: Api, path: bytes, body: bytes
) -> None:
    head = b"POST %b HTTP/1.1\r\n" % path + HOST + TE + b"Content-Type: application/json\r\n"
    token = target_api.authorization()["Authorization"].encode()
    data = head + b"Authorization: " + token + b"\r\n\r\n" + body
    came = await ask(target, data + SECOND)
    right(came.answers, data)
    assert [answer.status for answer in came.answers] == [404 if path == b"/niets" else 400]
    assert came.closed


@pytest.mark.parametrize("data", READ.values(), ids=list(READ))
async def test_what_can_be_read_is_read_as_one_request(target: Program, data: bytes) -> None:
    alone = await ask(target, data)
    assert [answer.status for answer in alone.answers] == [404]
    both = await ask(target, data + SECOND, wanted=2)
    right(both.answers, data + SECOND)
    statuses = [answer.status for answer in both.answers]
    # Of chunks and a length the connection may end, as RFC 9112 (6.1) says it should.
    assert statuses == [404, SHOWN] or (statuses == [404] and both.closed)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (b"X: " + b"a" * 200_000 + b"\r\n", 431),
        (b"X: " + b"a" * 10_000_000 + b"\r\n", 431),
        (b"a" * 200_000 + b": x\r\n", 431),
        (b"".join(b"X%d: a\r\n" % number for number in range(101)), 431),
        (b"".join(b"X%d: a\r\n" % number for number in range(1_000_000)), 431),
    ],
    ids=["200 kB", "10 MB", "a name of 200 kB", "101 headers", "a million headers"],
)
async def test_a_huge_head_is_refused_at_once(target: Program, more: bytes, status: int) -> None:
    before = target.resident_megabytes()
    came = await ask(target, b"GET /niets HTTP/1.1\r\n" + HOST + more + b"\r\n")
    # The end may overtake the answer when much of what was sent is left unread.
    assert came.closed
    assert [answer.status for answer in came.answers] in ([status], [])
    assert all(map(is_bare, came.answers))
    assert target.resident_megabytes() - before < 20


@pytest.mark.parametrize("length", [70_000, 10_000_000])
async def test_a_huge_target_is_refused_at_once(target: Program, length: int) -> None:
    came = await ask(target, b"GET /%b HTTP/1.1\r\n" % (b"a" * length) + HOST + b"\r\n")
    assert came.closed
    assert {answer.status for answer in came.answers} <= BARE


async def test_many_requests_at_once_are_answered_in_order(target: Program) -> None:
    paths = [b"/api/v%d/contactmomenten" % (number % 2 + 1) for number in range(200)]
    data = b"".join(b"GET %b HTTP/1.1\r\n" % path + HOST + b"\r\n" for path in paths)
    came = await ask(target, data, wanted=200)
    right(came.answers, data)
    assert [answer.status for answer in came.answers] == [403, 404] * 100


async def test_writes_in_a_row_are_answered_in_order_also_when_one_fails(
    target: Program, target_api: Api
) -> None:
    kanalen = [unique("p") for _ in range(20)]
    bodies = [
        json.dumps(
            {"kanaal": kanaal, "medewerkerIdentificatie": {"achternaam": "x"}}
            | ({"bronorganisatie": "423182687"} if number % 3 else {})
        ).encode()
        for number, kanaal in enumerate(kanalen)
    ]  # fmt: skip
    token = target_api.authorization()["Authorization"].encode()
    head = b"POST /api/v1/contactmomenten HTTP/1.1\r\n" + HOST + b"Authorization: " + token
    head += b"\r\nContent-Type: application/json\r\n"
    data = b"".join(head + b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies)
    came = await ask(target, data, wanted=20)
    right(came.answers, data)
    for number, (answer, kanaal) in enumerate(zip(came.answers, kanalen, strict=True)):
        assert answer.status == (201 if number % 3 else 400)
        if answer.status == 201:
            assert json.loads(answer.body)["kanaal"] == kanaal
            assert [m["kanaal"] for m in target_api.results("/contactmomenten", kanaal=kanaal)] == [
                kanaal
            ]


async def test_a_request_after_a_broken_one_is_not_answered(target: Program) -> None:
    good = b"GET /niets HTTP/1.1\r\n" + HOST + b"\r\n"
    came = await ask(target, good + b"x y z\r\n\r\n" + good, wanted=2)
    assert [answer.status for answer in came.answers] == [404, 400]
    assert came.closed


@pytest.mark.parametrize("first", [b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", b"\0" * 99])
async def test_what_is_no_http_is_refused(target: Program, first: bytes) -> None:
    came = await ask(target, first)
    assert [is_bare(answer) for answer in came.answers] == [True]
    assert came.closed


async def test_http_2_is_not_spoken(target: Program) -> None:
    came = await ask(target, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SECOND)
    assert (came.answers, came.rest, came.closed) == ([], b"", True)


async def test_an_upgrade_is_not_taken(target: Program) -> None:
    for protocol in (b"h2c", b"websocket"):
        head = b"GET /niets HTTP/1.1\r\n" + HOST + b"Connection: upgrade\r\nUpgrade: " + protocol
        came = await ask(target, head + b"\r\nHTTP2-Settings: AAMAAABk\r\n\r\n")
        assert [answer.status for answer in came.answers] == [404]
