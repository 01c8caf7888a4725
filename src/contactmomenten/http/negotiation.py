"""What the client accepts and what it sends: JSON both ways (behaviour 1.5)."""

import codecs
import json
import re
from encodings.aliases import aliases
from typing import Any, NoReturn

import msgspec

from contactmomenten.fields.base import NON_FIELD, Fault
from contactmomenten.fields.nested import not_an_object
from contactmomenten.http.problems import (
    NOT_ACCEPTABLE,
    PARSE_ERROR,
    UNSUPPORTED_MEDIA_TYPE,
    Problem,
    validation_error,
)
from contactmomenten.http.request import Request

_ACCEPTED = frozenset({"*/*", "application/*", "application/json"})
_JSON = "application/json"

# Encodings whose decoders are slow on purpose-made input, or that are no encodings of text files.
_REFUSED_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
)

_CHARSETS = frozenset(aliases) | frozenset(aliases.values()) | {"utf_8_sig"}

_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_EXPLAINED = 65_536  # bytes; for larger bodies the parser's short message is enough

_decoder = msgspec.json.Decoder()


def accepts(accept: bytes | None, media_types: frozenset[str] = _ACCEPTED) -> bool:
    """Tell whether the header Accept allows one of `media_types`; q values play no part."""
    if accept is None or accept == b"*/*":
        return True
    ranges = accept.decode("latin-1").lower().split(",")
    return any(part.split(";", 1)[0].strip() in media_types for part in ranges)


def check_accept(request: Request) -> None:
    """Raise the 406 unless the client accepts JSON."""
    accept = request.headers.get(b"accept")
    if accept != b"application/json" and not accepts(accept):
        raise Problem(NOT_ACCEPTABLE)


async def read_object(request: Request, limit: int, depth: int) -> dict[str, Any]:
    """Return the JSON object in the body; an empty body is an empty object.

    Args:
        request: the request.
        limit: the most bytes that are read.
        depth: the most levels that it may be nested.

    Raises:
        Problem: 413 too large, 415 not announced as JSON, 400 no JSON, too deep, or no object.
    """
    body = await request.body.read(limit)
    if not body:
        return {}
    content_type = request.header(b"content-type") or ""
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() != _JSON:
        raise Problem(UNSUPPORTED_MEDIA_TYPE, f'Ongeldige media type "{content_type}" in aanvraag.')
    body = _as_utf8(body, parameters)
    value = _decode(body, depth)
    # What opens no more often than it may be deep is not too deep.
    if body.count(b"{") + body.count(b"[") > depth and _is_deeper(value, depth):
        raise _too_deep(depth)
    if isinstance(value, dict):
        return value
    if value is None:
        raise validation_error([Fault(NON_FIELD, "null", "No data provided")])
    raise validation_error([Fault(NON_FIELD, "invalid", not_an_object(value))])


def _as_utf8(body: bytes, parameters: str) -> bytes:
    """Return `body` in UTF-8, also when the client announced another known charset."""
    name = ""
    for parameter in parameters.split(";"):
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset":
            name = value.strip().strip('"').lower()
    # Only names that Python has a list of: it keeps every other one that it is asked for.
    if name in {"", "utf-8", "utf8"} or name.replace("-", "_") not in _CHARSETS:
        return body
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return body
    # bytes.decode refuses codecs that do not make text, such as zlib, with a LookupError.
    if codec.name in _REFUSED_CHARSETS:
        return body
    try:
        return body.decode(codec.name).encode()
    except (LookupError, ValueError) as error:
        _refuse(f"de body is geen {name}", error)


def _is_deeper(value: object, depth: int) -> bool:
    """Tell whether `value` has arrays and objects in one another, more than `depth` of them."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(depth):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _decode(body: bytes, depth: int) -> object:
    try:
        return _decoder.decode(body)
    except UnicodeDecodeError as error:
        _refuse("de body is geen UTF-8", error)
    except RecursionError:
        raise _too_deep(depth) from None
    except msgspec.DecodeError as error:
        # The standard library reads lone surrogates, which we refuse per field, and explains
        # better where the fault is; it is slower, so large bodies get the short message.
        if len(body) > _EXPLAINED and not _LONE_SURROGATE.search(body):
            _refuse(str(error), error)
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise _too_deep(depth) from None
    except UnicodeDecodeError as error:
        _refuse("de body is geen UTF-8", error)
    except ValueError as error:
        _refuse(str(error), error)


def _too_deep(depth: int) -> Problem:
    return Problem(
        PARSE_ERROR, f"JSON parse error - de gegevens zijn dieper genest dan {depth} niveaus"
    )


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is geen JSON"
    raise ValueError(message)


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        message = "getal te groot"
        raise ValueError(message)
    return number


def _refuse(message: str, cause: Exception) -> NoReturn:
    raise Problem(PARSE_ERROR, f"JSON parse error - {message}") from cause
