import contextlib
import sys
import time
from typing import Any

import pytest

from contactmomenten.http.negotiation import accepts, check_accept, read_object
from contactmomenten.http.problems import Problem
from tests.application import request_of

LIMIT = 10_000_000
DEPTH = 100


async def read(
    body: bytes, content_type: str | None = "application/json", limit: int = LIMIT
) -> dict[str, Any]:
    headers = {} if content_type is None else {"content-type": content_type}
    return await read_object(request_of(body, headers=headers), limit, DEPTH)


async def problem(body: bytes, content_type: str | None = "application/json") -> Problem:
    with pytest.raises(Problem) as caught:
        await read(body, content_type)
    return caught.value


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "*/*",
        "application/*",
        "application/json",
        "APPLICATION/JSON",
        "application/json; indent=4",
        "application/json;q=0",
        "text/html, application/xhtml+xml, */*;q=0.8",
        "text/html,application/json",
        " application/json ",
        "text/html;q=1, application/json;q=0.1",
        ",,application/json,",
    ],
)
def test_json_is_accepted(accept: str | None) -> None:
    assert accepts(None if accept is None else accept.encode())


@pytest.mark.parametrize(
    "accept",
    [
        "",
        " ",
        ",",
        "text/html",
        "application/xml",
        "application/hal+json",
        "application/problem+json",
        "application/jsonx",
        "*",
        "json",
        "*/json",
        "application",
        "text/*",
        "application /json",
        '"application/json"',
        "\xff\xfe",
    ],
)
def test_json_is_not_accepted(accept: str) -> None:
    assert not accepts(accept.encode("latin-1"))


def test_a_client_that_does_not_accept_json_gets_the_406() -> None:
    with pytest.raises(Problem) as caught:
        check_accept(request_of(headers={"accept": "text/html"}))
    assert caught.value.kind.status == 406


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/json"])
async def test_an_empty_body_is_an_empty_object(content_type: str | None) -> None:
    assert await read(b"", content_type) == {}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF8",
        'application/json; charset="utf-8"',
        "application/json; charset=",
        "application/json; version=1; charset=utf-8; x",
        " application/json ;",
        "application/json; charset=nonsense",
        "application/json; charset=a\0b",
        "application/json; charset=\xe9",
        "application/json; charset=..",
        f"application/json; charset={'a' * 5000}",
        # No encodings for a JSON text: as if unknown.
        "application/json; charset=idna",
        "application/json; charset=punycode",
        "application/json; charset=unicode_escape",
        "application/json; charset=raw-unicode-escape",
        "application/json; charset=undefined",
    ],
)
async def test_json_is_read_as_utf_8(content_type: str) -> None:
    assert await read('{"a":"é\\u00e9\U0001f600"}'.encode(), content_type) == {"a": "éé\U0001f600"}


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-16", '{"a":"é"}'.encode("utf-16")),
        ("UTF-16LE", '{"a":"é"}'.encode("utf-16-le")),
        ("utf-16be", '{"a":"é"}'.encode("utf-16-be")),
        ("utf-32", '{"a":"é"}'.encode("utf-32")),
        ("utf-7", b'{"a":"+AOk-"}'),
        ("latin-1", b'{"a":"\xe9"}'),
        ("iso-8859-15", b'{"a":"\xe9"}'),
        ("windows-1252", b'{"a":"\xe9"}'),
        ("cp037", '{"a":"é"}'.encode("cp037")),
        ("utf-8-sig", '\ufeff{"a":"é"}'.encode()),
    ],
)
async def test_another_known_charset_is_read_when_announced(charset: str, body: bytes) -> None:
    assert await read(body, f"application/json; charset={charset}") == {"a": "é"}


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-16", b'{"a":1}x'),
        ("utf-16", b"\xff\xfe{"),
        ("utf-16-le", '\ufeff{"a":1}'.encode("utf-16-le")),
        ("utf-7", b'{"a":"+2AA-"}'),
        ("ascii", '{"a":"é"}'.encode()),
        ("zlib_codec", b"x\x9c\xabVJT\xb22\xac\x05\x00"),
        ("zip", b"{}"),
        ("bz2", b"{}"),
        ("rot13", b"{}"),
        ("hex", b"7b7d"),
        ("base64", b"e30="),
    ],
)
async def test_a_body_that_is_not_in_its_charset_is_a_parse_error(
    charset: str, body: bytes
) -> None:
    found = await problem(body, f"application/json; charset={charset}")
    assert (found.kind.status, found.code) == (400, "parse_error")


@pytest.mark.quiet
async def test_no_charset_makes_a_body_slow_to_read() -> None:
    begun = time.perf_counter()
    body = b'{"a":"' + b"\\u0041" * 100_000 + b'"}'
    for charset in ("idna", "punycode", "utf-7", "unicode_escape", "utf-16", "hz", "iso2022_jp"):
        with contextlib.suppress(Problem):
            await read(body, f"application/json; charset={charset}")
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/problem+json",
        "application/merge-patch+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json, application/json",
        "json",
        "application/json charset=utf-8",
        "*/*",
    ],
)
async def test_a_body_of_another_type_is_refused_and_its_type_named(
    content_type: str | None,
) -> None:
    found = await problem(b"{}", content_type)
    assert (found.kind.status, found.code) == (415, "unsupported_media_type")
    assert found.detail == f'Ongeldige media type "{content_type or ""}" in aanvraag.'


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"}",
        b"{]",
        b'{"a":}',
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":1}x',
        b'{"a":1}{"a":1}',
        b"{a:1}",
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":.5}',
        b'{"a":1.}',
        b'{"a":0x1}',
        b'{"a":1e}',
        b'{"a":tru}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e400}',
        b'{"a":-1e400}',
        b'{"a":1e999999999999}',
        b'{"a":' + b"1" * 5000 + b"}",
        b'{"a":' + b"1" * 1_000_000 + b"}",
        b'{"a":"' + b"\n" + b'"}',
        b'{"a":"\\x"}',
        b'{"a":"\\u12"}',
        b'{"a":"\\u12_4"}',
        b'{"a":"',
        b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}',
        b'{"\xc3\x28":1}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xc0\x80"}',
        b'{"a":"\xf4\x90\x80\x80"}',
        b"\xff\xfe{\x00}\x00",
        b"\0",
        b" ",
        b"\xa0{}",
        b'{"a":/**/1}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":"' + b"x" * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_what_is_no_json_is_a_parse_error(body: bytes) -> None:
    found = await problem(body)
    assert (found.kind.status, found.code) == (400, "parse_error")
    assert found.detail.startswith("JSON parse error - ")
    assert len(found.detail) < 300


@pytest.mark.parametrize("body", [b"\x85", b'{"a":"\xff"}', b'{"a":"\\ud800\xff"}', b"\xff\xfe{\0"])
async def test_what_is_no_utf8_is_told_as_such(body: bytes) -> None:
    assert (await problem(body)).detail == "JSON parse error - de body is geen UTF-8"


@pytest.mark.parametrize("nest", [b"[%s]", b'{"a":%s}', b'["\\ud800",%s]'])
@pytest.mark.parametrize("levels", [5000, 100_000])
async def test_a_body_of_too_many_levels_is_a_parse_error(nest: bytes, levels: int) -> None:
    begin, end = nest.split(b"%s")
    found = await problem(b'{"a":' + begin * levels + b"1" + end * levels + b"}")
    assert (found.kind.status, found.code) == (400, "parse_error")


async def test_a_body_of_many_levels_is_read_or_is_a_parse_error() -> None:
    for levels in range(100, sys.getrecursionlimit() + 100, 7):
        body = b'{"a":' + b"[" * levels + b'"\\ud800"' + b"]" * levels + b"}"
        with contextlib.suppress(Problem):
            assert list(await read(body)) == ["a"]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":1,"a":2}', 2),
        (b'{"a":1,"a":{"b":1},"a":[]}', []),
        (b' \t\r\n{"a" : null } \n', None),
        (b'{"a":"\\ud83d\\ude00"}', "\U0001f600"),
        (b'{"a":"\\ud800"}', "\ud800"),
        (b'{"a":"\\u0000"}', "\0"),
        (b'{"a":-0.0}', -0.0),
        (b'{"a":1e300}', 1e300),
        (b'{"a":1e-400}', 0.0),
        (b'{"a":123456789012345678901234567890}', 123456789012345678901234567890),
        (b'{"a":' + b"9" * 4000 + b"}", 10**4000 - 1),
        (b'{"a":"' + b"x" * 100_000 + b'\\ud800"}', "x" * 100_000 + "\ud800"),
    ],
    ids=lambda value: repr(value)[:20],
)
async def test_what_is_json_is_read(body: bytes, value: object) -> None:
    assert await read(body) == {"a": value}


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"[]", "list"), (b'""', "str"), (b"1", "int"), (b"1.5", "float"), (b"true", "bool")],
)
async def test_json_that_is_no_object_is_invalid(body: bytes, kind: str) -> None:
    found = await problem(body)
    reason = f"Ongeldige data. Verwacht een dictionary, kreeg een {kind}."
    assert found.invalid_params == [("nonFieldErrors", "invalid", reason)]


async def test_null_is_no_data() -> None:
    found = await problem(b"null")
    assert found.invalid_params == [("nonFieldErrors", "null", "No data provided")]


async def test_a_body_over_the_limit_is_refused() -> None:
    assert await read(b'{"a":1}', limit=7) == {"a": 1}
    with pytest.raises(Problem) as caught:
        await read(b'{"a":1}', limit=6)
    assert caught.value.kind.status == 413


async def test_the_detail_of_a_parse_error_tells_where() -> None:
    found = await problem(b'{"a": }')
    assert "line 1 column 7 (char 6)" in found.detail


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"a":['])
async def test_json_is_as_deep_as_allowed_and_no_deeper(opening: str) -> None:
    closing = opening[::-1].translate(str.maketrans("{[", "}]", '":a'))

    def nested(levels: int) -> bytes:
        each = len(closing)
        inner = opening * ((levels - 1) // each) + "1" + closing * ((levels - 1) // each)
        return f'{{"x":{inner}}}'.encode()

    deepest = DEPTH - (DEPTH - 1) % len(closing)
    assert await read(nested(deepest))
    refused = await problem(nested(deepest + len(closing)))
    assert (refused.kind.status, refused.code) == (400, "parse_error")
    assert refused.detail == "JSON parse error - de gegevens zijn dieper genest dan 100 niveaus"


async def test_what_only_looks_deep_is_accepted() -> None:
    wide = b'{"x":[' + b",".join([b"[{}]"] * 5000) + b'],"y":"' + b"[{" * 5000 + b'"}'
    assert len((await read(wide))["x"]) == 5000


async def test_json_that_is_no_object_may_be_too_deep_as_well() -> None:
    for levels in (DEPTH + 1, 100_000):
        assert (await problem(b"[" * levels + b"]" * levels)).code == "parse_error"
    assert (await problem(b'"' + b"[" * 1000 + b'"')).code == "invalid"
