import asyncio
import time

import pytest

from contactmomenten.http.gate import Gate
from contactmomenten.http.problems import Problem

pytestmark = pytest.mark.quiet

PATIENCE = 5.0


def gate_of(places: int = 4, queue: int = 8, patience: float = PATIENCE) -> Gate:
    return Gate(places=places, queue=queue, patience=patience)


class Visit:
    """A request on its way through the gate, in a task of its own."""

    def __init__(self, gate: Gate, client: str = "a", log: list[str] | None = None) -> None:
        self._gate = gate
        self._client = client
        self._log = [] if log is None else log
        self.has_place = False
        self._ready = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        gate, client = self._gate, self._client
        gate.enter()
        try:
            if not gate.take(client):
                await gate.wait(client)
            self._log.append(client)
            self.has_place = True
            await self._ready.wait()
        finally:
            gate.leave(client if self.has_place else None)
            self.has_place = False

    async def end(self) -> None:
        self._ready.set()
        await self.task

    async def refusal(self) -> Problem:
        with pytest.raises(Problem) as caught:
            await self.task
        return caught.value


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def visits(gate: Gate, clients: str, log: list[str] | None = None) -> list[Visit]:
    made = [Visit(gate, client, log) for client in clients]
    await settle()
    return made


async def end_all(made: list[Visit]) -> None:
    await asyncio.gather(*(visit.end() for visit in made))


async def is_empty(gate: Gate, places: int) -> bool:
    """Tell whether the gate lets in as many as at first, of many clients."""
    made = await visits(gate, "pqrstuvwxyz"[:places])
    full = all(visit.has_place for visit in made)
    late = Visit(gate, "late")
    await settle()
    waits = not late.has_place
    await end_all([*made, late])
    return full and waits


async def test_a_place_that_comes_free_goes_to_who_waits() -> None:
    gate = gate_of(places=1)
    first, second = await visits(gate, "ab")
    assert (first.has_place, second.has_place) == (True, False)
    await first.end()
    await settle()
    assert second.has_place
    await second.end()
    assert await is_empty(gate, 1)


async def test_who_comes_when_places_and_queue_are_full_is_refused_at_once() -> None:
    gate = gate_of(places=2, queue=2)
    made = await visits(gate, "abcd")
    begun = time.perf_counter()
    problem = await Visit(gate, "e").refusal()
    assert time.perf_counter() - begun < PATIENCE / 5
    assert (problem.kind.status, problem.code) == (503, "overloaded")
    assert problem.headers == ((b"retry-after", b"1"),)
    await end_all(made)
    assert await is_empty(gate, 2)


async def test_without_a_queue_nobody_waits() -> None:
    gate = gate_of(places=2, queue=0)
    made = await visits(gate, "ab")
    assert (await Visit(gate, "c").refusal()).kind.status == 503
    await end_all(made)


async def test_one_client_leaves_a_quarter_of_the_places() -> None:
    gate = gate_of(places=4)
    hog = await visits(gate, "hhhh")
    assert [visit.has_place for visit in hog] == [True, True, True, False]
    [other] = await visits(gate, "o")
    assert other.has_place
    await other.end()
    await settle()
    assert not hog[3].has_place
    await end_all(hog)
    assert await is_empty(gate, 4)


async def test_one_client_leaves_half_of_the_queue() -> None:
    gate = gate_of(places=4, queue=4)
    hog = await visits(gate, "hhhhh")
    problem = await Visit(gate, "h").refusal()
    assert (problem.kind.status, problem.code) == (429, "overloaded")
    assert problem.headers == ((b"retry-after", b"1"),)
    others = await visits(gate, "op")
    assert [visit.has_place for visit in others] == [True, False]
    await end_all([*hog, *others])
    assert await is_empty(gate, 4)


async def test_clients_that_wait_get_their_turn_one_after_the_other() -> None:
    gate = gate_of(places=1, queue=20)
    log: list[str] = []
    made = await visits(gate, "hhhhhhopo", log)
    await end_all(made)
    assert "".join(log) == "hhophohhh"


async def test_who_waits_too_long_is_refused_and_leaves_nothing_behind() -> None:
    gate = gate_of(places=1, patience=0.05)
    first, second = await visits(gate, "ab")
    problem = await second.refusal()
    assert (problem.kind.status, problem.code) == (503, "overloaded")
    await first.end()
    assert await is_empty(gate, 1)


async def test_who_waits_and_is_cancelled_leaves_nothing_behind() -> None:
    gate = gate_of(places=1)
    first, second, third = await visits(gate, "aba")
    second.task.cancel()
    await settle()
    await first.end()
    await settle()
    assert third.has_place
    await third.end()
    assert await is_empty(gate, 1)


async def test_who_is_cancelled_just_when_its_turn_comes_passes_it_on() -> None:
    gate = gate_of(places=1)
    gate.enter()
    assert gate.take("a")
    second, third = await visits(gate, "bc")
    gate.leave("a")
    second.task.cancel()
    await settle()
    assert third.has_place
    await third.end()
    assert await is_empty(gate, 1)


async def test_a_free_place_is_taken_also_while_one_that_waited_is_on_its_way_out() -> None:
    gate = gate_of(places=1)
    gate.enter()
    assert gate.take("a")
    [second] = await visits(gate, "a")
    second.task.cancel()
    gate.leave("a")
    gate.enter()
    assert gate.take("a")
    gate.leave("a")
    assert await is_empty(gate, 1)


async def test_the_log_has_one_line_for_many_refusals(capfd: pytest.CaptureFixture[str]) -> None:
    gate = gate_of(places=1, queue=0)
    [first] = await visits(gate, "a")
    for _ in range(100):
        assert not (await Visit(gate, "b").refusal()).logged
    assert "".join(capfd.readouterr()).count("overloaded") == 1
    await first.end()
