from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from contactmomenten.notificaties.outcomes import (
    ENOUGH,
    Verdict,
    backoff,
    failed_call,
    fault_of_ours,
    judged,
)
from contactmomenten.outgoing.failures import NO_CONNECTION, TIME_OUT


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_accepted(status: int) -> None:
    assert judged(status, {}).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("status", [400, 402, 404, 405, 409, 410, 413, 415, 422, 431, 451, 499])
def test_a_4xx_says_that_the_message_is_wrong(status: int) -> None:
    outcome = judged(status, {"retry-after": "5"})
    assert (outcome.verdict, outcome.code, outcome.blame) == (Verdict.REFUSED, f"HTTP {status}", 0)
    assert outcome.retry_after is None


@pytest.mark.parametrize(
    "status", [101, 301, 302, 307, 308, 401, 403, 408, 429, 500, 501, 502, 503, 504, 599, 999]
)
def test_anything_else_says_that_the_api_is_ill(status: int) -> None:
    outcome = judged(status, {})
    assert outcome.verdict is Verdict.FAILED
    assert outcome.blame > 0
    assert outcome.code == f"HTTP {status}"


def test_an_answer_500_is_held_against_the_api_less_than_silence_and_that_less_than_absence() -> (
    None
):
    blames = [
        judged(500, {}).blame,
        failed_call(TIME_OUT).blame,
        failed_call(NO_CONNECTION).blame,
        judged(429, {}).blame,
    ]
    assert blames == sorted(set(blames))
    assert blames[-1] == ENOUGH


def test_a_bug_of_ours_is_known_by_the_type_of_its_error_alone() -> None:
    assert fault_of_ours(KeyError("a person")).code == "KeyError"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        (" 7 ", 7),
        ("3600", 3600),
        ("99999", 3600),
        ("9" * 5000, 3600),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert judged(429, {"retry-after": text}).retry_after == seconds


@pytest.mark.parametrize("usegmt", [True, False])
def test_retry_after_as_a_date(usegmt: bool) -> None:  # noqa: FBT001
    text = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=usegmt)
    seconds = judged(503, {"retry-after": text}).retry_after
    assert seconds is not None
    assert 97 < seconds <= 100


def test_the_back_off_doubles_up_to_the_longest_with_full_jitter() -> None:
    for failures, limit in ((1, 3), (2, 6), (3, 12), (5, 48), (6, 48), (10**6, 48)):
        waits = [backoff(failures, 3, 48) for _ in range(500)]
        assert 0 <= min(waits) < limit / 10
        assert limit * 0.9 < max(waits) <= limit


def test_the_back_off_is_never_none_at_all() -> None:
    assert max(backoff(5, 0, 0) for _ in range(100)) > 0.5
