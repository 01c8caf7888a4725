import pytest

from contactmomenten.http.cors import OPEN
from contactmomenten.settings import SettingsError, read_settings

ORIGIN = {b"origin": b"https://a.nl"}
ASKED = {b"access-control-request-method": b"PUT"}
NAMED = {"CORS_ALLOWED_ORIGINS": "https://a.nl, https://B.nl:8443"}
MATCHED = {"CORS_ALLOWED_ORIGIN_REGEXES": r"https://[a-z]+\.a\.nl, https://c\.nl"}


def allowed(env: dict[str, str], origin: str) -> str | None:
    found = dict(read_settings(env).cors.headers(origin.encode()))
    return found[b"access-control-allow-origin"].decode() if found else None


def test_a_preflight_is_answered_without_body() -> None:
    answer = OPEN.preflight("OPTIONS", ORIGIN | ASKED)
    assert answer is not None
    assert (answer.status, answer.body, answer.content_type) == (200, b"", None)
    headers = dict(answer.headers)
    assert headers[b"access-control-max-age"] == b"86400"
    assert b"authorization" in headers[b"access-control-allow-headers"]
    assert headers[b"access-control-allow-methods"] == b"GET, POST, PUT, PATCH, DELETE, OPTIONS"


@pytest.mark.parametrize(
    ("method", "headers"),
    [("OPTIONS", {}), ("OPTIONS", ORIGIN), ("OPTIONS", ASKED), ("GET", ORIGIN | ASKED)],
)
def test_any_other_request_is_none(method: str, headers: dict[bytes, bytes]) -> None:
    assert OPEN.preflight(method, headers) is None


@pytest.mark.parametrize(
    ("env", "origin", "expected"),
    [
        ({}, "https://x.nl", "*"),
        ({"CORS_ALLOW_ALL_ORIGINS": "true"} | NAMED, "https://x.nl", "*"),
        ({"CORS_ALLOW_ALL_ORIGINS": "false"}, "https://x.nl", None),
        (NAMED, "https://a.nl", "https://a.nl"),
        (NAMED, "https://b.nl:8443", "https://b.nl:8443"),
        (NAMED, "https://b.nl", None),
        (NAMED, "http://a.nl", None),
        (NAMED, "https://a.nl.evil.nl", None),
        (NAMED, "null", None),
        (MATCHED, "https://x.a.nl", "https://x.a.nl"),
        (MATCHED, "https://c.nl", "https://c.nl"),
        (MATCHED, "https://c.nl.evil.nl", None),
        (MATCHED, "https://x-a.nl", None),
        (NAMED | MATCHED, "https://a.nl", "https://a.nl"),
    ],
)
def test_which_origins_may_call(env: dict[str, str], origin: str, expected: str | None) -> None:
    assert allowed(env, origin) == expected


def test_a_preflight_of_another_origin_allows_nothing() -> None:
    cors = read_settings(NAMED).cors
    answer = cors.preflight("OPTIONS", {b"origin": b"https://evil.nl"} | ASKED)
    assert answer is not None
    assert (answer.status, answer.body, answer.headers) == (200, b"", ())


def test_who_may_call_depends_on_the_origin_so_that_caches_must_know() -> None:
    assert OPEN.always == ()
    assert read_settings(NAMED).cors.always == ((b"vary", b"Origin"),)


def test_headers_may_be_added() -> None:
    cors = read_settings({"CORS_EXTRA_ALLOW_HEADERS": "X-Audit-Toelichting, accept"}).cors
    answer = cors.preflight("OPTIONS", ORIGIN | ASKED)
    assert answer is not None
    named = dict(answer.headers)[b"access-control-allow-headers"].decode().split(", ")
    assert named[-1] == "x-audit-toelichting"
    assert named.count("accept") == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CORS_ALLOWED_ORIGINS", "a.nl"),
        ("CORS_ALLOWED_ORIGINS", "https://a.nl/pad"),
        ("CORS_ALLOWED_ORIGINS", "*"),
        ("CORS_ALLOWED_ORIGIN_REGEXES", "https://("),
        ("CORS_EXTRA_ALLOW_HEADERS", "x-a\r\nx-b"),
        ("CORS_ALLOW_ALL_ORIGINS", "misschien"),
    ],
)
def test_what_is_no_origin_stops_the_program(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name):
        _ = read_settings({name: text}).cors
