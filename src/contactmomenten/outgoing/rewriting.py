"""Calls through an outway of NLX or FSC: public URLs outside, outway URLs on the way (§ 11)."""

from collections.abc import Callable, Sequence
from urllib.parse import quote, unquote, urlsplit

import msgspec

from contactmomenten.outgoing.failures import Failure
from contactmomenten.outgoing.urls import falls_under, parse

Pairs = Sequence[tuple[str, str]]


class Rewriting:
    """Turns public URLs into those of the outway, and back."""

    def __init__(self, pairs: Pairs) -> None:
        """Read pairs of a public prefix and an outway prefix.

        Raises:
            ValueError: a prefix is no plain URL, or only one of a pair ends in a slash.
        """
        for pair in pairs:
            for prefix in pair:
                _check(prefix)
            if len({prefix.endswith("/") for prefix in pair}) > 1:
                raise ValueError(f"Only one of {pair[0]} and {pair[1]} ends in a slash.")
        self._to_outway = _longest_first(pairs)
        self._to_public = _longest_first([(outway, public) for public, outway in pairs])

    def to_outway(self, url: str) -> str:
        """Return the URL to call in place of `url`, `url` itself when no prefix fits."""
        return _replaced(url, self._to_outway)

    def to_public(self, url: str) -> str:
        """Return the public form of `url`."""
        return _replaced(url, self._to_public)

    def query_to_outway(self, url: str) -> str:
        """Rewrite the URLs among the values in the query of `url`."""
        rest, mark, query = url.partition("?")
        if not mark:
            return url
        query, *fragment = query.split("#", 1)
        parts = [self._parameter(part) for part in query.split("&")]
        return "#".join([f"{rest}?{'&'.join(parts)}", *fragment])

    def body_to_outway(self, body: bytes) -> bytes:
        """Rewrite the URLs among the values of a JSON `body`."""
        try:
            return msgspec.json.encode(_mapped(msgspec.json.decode(body), self.to_outway))
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return body

    def json_to_public(self, value: object) -> object:
        """Rewrite the URLs among the values of an answer."""
        return _mapped(value, self.to_public) if self._to_public else value

    def _parameter(self, part: str) -> str:
        name, mark, value = part.partition("=")
        plain = unquote(value)
        rewritten = self.to_outway(plain)
        return part if rewritten == plain else f"{name}{mark}{quote(rewritten, safe='')}"


def _check(prefix: str) -> None:
    try:
        parse(prefix)
    except Failure:
        raise ValueError(f"{prefix} is not a URL that can be called.") from None
    parts = urlsplit(prefix)
    plain = falls_under(prefix, f"{parts.scheme}://{parts.netloc}")  # no /../
    if "@" in parts.netloc or "?" in prefix or "#" in prefix or not plain:
        raise ValueError(f"{prefix} must be without user, query, fragment, . and .. .")


def _longest_first(pairs: Pairs) -> Pairs:
    return sorted(pairs, key=lambda pair: len(pair[0]), reverse=True)


def _replaced(url: str, pairs: Pairs) -> str:
    for before, after in pairs:
        if falls_under(url, before):
            return after + url[len(before) :]
    return url


def _mapped(value: object, rewrite: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return rewrite(value)
    if isinstance(value, list):
        return [_mapped(item, rewrite) for item in value]
    if isinstance(value, dict):
        return {key: _mapped(item, rewrite) for key, item in value.items()}
    return value
