"""Answers as bytes: read strictly, one after the other, from a connection that may be cut."""

import asyncio
import re
from dataclasses import dataclass
from typing import Final

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9]) [\x20-\x7e]*")
_FIELD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\x80-\xff\t]*)")
_REQUEST_LINE: Final = re.compile(rb"^[A-Z]+ [^\r\n]* HTTP/1\.1", re.MULTILINE)
_INTERIM: Final = 200
_BODILESS: Final = frozenset({204, 304})


class MalformedError(Exception):
    """What came back is not HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; header names are in lower case."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


def first_answer(data: bytes, *, to_head: bool) -> tuple[Answer, bytes] | None:
    """Return the first answer in `data` and what comes after it; None if it is not complete.

    Args:
        data: what came back so far.
        to_head: it answers HEAD, so there is no body whatever the headers say.

    Raises:
        MalformedError: it can never become an answer.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        if not b"HTTP/1.".startswith(data[:7]):
            raise MalformedError(data[:100])
        return None
    status_line, *lines = head.split(b"\r\n")
    match = _STATUS_LINE.fullmatch(status_line)
    if match is None:
        raise MalformedError(status_line)
    headers: dict[bytes, bytes] = {}
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None or field[1].lower() in headers:
            raise MalformedError(line)
        headers[field[1].lower()] = field[2]
    status = int(match[1])
    if status < _INTERIM:
        return first_answer(rest, to_head=to_head)
    length = 0
    if status not in _BODILESS and not to_head:
        announced = headers.get(b"content-length", b"")
        if not announced.isdigit():
            raise MalformedError(b"no length: " + head)
        length = int(announced)
    if len(rest) < length:
        return None
    return Answer(status, headers, rest[:length]), rest[length:]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came back: answers, what was left of one more, and whether the connection ended."""

    answers: list[Answer]
    rest: bytes
    closed: bool


async def exchange(
    port: int, data: bytes, *, wanted: int = 1, limit: float, more: float = 0
) -> Exchange:
    """Send `data` on a connection of its own and read what comes back.

    Args:
        port: where, on loopback.
        data: what is sent.
        wanted: how many answers to wait for.
        limit: seconds to wait for those.
        more: seconds to wait for anything that comes after them, and for the end.

    Raises:
        MalformedError: it is no HTTP.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.ensure_future(_send(writer, data))
    heads = iter(_heads(data))
    answers: list[Answer] = []
    rest = b""
    closed = False
    try:
        deadline = asyncio.get_running_loop().time() + limit
        while not closed:
            left = deadline - asyncio.get_running_loop().time()
            if len(answers) >= wanted:
                left = more
            try:
                async with asyncio.timeout(max(left, 0)):
                    block = await reader.read(65536)
            except TimeoutError:
                break
            except ConnectionError:
                block = b""
            closed = not block
            rest += block
            while rest and (found := first_answer(rest, to_head=next(heads, False))):
                answers.append(found[0])
                rest = found[1]
    finally:
        sending.cancel()
        writer.close()
    return Exchange(answers, rest, closed)


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    try:
        writer.write(data)
        await writer.drain()
    except ConnectionError:
        return  # it was cut; what was said before that is read


def _heads(data: bytes) -> list[bool]:
    """Tell for each request in `data` whether it is HEAD, as far as can be seen from here."""
    return [line.startswith(b"HEAD ") for line in _REQUEST_LINE.findall(data)]
