"""The tools of this suite are checked too; these need no program."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import quote

import httpx
import pytest

from .support import clients, expect, raw, tokens
from .support.standin import StandIn
from .support.values import OMIT, unique, unique_rsin, without_omitted


def test_a_token_is_the_example_of_rfc_7515() -> None:
    header = b'{"typ":"JWT",\r\n "alg":"HS256"}'
    payload = b'{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'
    key = base64.urlsafe_b64decode(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow=="
    )
    signed = f"{tokens.part(header)}.{tokens.part(payload)}"
    mac = tokens.b64url(hmac.new(key, signed.encode(), hashlib.sha256).digest())
    assert mac == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def test_a_signed_token_verifies_with_its_secret() -> None:
    token = tokens.token(clients.ALLES, {"iat": OMIT, "x": 1})
    head, payload, signature = token.split(".")
    mac = hmac.new(clients.ALLES.secret.encode(), f"{head}.{payload}".encode(), hashlib.sha256)
    assert signature == tokens.b64url(mac.digest())
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["x"] == 1
    assert "iat" not in claims


def test_generated_rsins_pass_the_eleven_test() -> None:
    for rsin in (unique_rsin() for _ in range(200)):
        weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
        assert len(rsin) == 9
        assert sum(int(d) * w for d, w in zip(rsin, weights, strict=True)) % 11 == 0


def test_omitted_fields_are_left_out() -> None:
    assert without_omitted({"a": OMIT, "b": None}) == {"b": None}
    assert len({unique() for _ in range(1000)}) == 1000


def test_the_stand_in_plays_every_role(standin: StandIn, http: httpx.Client) -> None:
    zaak = standin.zaak()
    content = http.get(zaak).json()
    assert {"bronorganisatie", "zaaktype", "verantwoordelijkeOrganisatie", "startdatum"} <= set(
        content
    )
    lookup = f"{standin.origin}/zaken/api/v1/zaakcontactmomenten?zaak={quote(zaak, safe='')}"
    assert len(http.get(lookup).json()) == 1
    standin.forget(zaak)
    assert http.get(lookup).json() == []
    assert http.get(standin.klant()).json() == {}
    assert http.get(standin.medewerker()).json() == {}


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer early, in chunks, with the method and a repeated header."""
        self.send_response(418)
        self.send_header("X-Twee", "1")
        self.send_header("X-Twee", "2")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        self.close_connection = True

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def echo() -> Iterator[str]:
    """Start a server that answers before the body is there."""
    with HTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(5)


def test_raw_requests_read_headers_literally_and_bodies_whole(echo: str) -> None:
    response = raw.send(echo, "POST", "/x", [("Host", "a.example.nl")], b"")
    assert (response.status_code, response.text) == (418, "abcde")
    assert response.headers.get_list("x-twee") == ["1", "2"]
    assert response.request.headers["host"] == "a.example.nl"
    head = raw.send(echo, "HEAD", "/x")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == "7"


def test_an_upload_stops_at_an_early_answer(echo: str) -> None:
    sent: list[raw.Header] = [("Content-Length", str(10**9))]
    blocks = (b"x" * 65536 for _ in range(15_000))
    taken, response = raw.upload(echo, "/x", sent, blocks)
    assert (response.status_code, response.text) == (418, "abcde")
    assert taken < 5


def problem_response(**changes: object) -> httpx.Response:
    document = {
        "type": "http://a.nl/ref/fouten/ValidationError/",
        "code": "invalid",
        "title": "Ongeldige invoer.",
        "status": 400,
        "detail": "Ongeldig: kanaal.",
        "instance": "urn:uuid:5f0d7a3c-0000-4000-8000-000000000000",
        "invalidParams": [{"name": "kanaal", "code": "null", "reason": expect.NULL[1]}],
    } | changes
    headers = {"Content-Type": "application/problem+json", "API-version": "1.0.0"}
    request = httpx.Request("GET", "http://a.nl/")
    return httpx.Response(400, headers=headers, json=document, request=request)


def test_a_right_problem_document_passes() -> None:
    expect.invalid(problem_response(), expect.at("kanaal", expect.NULL))


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "x"},
        {"code": "x"},
        {"title": "Invalid input."},
        {"status": "400"},
        {"detail": ""},
        {"detail": "Ongeldig."},
        {"instance": "urn:uuid:1"},
        {"invalidParams": []},
        {"extra": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_wrong_problem_document_fails(changes: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        expect.invalid(problem_response(**changes), expect.at("kanaal", expect.NULL))
