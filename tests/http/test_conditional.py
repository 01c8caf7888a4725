from hashlib import md5

import pytest

from contactmomenten.http.conditional import cached
from tests.application import request_of

BODY = b'{"a":1}'
TAG = md5(BODY, usedforsecurity=False).hexdigest()


def status(condition: str) -> int:
    return cached(request_of(headers={"if-none-match": condition}), BODY).status


@pytest.mark.parametrize(
    "condition",
    [
        f'"{TAG}"',
        f'W/"{TAG}"',
        f'  "{TAG}"\t',
        f'"a", "{TAG}"',
        f'"a","b" , W/"{TAG}","c"',
        f'<string>, "{TAG}"',
        f',, "{TAG}" ,',
        f'"a,b", "{TAG}"',
        f'"\xe9", "{TAG}"',
        "*",
        "  * ",
    ],
)
def test_what_the_client_has_is_not_sent_again(condition: str) -> None:
    assert status(condition) == 304


@pytest.mark.parametrize(
    "condition",
    [
        "",
        " ",
        "<string>",
        '"abc"',
        TAG,
        f"W/{TAG}",
        f"'{TAG}'",
        f'w/"{TAG}"',
        f'x"{TAG}"',
        f'"{TAG}"x',
        f'"{TAG}" "a"',
        f'"{TAG}',
        f'{TAG}"',
        f'" {TAG}"',
        f'"{TAG.upper()}"',
        f'"{TAG}x"',
        '"*"',
        "**",
        "*, *",
        '""',
        '"' * 1001,
    ],
)
def test_anything_else_is_no_reason_to_withhold_it(condition: str) -> None:
    assert status(condition) == 200


@pytest.mark.parametrize("condition", ["", f'"{TAG}"'])
def test_both_answers_carry_the_tag_and_how_to_cache(condition: str) -> None:
    answer = cached(request_of(headers={"if-none-match": condition}), BODY)
    assert dict(answer.headers) == {
        b"etag": b'"%s"' % TAG.encode(),
        b"vary": b"Authorization, Accept",
        b"cache-control": b"private, no-cache",
    }


def test_a_304_has_no_body() -> None:
    answer = cached(request_of(headers={"if-none-match": "*"}), BODY)
    assert (answer.body, answer.content_type) == (b"", None)


def test_without_condition_the_body_is_sent() -> None:
    answer = cached(request_of(), BODY)
    assert (answer.status, answer.body) == (200, BODY)
