"""Bodies meant to hurt: a quick 4xx each time, and no memory kept."""

import gzip
import json
import sys
import time
import zlib
from collections.abc import Iterator

import pytest

from .support import expect, raw
from .support.api import Api
from .support.expect import at
from .support.program import Program
from .support.values import JsonObject

PATH = "/contactmomenten"
CREATES = ["/contactmomenten", "/klantcontactmomenten", "/objectcontactmomenten"]
QUICK = 0.3  # wanted is 0.1; the rest is for a noisy machine
DEEP = 5000
HUGE = 100 * 1024 * 1024
BLOCK = b"x" * 65536
# {"bronorganisatie":"423182687","tekst":"<10 MB of blanks>"} in 65 bytes of brotli
BROTLI = bytes.fromhex(
    "cbffff3f00c4da39adbad9e289efb78dfa418ae23675cb8785a47c8c7b76005791"
    "f77f9dd3612892934ad58608fa7a8421c8544b0c0052227d25c961011473c420"
)


@pytest.fixture(scope="module", autouse=True)
def no_growth(program: Program, api: Api) -> Iterator[None]:
    """All of this module together leaves the server's own processes about as big as before."""
    for _ in range(20):
        api.post(PATH, api.moment_body())
    before = program.resident_megabytes()
    yield
    after = program.resident_megabytes()
    report(f"resident: {before:.0f} MB before, {after:.0f} MB after")
    assert after - before < 50


def report(line: str) -> None:
    """Tell what was measured (pytest shows it with -rP)."""
    sys.stdout.write(f"{line}\n")


def json_headers(api: Api) -> list[raw.Header]:
    return [*api.authorization().items(), ("Content-Type", "application/json")]


def fill(head: bytes, tail: bytes = b"") -> Iterator[bytes]:
    """Give 100 MB of JSON, block by block."""
    yield head
    for _ in range(HUGE // len(BLOCK)):
        yield BLOCK
    if tail:
        yield tail


def chunked(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Frame blocks as chunks."""
    for block in blocks:
        yield b"%x\r\n%b\r\n" % (len(block), block)
    yield b"0\r\n\r\n"


def quick(api: Api, path: str, content: bytes, **headers: str) -> tuple[int, str]:
    """POST a body whole; expect a 4xx in time; give status and text."""
    sent = json_headers(api)
    sent += [(name.replace("_", "-"), value) for name, value in headers.items()]
    sent.append(("Content-Length", str(len(content))))
    taken, response = raw.upload(api.origin, f"/api/v1{path}", sent, iter([content]))
    report(f"{response.status_code} after {taken * 1000:.0f} ms")
    assert 400 <= response.status_code < 500, response.text
    assert taken < QUICK
    return response.status_code, response.text


@pytest.mark.parametrize("path", CREATES)
def test_100_megabytes_with_a_length(api: Api, path: str) -> None:
    sent = json_headers(api)
    sent.append(("Content-Length", str(HUGE + 10)))
    blocks = fill(b'{"tekst":"')
    taken, response = raw.upload(api.origin, f"/api/v1{path}", sent, blocks)
    report(f"{response.status_code} after {taken * 1000:.0f} ms")
    assert 400 <= response.status_code < 500
    assert taken < QUICK


@pytest.mark.parametrize("path", CREATES)
def test_100_megabytes_in_chunks(api: Api, path: str) -> None:
    sent = json_headers(api)
    sent.append(("Transfer-Encoding", "chunked"))
    blocks = chunked(fill(b'{"tekst":"', b'"}'))
    taken, response = raw.upload(api.origin, f"/api/v1{path}", sent, blocks)
    report(f"{response.status_code} after {taken * 1000:.0f} ms")
    assert 400 <= response.status_code < 500
    assert taken < QUICK


def test_100_megabytes_of_an_update(api: Api, moment: JsonObject) -> None:
    target = "/api/v1" + moment["url"].removeprefix(api.root)
    for method in ("PUT", "PATCH"):
        sent = [*json_headers(api), ("Content-Length", str(HUGE + 10))]
        blocks = fill(b'{"tekst":"')
        taken, response = raw.upload(api.origin, target, sent, blocks, method=method)
        assert 400 <= response.status_code < 500
        assert taken < QUICK
    assert api.read(moment["url"]) == moment


def test_an_anonymous_100_megabytes_is_not_read(api: Api) -> None:
    sent: list[raw.Header] = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(HUGE + 10)),
    ]
    taken, response = raw.upload(api.origin, f"/api/v1{PATH}", sent, fill(b"{"))
    assert response.status_code in {403, 413}
    assert taken < QUICK


def nested(opening: bytes, closing: bytes, middle: bytes = b"1") -> bytes:
    return opening * DEEP + middle + closing * DEEP


DEEPLY = {
    "arrays": nested(b"[", b"]"),
    "objects": nested(b'{"a":', b"}"),
    "both": nested(b'[{"a":', b"}]"),
    "arrays never closed": b"[" * DEEP,
    "objects never closed": b'{"a":' * DEEP,
}


@pytest.mark.parametrize("path", CREATES)
@pytest.mark.parametrize("content", DEEPLY.values(), ids=list(DEEPLY))
def test_5000_levels_deep(api: Api, path: str, content: bytes) -> None:
    assert quick(api, path, content)[0] == 400


@pytest.mark.parametrize(
    "name",
    [
        "bronorganisatie",
        "tekst",
        "onderwerpLinks",
        "initiatiefnemer",
        "medewerker",
        "medewerkerIdentificatie",
        "vorigContactmoment",
        "registratiedatum",
    ],
)
@pytest.mark.parametrize("kind", ["arrays", "objects"])
def test_5000_levels_deep_in_a_field(api: Api, name: str, kind: str) -> None:
    body = json.dumps(api.moment_body(**{name: "HIER"})).encode()
    assert quick(api, PATH, body.replace(b'"HIER"', DEEPLY[kind]))[0] == 400


@pytest.mark.parametrize("kind", ["arrays", "objects"])
def test_5000_levels_deep_in_an_unknown_property_never_crashes(api: Api, kind: str) -> None:
    """Ignored like any unknown property, or refused as a whole."""
    body = json.dumps(api.moment_body(onbekend="HIER")).encode()
    content = body.replace(b'"HIER"', DEEPLY[kind])
    assert api.request("POST", PATH, content=content).status_code in {201, 400}


def test_a_million_levels_deep(api: Api) -> None:
    assert quick(api, PATH, b"[" * 1_000_000)[0] < 500


@pytest.mark.parametrize("value", ["\ud800", "a\udfffb", "\udc00\ud800"], ids=ascii)
@pytest.mark.parametrize(
    "name", ["kanaal", "voorkeurskanaal", "voorkeurstaal", "tekst", "medewerker", "bronorganisatie"]
)
def test_a_lone_surrogate_is_invalid_on_its_field(api: Api, name: str, value: str) -> None:
    """D-18."""
    found = expect.entries(api.post(PATH, api.moment_body(**{name: value})))
    assert {entry[0] for entry in found} == {name}
    if name != "bronorganisatie":  # there the RSIN rule may come first
        assert found[0][1] == "invalid"


@pytest.mark.parametrize(
    "name", ["identificatie", "achternaam", "voorletters", "voorvoegselAchternaam"]
)
def test_a_lone_surrogate_is_invalid_in_an_identificatie(api: Api, name: str) -> None:
    body = api.moment_body(medewerkerIdentificatie={name: "\ud800"})
    [(field, code, _)] = expect.entries(api.post(PATH, body))
    assert (field, code) == (f"medewerkerIdentificatie.{name}", "invalid")


def test_a_lone_surrogate_is_invalid_in_other_urls(api: Api, moment: JsonObject) -> None:
    odd = "http://example.nl/\ud800"
    for path, body, name in (
        (PATH, api.moment_body(onderwerpLinks=[odd]), "onderwerpLinks.0"),
        (CREATES[1], api.klant_body(moment["url"], klant=odd), "klant"),
        (CREATES[2], api.object_body(moment["url"], object=odd), "object"),
    ):
        [(field, code, _)] = expect.entries(api.post(path, body))
        assert (field, code) == (name, "invalid")


@pytest.mark.parametrize(
    "changes",
    [
        {"initiatiefnemer": "\ud800"},
        {"initiatiefnemer": ["\ud800"]},
        {"registratiedatum": "\ud800"},
        {"vorigContactmoment": "\ud800"},
        {"vorigContactmoment": "/api/v1/contactmomenten/\ud800"},
    ],
    ids=ascii,
)
def test_a_lone_surrogate_elsewhere_is_a_400(api: Api, changes: JsonObject) -> None:
    [name] = changes
    assert {entry[0] for entry in expect.entries(api.post(PATH, api.moment_body(**changes)))} == {
        name
    }


@pytest.mark.parametrize(
    "extra",
    [{"onbekend": "\ud800"}, {"\ud800": 1}, {"medewerkerIdentificatie": {"\ud800": 1}}],
    ids=ascii,
)
def test_a_lone_surrogate_in_what_is_ignored_never_crashes(api: Api, extra: JsonObject) -> None:
    assert api.post(PATH, api.moment_body(**extra)).status_code in {201, 400}


def test_a_pair_of_surrogates_is_one_character(api: Api) -> None:
    body = json.dumps(api.moment_body(tekst="HIER")).encode().replace(b"HIER", b"\\ud83d\\ude00")
    assert api.request("POST", PATH, content=body).json()["tekst"] == "😀"


@pytest.mark.parametrize(
    "name", ["initiatiefnemer", "registratiedatum", "vorigContactmoment", "bronorganisatie"]
)
def test_nul_elsewhere_is_a_400(api: Api, name: str) -> None:
    found = expect.entries(api.post(PATH, api.moment_body(**{name: "a\0"})))
    assert {entry[0] for entry in found} == {name}


def test_nul_in_what_is_ignored_never_crashes(api: Api) -> None:
    for extra in ({"onbekend": "\0"}, {"\0": 1}):
        assert api.post(PATH, api.moment_body(**extra)).status_code in {201, 400}


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"-Infinity"])
def test_nan_and_infinity_are_refused(api: Api, literal: bytes) -> None:
    content = b'{"bronorganisatie":%b}' % literal
    assert quick(api, PATH, content)[0] == 400


@pytest.mark.parametrize(
    "number",
    [
        "1e400",
        "-1e400",
        "1e-400",
        "9" * 400,
        "9" * 5000,
        "-0",
        "-0.0",
        "1E5",
        "0.1" + "0" * 5000,
        "123456789012345678901234567890",
        "1e100000000",
    ],
    ids=lambda number: number[:12],
)
@pytest.mark.parametrize(
    "name",
    [
        "kanaal",
        "onderwerpLinks",
        "vorigContactmoment",
        "initiatiefnemer",
        "registratiedatum",
        "onbekend",
    ],
)
def test_an_absurd_number_never_crashes(api: Api, name: str, number: str) -> None:
    body = json.dumps(api.moment_body(**{name: "HIER"})).encode()
    content = body.replace(b'"HIER"', number.encode())
    assert api.request("POST", PATH, content=content).status_code in {201, 400}


@pytest.mark.parametrize("charset", ["utf-8", "", "utf-16", "utf-32", "ascii"])
def test_a_body_that_is_not_in_its_charset(api: Api, charset: str) -> None:
    wrong = "latin-1" if charset != "ascii" else "utf-8"
    body = json.dumps(api.moment_body(tekst="één"), ensure_ascii=False).encode(wrong)
    headers = {"Content-Type": f"application/json; charset={charset}"}
    response = api.request("POST", PATH, content=body, headers=headers)
    if charset == "ascii":  # all of it is UTF-8 as well
        assert response.status_code in {201, 400}
    else:
        expect.problem(response, expect.PARSE)


def test_utf16_without_its_charset_is_a_parse_error(api: Api) -> None:
    body = json.dumps(api.moment_body()).encode("utf-16")
    expect.problem(api.request("POST", PATH, content=body), expect.PARSE)


@pytest.fixture(scope="module")
def bombs() -> dict[str, bytes]:
    """JSON of 50 MB of blanks (10 MB for br), packed."""
    bomb = b'{"bronorganisatie":"423182687","tekst":"' + b" " * 50_000_000 + b'"}'
    raw_deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return {
        "gzip": gzip.compress(bomb, 6),
        "x-gzip": gzip.compress(bomb, 6),
        "deflate": zlib.compress(bomb, 6),
        "raw deflate": raw_deflate.compress(bomb) + raw_deflate.flush(),
        "br": BROTLI,
        "zstd": b"\x28\xb5\x2f\xfd" + b"\0" * 100,
        "gzip, gzip": gzip.compress(gzip.compress(bomb, 6)),
    }


@pytest.mark.parametrize(
    "name", ["gzip", "x-gzip", "deflate", "raw deflate", "br", "zstd", "gzip, gzip"]
)
@pytest.mark.parametrize("path", CREATES)
def test_a_packed_bomb_is_refused(api: Api, bombs: dict[str, bytes], path: str, name: str) -> None:
    quick(api, path, bombs[name], Content_Encoding=name.removeprefix("raw "))


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_packed_body_of_normal_size_is_never_a_500(api: Api, encoding: str) -> None:
    body = json.dumps(api.moment_body()).encode()
    content = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    response = api.request("POST", PATH, content=content, headers={"Content-Encoding": encoding})
    assert response.status_code in {400, 415}


def test_many_keys_are_read_in_time(api: Api) -> None:
    content = json.dumps(api.moment_body() | {f"k{n}": n for n in range(100_000)}).encode()
    started = time.monotonic()
    assert api.request("POST", PATH, content=content).status_code in {201, 400, 413}
    assert time.monotonic() - started < 2


def test_many_faulty_links_are_answered_in_time(api: Api) -> None:
    started = time.monotonic()
    response = api.post(PATH, api.moment_body(onderwerpLinks=["abc"] * 20_000))
    assert 400 <= response.status_code < 500
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "url",
    [
        "http://" + "a" * 990,
        "http://" + "a-" * 495 + ".nl",
        "http://" + "a." * 495 + "-",
        "http://" + "[" * 900,
        "http://" + ":" * 900,
        "http://" + "@" * 900 + "a.nl",
    ],
    ids=lambda url: url[:12],
)
def test_a_url_meant_to_stall_a_pattern_is_refused_in_time(api: Api, url: str) -> None:
    body = json.dumps(api.moment_body(onderwerpLinks=[url] * 20)).encode()
    assert quick(api, PATH, body)[0] == 400


def test_a_body_shorter_than_its_length_never_hangs_the_others(api: Api) -> None:
    """A client that stops half-way is waited for by nobody else."""
    sent = json_headers(api)
    sent.append(("Content-Length", "1000"))
    with raw.opened(api.origin, "POST", f"/api/v1{PATH}", sent, b'{"kanaal"'):
        started = time.monotonic()
        assert api.get(PATH, kanaal="niemand").status_code == 200
        assert time.monotonic() - started < QUICK


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Length", "-1")],
        [("Content-Length", "abc")],
        [("Content-Length", "5"), ("Content-Length", "6")],
        [("Transfer-Encoding", "iets")],
        [("Content-Length", "9" * 30)],
    ],
    ids=repr,
)
def test_a_malformed_length_is_a_4xx_or_the_end(
    api: Api, headers: list[tuple[str, str | bytes]]
) -> None:
    sent = [("Content-Type", "application/json"), *headers]
    try:
        response = api.raw("POST", PATH, sent, b'{"a":1}')
    except (ConnectionError, IndexError):
        return
    assert 400 <= response.status_code < 500


def test_after_all_this_the_program_still_works(api: Api) -> None:
    moment = api.moment()
    assert api.read(moment["url"]) == moment
    expect.invalid(api.post(PATH, {}), at("bronorganisatie", expect.REQUIRED))
