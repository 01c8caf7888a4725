import asyncio
import time

import pytest

from contactmomenten.http.deadlines import Deadlines

pytestmark = pytest.mark.quiet

SECONDS = 0.1
LONG = 10.0


async def answer(deadlines: Deadlines, seconds: float) -> float | None:
    """Work for so many seconds; return after how many it was broken off, None when it was not."""
    begun = time.perf_counter()
    task = deadlines.begin()
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        if not deadlines.missed(task):
            raise
        await asyncio.sleep(0.001)  # it is a task like any other again
        return time.perf_counter() - begun
    finally:
        deadlines.end(task)
    return None


async def test_what_takes_too_long_is_broken_off_and_what_does_not_is_left_alone() -> None:
    deadlines = Deadlines(SECONDS)
    wanted = [0.0, LONG, SECONDS / 2, LONG]
    found = await asyncio.gather(*(answer(deadlines, seconds) for seconds in wanted))
    assert [seconds is not None for seconds in found] == [False, True, False, True]
    for seconds in found:
        assert seconds is None or SECONDS <= seconds < SECONDS + 0.5


async def test_each_gets_the_same_time_however_they_begin() -> None:
    deadlines = Deadlines(SECONDS)
    tasks = []
    for _ in range(10):
        tasks.append(asyncio.create_task(answer(deadlines, LONG)))
        await asyncio.sleep(SECONDS / 5)
    found = await asyncio.gather(*tasks)
    assert all(seconds is not None and SECONDS <= seconds < SECONDS + 0.5 for seconds in found)
    # And also when nothing has run for a while.
    assert await answer(deadlines, 0) is None
    await asyncio.sleep(SECONDS * 2)
    assert await answer(deadlines, LONG) is not None


async def test_what_goes_on_after_it_was_broken_off_is_broken_off_again() -> None:
    deadlines = Deadlines(SECONDS)
    task = deadlines.begin()
    begun = time.perf_counter()
    late = False
    try:
        try:
            await asyncio.sleep(LONG)
        finally:
            await asyncio.sleep(LONG)  # tidying up that does not end
    except asyncio.CancelledError:
        late = deadlines.missed(task)
    deadlines.end(task)
    assert late
    assert time.perf_counter() - begun < 2
    assert task.cancelling() == 0
    await asyncio.sleep(1.2)  # nothing is left that would break it off once more


async def test_who_is_cancelled_by_somebody_else_was_not_late() -> None:
    deadlines = Deadlines(LONG)
    task = asyncio.create_task(answer(deadlines, LONG))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
