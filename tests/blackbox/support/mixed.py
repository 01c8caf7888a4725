"""A writer of all kinds of writes, that knows what must be there when the program is killed."""

import random
import threading
from dataclasses import dataclass, field

import httpx

from . import clients
from .api import Api
from .standin import StandIn
from .values import RSIN, JsonObject, unique

CONTACT = "/contactmomenten"
KLANT = "/klantcontactmomenten"
OBJECT = "/objectcontactmomenten"


@dataclass
class Known:
    """What a writer knows of one resource that was acknowledged.

    A write without an answer may or may not have been done: until it is read again, all that it
    may be is known. `there` is None as long as it is not known.
    """

    content: JsonObject
    owner: "Known | None" = None
    teksten: set[str] = field(default_factory=set)
    there: bool | None = True
    followed: bool = False

    @property
    def url(self) -> str:
        return str(self.content["url"])

    @property
    def expected(self) -> bool | None:
        """Tell whether it must be there: not when what it belongs to is not."""
        if self.owner is not None and self.owner.there is not True:
            return False if self.there is False else self.owner.there
        return self.there


class Mixed(threading.Thread):
    """Makes, changes, chains, relates and removes contactmomenten of its own until told to stop."""

    def __init__(self, root: str, standin: StandIn, seed: int) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.moments: list[Known] = []
        self.relations: list[Known] = []
        self.acknowledged = 0
        self.unanswered = 0
        self.refused = 0
        self.wrong: list[str] = []
        self.kanaal = unique("mix")
        self._root = root
        self._standin = standin
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._paused = threading.Event()
        self._idle = threading.Event()
        self._checked = 0

    def run(self) -> None:
        with httpx.Client(trust_env=False, timeout=10) as http:
            api = Api(self._root, http, self._standin, clients.ALLES)
            number = 0
            while not self.done.is_set():
                if self._paused.is_set():
                    self._idle.set()
                    self.done.wait(0.01)
                    continue
                number += 1
                self._write(api, str(number))

    def pause(self) -> None:
        """Wait until nothing is under way."""
        self._idle.clear()
        self._paused.set()
        assert self._idle.wait(30)

    def resume(self) -> None:
        self._paused.clear()

    def end(self) -> None:
        self.done.set()
        self.join(30)
        assert not self.is_alive()

    # --- writing ------------------------------------------------------------------------------

    def _write(self, api: Api, tekst: str) -> None:
        recent = [one for one in self.moments[-30:] if one.there]
        kind = self._random.choices(
            ("create", "patch", "put", "klant", "object", "unrelate", "delete"),
            (30, 20, 10, 16, 8, 8, 8),
        )[0]
        if kind == "create" or not recent:
            self._create(api, recent)
            return
        moment = self._random.choice(recent)
        if kind in {"patch", "put"}:
            self._change(api, kind, moment, tekst)
        elif kind in {"klant", "object"}:
            self._relate(api, kind, moment)
        elif kind == "unrelate":
            there = [one for one in self.relations[-30:] if one.expected]
            if there:
                self._remove(api, self._random.choice(there))
        elif not moment.followed:
            self._remove(api, moment)

    def _send(self, api: Api, method: str, path: str, body: object = None) -> httpx.Response | None:
        """Send a write; None when it is not known whether it was done."""
        try:
            response = api.request(method, path, body)
        except httpx.ConnectError:
            self.done.wait(0.02)
            return None
        except httpx.TransportError:
            self.unanswered += 1
            return None
        if response.status_code == 503:
            if response.headers.get("retry-after") != "1":
                self.wrong.append("503 without Retry-After")
            self.refused += 1
            self.done.wait(0.02)
            return None
        if response.status_code not in {200, 201, 204}:
            self.wrong.append(f"{method} {path}: {response.status_code} {response.text}")
            return None
        self.acknowledged += 1
        return response

    def _create(self, api: Api, recent: list[Known]) -> None:
        vorig = None
        free = [one for one in recent if not one.followed]
        if free and self._random.random() < 0.6:
            vorig = free[-1]
            vorig.followed = True
        body = api.moment_body(kanaal=self.kanaal, vorigContactmoment=vorig.url if vorig else None)
        response = self._send(api, "POST", CONTACT, body)
        if response is not None:
            content = response.json()
            self.moments.append(Known(content, teksten={content["tekst"]}))

    def _change(self, api: Api, kind: str, moment: Known, tekst: str) -> None:
        before = set(moment.teksten)
        moment.teksten.add(tekst)
        body = {"tekst": tekst} if kind == "patch" else {"bronorganisatie": RSIN, "tekst": tekst}
        if self._send(api, kind.upper(), moment.url, body) is not None:
            moment.teksten -= before

    def _relate(self, api: Api, kind: str, moment: Known) -> None:
        path, make = (KLANT, api.klant_body) if kind == "klant" else (OBJECT, api.object_body)
        response = self._send(api, "POST", path, make(moment.url))
        if response is not None:
            self.relations.append(Known(response.json(), owner=moment))

    def _remove(self, api: Api, one: Known) -> None:
        if "object" in one.content:
            self._standin.forget(one.content["object"])
        one.there = None
        if self._send(api, "DELETE", one.url) is not None:
            one.there = False

    # --- checking -----------------------------------------------------------------------------

    def check(self, api: Api, *, everything: bool) -> list[str]:
        """Return what was acknowledged and is not so; only of late, or everything."""
        moments, relations = self.moments, self.relations
        if not everything:
            moments, relations = moments[-60:], relations[-60:]
        return [
            *(lost for one in moments for lost in self._check_moment(api, one)),
            *(lost for one in relations for lost in self._check_relation(api, one)),
        ]

    def _check_moment(self, api: Api, one: Known) -> list[str]:
        response = api.get(one.url)
        if response.status_code == 404:
            lost = one.there is True
            one.there = False
            return [f"gone: {one.url}"] if lost else []
        if response.status_code != 200 or one.there is False:
            return [f"{response.status_code}: {one.url}"]
        one.there = True
        found = response.json()
        if found["tekst"] not in one.teksten:
            return [f"not {one.teksten}: {found}"]
        one.teksten = {found["tekst"]}
        changing = {"tekst": "", "volgendContactmoment": None}
        if found | changing != one.content | changing:
            return [f"not {one.content}: {found}"]
        return []

    @staticmethod
    def _check_relation(api: Api, one: Known) -> list[str]:
        response = api.get(one.url)
        expected = one.expected
        if response.status_code == 404:
            one.there = False
            return [f"gone: {one.url}"] if expected is True else []
        if response.status_code != 200 or expected is False or response.json() != one.content:
            return [f"{response.status_code}: {one.url} {response.text}"]
        one.there = True
        return []
