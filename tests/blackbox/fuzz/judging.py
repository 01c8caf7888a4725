"""What every answer must be like, whatever was asked."""

import json
import re
from typing import Final

from .wire import Answer

# What tells of our inside: a traceback, SQL, a path, or the name of something we are made of.
LEAK: Final = re.compile(
    rb"Traceback|File \"|\.py\b|\.rs\b|site-packages|/usr/|/home/|/root/|/tmp/|/proc/|0x[0-9a-f]{6}"
    rb"|asyncpg|granian|hyper\b|uvloop|msgspec|postgres|pyjwt|asyncio|httpcore|structlog"
    rb"|\bSELECT\b|\bINSERT INTO\b|\bUPDATE \w+ SET\b|\bWHERE\b|relation \"|constraint \""
    rb"|Error\(|Exception|NoneType|KeyError|ValueError|TypeError",
    re.IGNORECASE,
)

# The HTTP server refuses these before our program sees them, so they can be no problem documents:
# 400 what is no HTTP/1 (request line, header lines, lengths), 414 a target over 64 kB,
# 431 over 100 headers or over 64 kB of them.
BARE: Final = frozenset({400, 414, 431})
_BARE_HEADERS: Final = {b"connection", b"content-length", b"date"}

# Here people look around with a browser, and get pages.
_HUMAN: Final = (b"/ref", b"/static")

_MEMBERS: Final = ["type", "code", "title", "status", "detail", "instance"]
_INSTANCE: Final = re.compile(
    r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
)
_CONTENT: Final = re.compile(
    rb"application/(json|yaml|vnd\.oai\.openapi)\b.*|text/(html|css|javascript|plain)\b.*"
    rb"|image/(svg\+xml|x-icon|vnd\.microsoft\.icon)"
)


def is_bare(answer: Answer) -> bool:
    """Tell whether the HTTP server itself answered this; it then says nothing but a status."""
    return (
        answer.status in BARE
        and set(answer.headers) == _BARE_HEADERS
        and answer.headers[b"connection"] == b"close"
        and not answer.body
    )


def fault(answer: Answer, asked: bytes) -> str | None:
    """Return what is wrong with an answer; None if nothing is."""
    if answer.status >= 500:
        return f"status {answer.status}"
    told = b"\n".join(b"%b: %b" % field for field in answer.headers.items()) + answer.body
    for leak in LEAK.finditer(told):
        if leak[0].lower() not in asked.lower():
            return f"tells {leak[0].decode(errors='replace')!r}"
    if answer.status >= 400:
        human = answer.status == 404 and any(place in asked for place in _HUMAN)
        page = human and answer.headers.get(b"content-type") == b"text/html; charset=utf-8"
        return None if page or is_bare(answer) else _no_problem(answer)
    return _no_success(answer)


def _no_success(answer: Answer) -> str | None:
    if answer.headers.get(b"api-version") != b"1.0.0":
        return "no API-version"
    content = answer.headers.get(b"content-type", b"")
    if answer.body and not _CONTENT.fullmatch(content):
        return f"content type {content!r}"
    if content == b"application/json" and answer.body:
        json.loads(answer.body)
    return None


def _no_problem(answer: Answer) -> str | None:
    if answer.headers.get(b"content-type") != b"application/problem+json":
        return "an error that is no problem document"
    if answer.headers.get(b"api-version") != b"1.0.0":
        return "no API-version"
    if not answer.body:  # the answer to HEAD
        return None
    document = json.loads(answer.body)
    members = [name for name in document if name != "invalidParams"]
    right = (
        members == _MEMBERS
        and document["status"] == answer.status
        and all(isinstance(document[n], str) and document[n] for n in _MEMBERS if n != "status")
        and _INSTANCE.fullmatch(document["instance"])
        and all(
            list(entry) == ["name", "code", "reason"] and all(entry.values())
            for entry in document.get("invalidParams", [])
        )
    )
    return None if right else f"problem document {answer.body!r}"
