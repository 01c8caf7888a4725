"""Everything that the API answers to who reads, to compare two installations by."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import Final

import httpx

from tests.blackbox.support import clients, tokens

# The same for both, as it is in every answer.
HOST: Final = "cm.voorbeeld.nl"
ROOT: Final = f"http://{HOST}/api/v1"

_LISTS: Final = ("contactmomenten", "klantcontactmomenten", "objectcontactmomenten")
_ASKED: Final = (
    "/contactmomenten?ordering=registratiedatum",
    "/contactmomenten?ordering=-kanaal",
    "/contactmomenten?ordering=medewerker_identificatie",
    "/contactmomenten?registratiedatum__gt=2025-01-01T00:00:00Z",
    "/contactmomenten?voorkeurstaal=nld",
    "/schema/openapi.json",
)


@dataclass(frozen=True)
class Answer:
    """What came back: its status, its ETag, and a digest of its body."""

    status: int
    etag: str
    body: str


@dataclass
class Crawler:
    """Reads all of one installation."""

    http: httpx.Client
    root: str

    def ask(self, path: str) -> httpx.Response:
        """Return the answer to GET `path`, below the root of the API."""
        token = tokens.token(clients.ALLES)
        headers = {"Host": HOST, "Authorization": f"Bearer {token}"}
        return self.http.get(f"{self.root}{path}", headers=headers)

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, httpx.Response]]:
        """Return the answers to many, a few at a time."""
        listed = list(paths)
        with ThreadPoolExecutor(4) as threads:
            yield from zip(listed, threads.map(self.ask, listed), strict=True)

    def urls(self, name: str) -> Iterator[tuple[str, httpx.Response, list[str]]]:
        """Return every page of a list, with the paths of what is on it."""
        for page in count(1):
            path = f"/{name}?page={page}"
            answer = self.ask(path)
            body = answer.json()
            # The relations come as a list without pages.
            results = body["results"] if isinstance(body, dict) else body
            yield path, answer, [one["url"].removeprefix(ROOT) for one in results]
            if not isinstance(body, dict) or body["next"] is None:
                return

    def everything(self) -> dict[str, Answer]:
        """Return every answer, by its path."""
        found: dict[str, Answer] = {}
        for name in _LISTS:
            paths: list[str] = []
            for path, answer, urls in self.urls(name):
                found[path] = _kept(answer)
                paths += urls
            found |= {path: _kept(answer) for path, answer in self.read(paths)}
            if name == "contactmomenten":
                trails = [f"{path}/audittrail" for path in paths]
                for path, answer in self.read(trails):
                    found[path] = _kept(answer)
                    lines = [f"{path}/{line['uuid']}" for line in answer.json()]
                    found |= {line: _kept(self.ask(line)) for line in lines}
        found |= {path: _kept(answer) for path, answer in self.read(_ASKED)}
        return found


def _kept(answer: httpx.Response) -> Answer:
    digest = sha256(answer.content).hexdigest()
    return Answer(answer.status_code, answer.headers.get("ETag", ""), digest)
