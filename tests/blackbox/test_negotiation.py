"""Content negotiation (1.5): Accept, Content-Type, charsets and how JSON is read."""

import codecs
import json

import pytest

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.operations import OPERATIONS, WRITES, Operation, named
from .support.values import JsonObject

PATH = "/contactmomenten?kanaal=niemand"
CREATES = ["/contactmomenten", "/klantcontactmomenten", "/objectcontactmomenten"]


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/*",
        "application/json",
        "application/json; indent=4",
        "application/json; charset=utf-8",
        "application/json;version=1.0",
        "application/json; q=0.1",
        "text/html, application/json",
        "text/html, application/json;q=0.1",
        "text/html;q=0.9,*/*;q=0.1",
        "application/xml, application/*;q=0.2",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ],
)
def test_an_accept_that_json_satisfies(api: Api, accept: str) -> None:
    content = expect.answer(api.get(PATH, {"Accept": accept}), 200, expect.COLLECTION)
    assert content["results"] == []


def test_no_accept_is_satisfied(api: Api) -> None:
    expect.answer(api.raw("GET", PATH), 200, expect.COLLECTION)


NOT_SATISFIED = [
    "text/html",
    "application/xml",
    "application/hal+json",
    "application/problem+json",
    "application/jsonx",
    "application/yaml",
    "text/*",
    "text/json",
    "image/png, text/html",
    "json",
    "abc",
    "/",
    "application",
    "application/",
]


@pytest.mark.parametrize("accept", NOT_SATISFIED)
def test_any_other_accept_is_refused(api: Api, accept: str) -> None:
    response = api.get(PATH, {"Accept": accept})
    expect.problem(response, expect.NOT_ACCEPTABLE)
    expect.headers(response, expect.COLLECTION)


def test_an_empty_accept_is_refused(api: Api) -> None:
    expect.problem(api.raw("GET", PATH, [("Accept", "")]), expect.NOT_ACCEPTABLE)


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_accept_is_looked_at_on_every_operation(api: Api, operation: Operation) -> None:
    path, body = operation.prepare(api)
    response = api.request(operation.method, path, body, headers={"Accept": "text/html"})
    expect.problem(response, expect.NOT_ACCEPTABLE)
    expect.headers(response, operation.allow)


def test_a_request_with_a_wrong_accept_does_nothing(api: Api, moment: JsonObject) -> None:
    wrong = {"Accept": "text/html"}
    api.delete(moment["url"], headers=wrong)
    api.patch(moment["url"], {"tekst": "x"}, headers=wrong)
    assert api.read(moment["url"]) == moment


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "Application/Json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json; charset=iets-onbekends",
        "application/json; charset=",
        "application/json; versie=1",
        "application/json;",
    ],
)
def test_a_content_type_of_json(api: Api, media_type: str) -> None:
    body = json.dumps(api.moment_body(tekst="één ✓"), ensure_ascii=False).encode()
    response = api.request(
        "POST", "/contactmomenten", content=body, headers={"Content-Type": media_type}
    )
    assert response.status_code == 201, response.text
    assert response.json()["tekst"] == "één ✓"


@pytest.mark.parametrize("charset", ["utf-16", "UTF-16", "iso-8859-1", "utf-16-le"])
def test_a_known_charset_is_used(api: Api, charset: str) -> None:
    body = json.dumps(api.moment_body(tekst="één"), ensure_ascii=False).encode(charset)
    headers = {"Content-Type": f"application/json; charset={charset}"}
    response = api.request("POST", "/contactmomenten", content=body, headers=headers)
    assert response.status_code == 201, response.text
    assert response.json()["tekst"] == "één"


@pytest.mark.parametrize(
    "charset", ["base64", "hex", "rot13", "zlib", "bz2", "idna", "punycode", "unicode_escape"]
)
def test_a_charset_that_is_no_text_encoding_never_crashes(api: Api, charset: str) -> None:
    body = json.dumps(api.moment_body()).encode()
    headers = {"Content-Type": f"application/json; charset={charset}"}
    response = api.request("POST", "/contactmomenten", content=body, headers=headers)
    assert response.status_code in {201, 400, 415}


OTHER_TYPES = [
    "text/plain",
    "text/plain; charset=utf-8",
    "application/problem+json",
    "application/merge-patch+json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/jsonx",
    "text/json",
    "json",
]


@pytest.mark.parametrize("media_type", OTHER_TYPES)
def test_another_content_type_is_refused(api: Api, media_type: str) -> None:
    response = api.post("/contactmomenten", api.moment_body(), headers={"Content-Type": media_type})
    detail = f'Ongeldige media type "{media_type}" in aanvraag.'
    expect.problem(response, expect.MEDIA_TYPE, detail=detail)
    expect.headers(response, expect.COLLECTION)


@pytest.mark.parametrize("operation", WRITES, ids=named)
def test_the_content_type_is_looked_at_on_every_write(api: Api, operation: Operation) -> None:
    path, body = operation.prepare(api)
    content = json.dumps(body).encode()
    for headers, text in (([], ""), ([("Content-Type", "text/plain")], "text/plain")):
        response = api.raw(operation.method, path, list(headers), content)
        detail = f'Ongeldige media type "{text}" in aanvraag.'
        expect.problem(response, expect.MEDIA_TYPE, detail=detail)


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/json", "multipart/x"])
def test_an_empty_body_is_an_empty_object(api: Api, moment: JsonObject, media_type: str) -> None:
    headers: list[tuple[str, str | bytes]] = [("Content-Length", "0")]
    if media_type:
        headers.append(("Content-Type", media_type))
    path = moment["url"].removeprefix(api.root)
    required = at("bronorganisatie", expect.REQUIRED)
    expect.invalid(api.raw("POST", "/contactmomenten", headers), required)
    expect.invalid(api.raw("PUT", path, headers), required)
    assert api.raw("PATCH", path, headers).json() == moment


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_neither_length_nor_body_is_an_empty_object(
    api: Api, moment: JsonObject, method: str
) -> None:
    path = "/contactmomenten" if method == "POST" else moment["url"].removeprefix(api.root)
    response = api.raw(method, path)
    assert response.status_code == (200 if method == "PATCH" else 400), response.text


def test_an_empty_chunked_body_is_an_empty_object(api: Api) -> None:
    headers: list[tuple[str, str | bytes]] = [("Transfer-Encoding", "chunked")]
    response = api.raw("POST", "/contactmomenten", headers, b"0\r\n\r\n")
    expect.invalid(response, at("bronorganisatie", expect.REQUIRED))


def test_a_chunked_body_is_read(api: Api) -> None:
    body = json.dumps(api.moment_body(tekst="in stukken")).encode()
    half = len(body) // 2
    blocks = [body[:half], body[half:]]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(b), b) for b in blocks) + b"0\r\n\r\n"
    response = api.raw(
        "POST",
        "/contactmomenten",
        [("Transfer-Encoding", "chunked"), ("Content-Type", "application/json")],
        chunks,
    )
    assert response.status_code == 201, response.text
    assert response.json()["tekst"] == "in stukken"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_body_on_get_and_delete_is_ignored(api: Api, moment: JsonObject, method: str) -> None:
    response = api.request(
        method, moment["url"], content=b"{kapot", headers={"Content-Type": "text/plain"}
    )
    assert response.status_code == (200 if method == "GET" else 204)


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"}",
        b"{]",
        b"[",
        b"{'a': 1}",
        b"{a: 1}",
        b'{"a" 1}',
        b'{"a": 1,}',
        b'{"a": }',
        b'{"a": 1} x',
        b'{"a": 1}{}',
        b'{"a": 01}',
        b'{"a": +1}',
        b'{"a": .5}',
        b'{"a": 1.}',
        b'{"a": 0x1}',
        b'{"a": "\x01"}',
        b'{"a": "\n"}',
        b'{"a": "\\x"}',
        b'{"a": "\\u12"}',
        b'{"a": "open',
        b'{"a": tru}',
        b'{"a": True}',
        b'{"a": None}',
        b'{"a": undefined}',
        b'// x\n{"a": 1}',
        b'{"a": 1 /* x */}',
        b"abc",
        b"<xml/>",
        b"a=1&b=2",
        b"\0",
    ],
)
@pytest.mark.parametrize("path", CREATES)
def test_broken_json_is_a_parse_error(api: Api, path: str, content: bytes) -> None:
    document = expect.problem(api.request("POST", path, content=content), expect.PARSE)
    assert document["detail"].startswith("JSON parse error - ")
    assert len(document["detail"]) > len("JSON parse error - ")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_broken_json_is_a_parse_error_on_updates(api: Api, moment: JsonObject, method: str) -> None:
    expect.problem(api.request(method, moment["url"], content=b"{"), expect.PARSE)
    assert api.read(moment["url"]) == moment


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"-Infinity"])
@pytest.mark.parametrize("name", [b"kanaal", b"onbekend"])
def test_numbers_that_json_does_not_have_are_a_parse_error(
    api: Api, name: bytes, literal: bytes
) -> None:
    content = b'{"bronorganisatie":"423182687","%b":%b}' % (name, literal)
    response = api.request("POST", "/contactmomenten", content=content)
    expect.problem(response, expect.PARSE)


def test_a_byte_order_mark_is_a_parse_error(api: Api) -> None:
    content = codecs.BOM_UTF8 + json.dumps(api.moment_body()).encode()
    response = api.request("POST", "/contactmomenten", content=content)
    expect.problem(response, expect.PARSE)


@pytest.mark.parametrize(
    "text", [b"\xe9", b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"]
)
def test_invalid_utf8_is_a_parse_error(api: Api, text: bytes) -> None:
    body = json.dumps(api.moment_body(tekst="HIER")).encode().replace(b"HIER", text)
    expect.problem(api.request("POST", "/contactmomenten", content=body), expect.PARSE)


def test_of_a_repeated_key_the_last_one_counts(api: Api) -> None:
    body = json.dumps(api.moment_body()).encode()
    content = b'{"tekst":"een",' + body[1:-1] + b',"tekst":"twee"}'
    response = api.request("POST", "/contactmomenten", content=content)
    assert response.json()["tekst"] == "twee"


def test_blanks_around_the_json_are_taken(api: Api) -> None:
    content = b" \r\n\t" + json.dumps(api.moment_body()).encode() + b"\n\n "
    assert api.request("POST", "/contactmomenten", content=content).status_code == 201


def test_a_body_of_3_megabytes_is_accepted(api: Api) -> None:
    text = "x" * 3_000_000
    assert api.moment(tekst=text)["tekst"] == text


def test_there_is_no_compression(api: Api, moment: JsonObject) -> None:
    response = api.get(moment["url"], {"Accept-Encoding": "gzip, deflate, br"})
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize("language", ["en", "de", "nl", "en-US,en;q=0.5"])
def test_the_language_is_always_dutch(api: Api, language: str) -> None:
    response = api.post("/contactmomenten", {}, headers={"Accept-Language": language})
    expect.invalid(response, at("bronorganisatie", expect.REQUIRED))
