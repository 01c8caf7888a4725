import pytest

from contactmomenten.http.cors import preflight

ORIGIN = {b"origin": b"https://a.nl"}
ASKED = {b"access-control-request-method": b"PUT"}


def test_a_preflight_is_answered_without_body() -> None:
    answer = preflight("OPTIONS", ORIGIN | ASKED)
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
    assert preflight(method, headers) is None
