import pytest

from contactmomenten.notificaties.circuit import Circuit
from contactmomenten.notificaties.outcomes import Outcome, failed_call, judged
from contactmomenten.outgoing.failures import NO_CONNECTION

ACCEPTED = judged(201, {})
REFUSED = judged(400, {})
AWAY = failed_call(NO_CONNECTION)
CHOKED = judged(500, {})


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    return Circuit(clock)


def tell(circuit: Circuit, outcome: Outcome, times: int = 1) -> list[bool]:
    return [circuit.tell(outcome, first=3, longest=48) for _ in range(times)]


def test_it_begins_closed(circuit: Circuit) -> None:
    assert not circuit.is_open
    assert circuit.pause() == 0


def test_five_absences_in_a_row_open_it(circuit: Circuit) -> None:
    assert tell(circuit, AWAY, 5) == [False, False, False, False, True]
    assert circuit.is_open
    assert 0 < circuit.pause() <= 3


def test_a_hundred_times_500_in_a_row_open_it(circuit: Circuit) -> None:
    tell(circuit, CHOKED, 99)
    assert not circuit.is_open
    tell(circuit, CHOKED)
    assert circuit.is_open


@pytest.mark.parametrize("answer", [ACCEPTED, REFUSED])
def test_any_sign_of_health_closes_it(circuit: Circuit, answer: Outcome) -> None:
    tell(circuit, AWAY, 5)
    assert tell(circuit, answer) == [True]
    assert not circuit.is_open
    assert circuit.pause() == 0
    tell(circuit, AWAY, 4)
    assert not circuit.is_open


def test_pauses_get_longer_up_to_fifteen_seconds(circuit: Circuit, clock: Clock) -> None:
    tell(circuit, AWAY, 5)
    longest = []
    for _ in range(200):
        longest.append(circuit.pause())
        clock.now += 100
        tell(circuit, AWAY)
    assert longest[0] <= 3
    assert 10 < max(longest) <= 15


def test_failures_during_a_pause_make_it_no_longer(circuit: Circuit) -> None:
    tell(circuit, AWAY, 5)
    pause = circuit.pause()
    tell(circuit, AWAY, 50)
    assert circuit.pause() == pause


def test_a_wish_to_wait_holds_even_if_an_earlier_call_succeeds(
    circuit: Circuit, clock: Clock
) -> None:
    tell(circuit, judged(503, {"retry-after": "20"}))
    tell(circuit, ACCEPTED)
    assert circuit.pause() == 20
    clock.now += 20
    assert circuit.pause() == 0


def test_429_without_a_wish_pauses_as_well(circuit: Circuit) -> None:
    tell(circuit, judged(429, {}))
    assert circuit.is_open


def test_another_api_begins_with_a_clean_slate(circuit: Circuit) -> None:
    tell(circuit, judged(429, {"retry-after": "20"}))
    circuit.reset()
    assert not circuit.is_open
    assert circuit.pause() == 0
