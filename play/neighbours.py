"""The stand-ins: Zaken, Klanten, Autorisaties and Notificaties API behind one server."""

import json
import re
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from play.registers import AUTORISATIES, KLANTEN, NOTIFICATIES, ZAKEN, Json, Registers

_TIMEOUT: Final = 10.0

_OBJECT: Final = re.compile(r"(?P<collection>/.+)/(?P<uuid>[0-9a-f-]{36})")

_ZAKEN_OAS: Final = """openapi: 3.0.0
info: {title: Zaken API, version: 1.1.0}
paths:
  /zaakcontactmomenten:
    get: {operationId: zaakcontactmoment_list, responses: {}}
"""


class Refused(Exception):  # noqa: N818 (an answer, not an error of ours)
    """The stand-in answers with another status."""

    def __init__(self, status: int, content: object) -> None:
        """Answer `status` with `content`."""
        super().__init__(status)
        self.status, self.content = status, content


class Neighbours(ThreadingHTTPServer):
    """All stand-ins; `sign` gives the token with which the Zaken API calls this API."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, sign: Callable[[], str]) -> None:
        """Serve at 127.0.0.1:`port` (0 takes a free one) from now on."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.origin = f"http://127.0.0.1:{self.server_address[1]}"
        self.registers = Registers(self.origin)
        self.sign = sign
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def found(self, path: str, query: dict[str, str]) -> object:
        """Return what GET `path` answers."""
        registers = self.registers
        lists: dict[str, Callable[[], object]] = {
            f"{ZAKEN}zaken": lambda: _page(registers.zaken),
            f"{ZAKEN}zaakcontactmomenten": lambda: registers.related(
                query.get("zaak", ""), query.get("contactmoment", "")
            ),
            f"{KLANTEN}klanten": lambda: _page(registers.klanten),
            f"{KLANTEN}medewerkers": lambda: _page(registers.medewerkers),
            f"{AUTORISATIES}applicaties": lambda: self._applicaties(query.get("clientIds", "")),
            f"{NOTIFICATIES}kanaal": lambda: [
                one
                for one in registers.kanalen.values()
                if one["naam"] == query.get("naam", one["naam"])
            ],
            f"{NOTIFICATIES}abonnement": lambda: list(registers.abonnementen.values()),
            f"{NOTIFICATIES}ontvangen": lambda: registers.notificaties,
        }
        with registers.lock:
            if path in lists:
                return lists[path]()
            return self._object(path)

    def made(self, path: str, content: Json) -> Json:
        """Return what POST `path` makes."""
        registers = self.registers
        if path == f"{ZAKEN}zaakcontactmomenten":
            return self._relate(path, content)
        if path == f"{NOTIFICATIES}notificaties":
            self._tell(content)
            return content
        register = {
            f"{ZAKEN}zaken": registers.zaken,
            f"{KLANTEN}klanten": registers.klanten,
            f"{KLANTEN}medewerkers": registers.medewerkers,
            f"{AUTORISATIES}applicaties": registers.applicaties,
            f"{NOTIFICATIES}kanaal": registers.kanalen,
            f"{NOTIFICATIES}abonnement": registers.abonnementen,
        }.get(path)
        if register is None:
            raise Refused(404, {"detail": "Niet gevonden."})
        return self._object(urlsplit(registers.add(register, path, content)).path)

    def removed(self, path: str) -> None:
        """Do what DELETE `path` does; a removed zaakcontactmoment leaves our relation alone."""
        with self.registers.lock:
            if not any(
                register.pop(path.rsplit("/", 1)[1], None) for register in self._registers()
            ):
                raise Refused(404, {"detail": "Niet gevonden."})

    def _registers(self) -> list[dict[str, Json]]:
        registers = self.registers
        return [
            registers.zaken,
            registers.zaakcontactmomenten,
            registers.klanten,
            registers.medewerkers,
            registers.applicaties,
            registers.kanalen,
            registers.abonnementen,
        ]

    def _object(self, path: str) -> Json:
        match = _OBJECT.fullmatch(path)
        url = f"{self.origin}{path}"
        for register in self._registers():
            if match is not None and register.get(match["uuid"], {}).get("url") == url:
                return register[match["uuid"]]
        raise Refused(404, {"detail": "Niet gevonden."})

    def _applicaties(self, client_ids: str) -> Json:
        asked = set(filter(None, client_ids.split(",")))
        return _page(
            {
                uuid: one
                for uuid, one in self.registers.applicaties.items()
                if not asked or asked & set(one["clientIds"])
            }
        )

    def _relate(self, path: str, content: Json) -> Json:
        """Relate a zaak as the Zaken API does: keep the relation, then tell it to this API.

        With `zwijgen` it keeps its own half only, so that the player can make the other one.
        """
        relation = {"zaak": content["zaak"], "contactmoment": content["contactmoment"]}
        url = self.registers.add(self.registers.zaakcontactmomenten, path, relation)
        if content.get("zwijgen"):
            return self._object(urlsplit(url).path)
        root = content["contactmoment"].rsplit("/contactmomenten/", 1)[0]
        try:
            other = self._call(
                f"{root}/objectcontactmomenten",
                {
                    "contactmoment": content["contactmoment"],
                    "object": content["zaak"],
                    "objectType": "zaak",
                },
            )
        except Refused:
            with self.registers.lock:
                del self.registers.zaakcontactmomenten[url.rsplit("/", 1)[1]]
            raise
        return {**self._object(urlsplit(url).path), "objectcontactmoment": other["url"]}

    def _call(self, url: str, content: Json) -> Json:
        headers = {
            "Authorization": f"Bearer {self.sign()}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        request = urllib.request.Request(url, json.dumps(content).encode(), headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
                answer: Json = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            raise Refused(400, json.loads(error.read())) from None

    def _tell(self, notificatie: Json) -> None:
        """Keep a notification, and call whoever asked for its kanaal."""
        with self.registers.lock:
            self.registers.notificaties.append(notificatie)
            subscribed = [
                one
                for one in self.registers.abonnementen.values()
                if any(kanaal["naam"] == notificatie.get("kanaal") for kanaal in one["kanalen"])
            ]
        for one in subscribed:
            request = urllib.request.Request(  # noqa: S310 (URLs of the player's own)
                one["callbackUrl"],
                json.dumps(notificatie).encode(),
                {"Authorization": one.get("auth", ""), "Content-Type": "application/json"},
            )
            try:
                urllib.request.urlopen(request, timeout=_TIMEOUT).close()  # noqa: S310
            except OSError as error:
                print(f"Callback {one['callbackUrl']}: {error}", file=sys.stderr)  # noqa: T201

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent when a caller goes away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Neighbours

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        if split.path == f"{ZAKEN}schema/openapi.yaml":
            self._send(200, _ZAKEN_OAS.encode(), "application/yaml")
            return
        query = {name: values[-1] for name, values in parse_qs(split.query).items()}
        self._answer(200, lambda _: self.server.found(split.path, query))

    def do_POST(self) -> None:
        self._answer(201, lambda body: self.server.made(self.path, json.loads(body)))

    def do_DELETE(self) -> None:
        self._answer(204, lambda _: self.server.removed(self.path))

    def _answer(self, status: int, work: Callable[[bytes], object]) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            content = work(body)
        except Refused as refused:
            status, content = refused.status, refused.content
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            status, content = 400, {"detail": f"{type(error).__name__}: {error}"}
        self._send(status, b"" if status == 204 else json.dumps(content).encode())  # noqa: PLR2004

    def _send(self, status: int, body: bytes, media_type: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
        """Leave the screen to the program."""


def _page(register: dict[str, Json]) -> Json:
    results = list(register.values())
    return {"count": len(results), "next": None, "previous": None, "results": results}
