"""Single requests, of which the answer is looked at and the time is not."""

import http.client
import json
from typing import Any, Final, NamedTuple

from benchmarks.driver import WrongAnswerError
from benchmarks.http import API_PATH, Target

_SECONDS: Final = 120.0

# What differs between two that were made of the same.
_OWN: Final = ("url", "registratiedatum")


class Answer(NamedTuple):
    """What was answered."""

    body: bytes
    etag: str


def ask(target: Target, path: str, *, body: bytes | None = None) -> Answer:
    """Ask for `path`, below the root; with `body`, create something there.

    Raises:
        WrongAnswerError: the status tells that it failed.
    """
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=_SECONDS)
    headers = {"Authorization": f"Bearer {target.token}", "Content-Type": "application/json"}
    wanted = http.client.OK if body is None else http.client.CREATED
    try:
        method = "GET" if body is None else "POST"
        connection.request(method, f"{API_PATH}{path}", body=body, headers=headers)
        answer = connection.getresponse()
        found = answer.read()
        if answer.status != wanted:
            raise WrongAnswerError(f"{target.name}, {path}: {answer.status} {found[:500]!r}")
        return Answer(found, answer.headers.get("etag", ""))
    finally:
        connection.close()


def compare(one: Target, other: Target, path: str) -> None:
    """Make sure that two servers answer the same, but for their own roots.

    Raises:
        WrongAnswerError: they do not.
    """
    first = ask(one, path).body
    second = ask(other, path).body.replace(other.root.encode(), one.root.encode())
    if first != second:
        names = f"{one.name} and {other.name}"
        raise WrongAnswerError(f"{names} differ on {path}: {first[:300]!r}, {second[:300]!r}")


def compare_created(one: Target, other: Target, path: str, body: bytes) -> None:
    """Make sure that two servers make the same of `body`, but for its name and moment.

    Raises:
        WrongAnswerError: they do not.
    """
    first, second = (_created(target, path, body) for target in (one, other))
    if first != second:
        raise WrongAnswerError(f"{one.name} and {other.name} create {first!r} and {second!r}")


def _created(target: Target, path: str, body: bytes) -> list[tuple[str, Any]]:
    """Create something, read it again, and return its fields in their order."""
    created = ask(target, path, body=body).body
    fields: dict[str, Any] = json.loads(created)
    again = ask(target, fields["url"].removeprefix(target.root)).body
    if again != created:
        raise WrongAnswerError(f"{target.name} created {created!r} and reads {again!r}")
    return [(name, value) for name, value in fields.items() if name not in _OWN]
