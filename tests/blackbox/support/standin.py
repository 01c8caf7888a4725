"""A stand-in for every other API: Zaken, Klanten, Medewerkers, and an empty Autorisaties API."""

import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .values import JsonObject

ZAKEN_SCHEMA = (
    "openapi: 3.0.0\ninfo: {title: Zaken API, version: 1.1.0}\npaths:\n"
    "  /zaakcontactmomenten:\n    get: {operationId: zaakcontactmoment_list, responses: {}}\n"
)


def zaak(url: str) -> JsonObject:
    """Give a Zaak with every property that its shape demands."""
    return {
        "url": url,
        "bronorganisatie": "000000000",
        "zaaktype": "https://catalogi.example.nl/api/v1/zaaktypen/1",
        "verantwoordelijkeOrganisatie": "000000000",
        "startdatum": "2026-01-01",
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "StandIn"

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        own = f"{self.server.origin}{self.path}"
        if split.path.startswith("/zaken/api/v1/zaken/"):
            self._answer(zaak(own))
        elif split.path == "/zaken/api/v1/zaakcontactmomenten":
            asked = parse_qs(split.query).get("zaak", [""])[0]
            found = (
                [] if asked in self.server.gone else [{"url": f"{own.split('?', maxsplit=1)[0]}/1"}]
            )
            self._answer(found)
        elif split.path == "/zaken/api/v1/schema/openapi.yaml":
            self._answer(ZAKEN_SCHEMA, "application/yaml")
        elif split.path == "/autorisaties/api/v1/applicaties":
            self._answer({"count": 0, "next": None, "previous": None, "results": []})
        else:
            self._answer({})

    def _answer(self, content: object, media_type: str = "application/json") -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
        pass


class StandIn(ThreadingHTTPServer):
    """Answers on loopback until closed; can be told that a zaak lost its relation."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.gone: set[str] = set()
        self.origin = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent when a caller goes away."""

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join(5)

    def forget(self, zaak_url: str) -> None:
        """From now on the Zaken API knows no relation of this zaak."""
        self.gone.add(zaak_url)

    def zaak(self) -> str:
        return f"{self.origin}/zaken/api/v1/zaken/{uuid.uuid4()}"

    def klant(self) -> str:
        return f"{self.origin}/klanten/api/v1/klanten/{uuid.uuid4()}"

    def medewerker(self) -> str:
        return f"{self.origin}/medewerkers/{uuid.uuid4()}"
