"""The OAS document as JSON and as YAML.

All but the URL of the server is the same for every request, so the text is made once, with a gap
for that URL. Whatever hosts are asked for, nothing is made or kept for them.
"""

from collections.abc import Sequence
from functools import cached_property

import msgspec
import yaml

from contactmomenten.http.routing import Route
from contactmomenten.openapi.components import OAS
from contactmomenten.openapi.document import OAS_VERSION, document

__all__ = ["OAS_VERSION", "Documents", "documents"]

_GAP = "https://server.invalid/gap"


class _Dumper(yaml.SafeDumper):
    """Writes YAML that people can read: no anchors, long texts as blocks."""

    def ignore_aliases(self, data: object) -> bool:
        """Write a value anew wherever it occurs."""
        del data
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)

_Halves = tuple[bytes, bytes]


class Documents:
    """The OAS document of one route table, in every form in which it is served."""

    def __init__(self, routes: Sequence[Route]) -> None:
        """Keep `routes`; the texts are made when they are first asked for."""
        self.routes = routes

    def json(self, server: str) -> bytes:
        """Return the document as JSON, for the API at the absolute URL `server`."""
        return _joined(self._json, server)

    def yaml(self, server: str) -> bytes:
        """Return the document as YAML, for the API at the absolute URL `server`."""
        return _joined(self._yaml, server)

    @cached_property
    def _document(self) -> OAS:
        return document(self.routes, _GAP)

    @cached_property
    def _json(self) -> _Halves:
        return _halves(msgspec.json.encode(self._document), f'"{_GAP}"')

    @cached_property
    def _yaml(self) -> _Halves:
        text = yaml.dump(
            self._document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100
        )
        return _halves(text.encode(), _GAP)


def _halves(text: bytes, gap: str) -> _Halves:
    before, _, after = text.partition(gap.encode())
    return before, after


def _joined(halves: _Halves, server: str) -> bytes:
    # A string of JSON means the same in YAML.
    return msgspec.json.encode(server).join(halves)


_latest: list[Documents] = []


def documents(routes: Sequence[Route]) -> Documents:
    """Return the documents of `routes`; those of the latest route table are kept."""
    if not _latest or _latest[0].routes is not routes:
        _latest[:] = [Documents(routes)]
    return _latest[0]
