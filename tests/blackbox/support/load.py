"""Load: connections that ask again and again, and what each of their answers took."""

import asyncio
import contextlib
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from . import tokens
from .tokens import Credentials

ANSWER_LIMIT: Final = 60.0

GOOD: Final = frozenset({200, 201, 204})
REFUSED: Final = frozenset({429, 503})


@dataclass(slots=True)
class Answers:
    """What came back: of each answer its status, its code, when it came and what it took."""

    seconds: float = 0.0
    rows: list[tuple[int, str, float, float]] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)

    def took(self, statuses: frozenset[int], codes: frozenset[str] | None = None) -> list[float]:
        """Give the times of the answers with one of these statuses (and codes), in order."""
        return sorted(
            took
            for status, code, _, took in self.rows
            if status in statuses and (codes is None or code in codes)
        )

    @property
    def good(self) -> list[float]:
        return self.took(GOOD)

    @property
    def refused(self) -> list[float]:
        return self.took(REFUSED)

    @property
    def rate(self) -> float:
        """Give the good answers per second."""
        return len(self.good) / self.seconds

    @property
    def codes(self) -> Counter[str]:
        return Counter(f"{status} {code}".strip() for status, code, _, _ in self.rows)


def p99(times: Sequence[float]) -> float:
    """Give the 99th percentile of times in order; 0 of none."""
    return times[math.ceil(len(times) * 0.99) - 1] if times else 0.0


def request(
    method: str, target: str, credentials: Credentials | None, body: bytes = b"", host: str = "a.nl"
) -> bytes:
    """Write a request, with a token when there are credentials."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    if credentials is not None:
        lines.append(f"Authorization: Bearer {tokens.token(credentials)}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def run(port: int, seconds: float, *groups: "Group") -> list[Answers]:
    """Have groups of connections ask for so many seconds; give the answers of each group."""
    begun = time.monotonic()
    found = [Answers() for _ in groups]
    tasks = [
        _ask(port, begun, seconds, group, answers)
        for group, answers in zip(groups, found, strict=True)
        for _ in range(group.connections)
    ]
    await asyncio.gather(*tasks)
    for answers in found:
        answers.seconds = seconds
    return found


@dataclass(frozen=True, slots=True)
class Group:
    """Connections that do the same.

    Attributes:
        connections: how many.
        make: gives the next request.
        pause: seconds before the next request after a good answer.
        pause_refused: seconds before the next request after any other answer.
    """

    connections: int
    make: Callable[[], bytes]
    pause: float = 0.0
    pause_refused: float = 0.1


async def _ask(port: int, begun: float, seconds: float, group: Group, answers: Answers) -> None:
    reader = writer = None
    try:
        while time.monotonic() - begun < seconds:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert reader is not None
            sent = time.monotonic()
            try:
                writer.write(group.make())
                status, code = await asyncio.wait_for(_answer(reader), ANSWER_LIMIT)
            except (OSError, asyncio.IncompleteReadError) as error:
                answers.odd[type(error).__name__] += 1
                writer.close()
                writer = None
                continue
            now = time.monotonic()
            answers.rows.append((status, code, now - begun, now - sent))
            await asyncio.sleep(group.pause if status in GOOD else group.pause_refused)
    finally:
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = await reader.readexactly(length)
    code = ""
    if status not in GOOD:
        _, _, rest = body.partition(b'"code":"')
        code = rest.partition(b'"')[0].decode()
    return status, code


async def one(port: int, content: bytes) -> tuple[int, str, float]:
    """Ask once; give status, code and what it took."""
    begun = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(content)
    try:
        status, code = await asyncio.wait_for(_answer(reader), ANSWER_LIMIT)
    finally:
        writer.close()
    return status, code, time.monotonic() - begun
