"""Making the parts of the demo data while PostgreSQL is busy with the ones before.

A few parts are made in a thread, many in processes of their own: Python is then as fast as
PostgreSQL reads.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Final

from contactmomenten.demo_data.parts import Maker, Texts
from contactmomenten.demo_data.plan import Plan
from contactmomenten.demo_data.world import World

# Parts from which it is worth to start processes, and how many of those.
MANY: Final = 10
_PROCESSES: Final = 2
# Parts that are made ahead, of some 7 MB each.
_AHEAD: Final = 3

_Make = Callable[[int, int], Texts]


async def texts(plan: Plan, world: World) -> AsyncGenerator[Texts, None]:
    """Return the texts of all parts of `plan`, in order."""
    loop = asyncio.get_running_loop()
    places = plan.parts()
    with _maker(plan, world) as (executor, make):
        coming: deque[asyncio.Future[Texts]] = deque()
        try:
            while True:
                while len(coming) < _AHEAD and (place := next(places, None)) is not None:
                    coming.append(loop.run_in_executor(executor, make, *place))
                if not coming:
                    return
                yield await coming.popleft()
        finally:
            for part in coming:
                part.cancel()


@contextmanager
def _maker(plan: Plan, world: World) -> Iterator[tuple[Executor, _Make]]:
    """Give what makes parts, and where; at the end nothing goes on."""
    executor: Executor
    others = set(multiprocessing.active_children())
    if sum(1 for _ in plan.parts()) < MANY:
        executor = ThreadPoolExecutor(1)
        make: _Make = partial(_written, Maker(plan, world))
    else:
        # Not forked: this process has threads.
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(_PROCESSES, context, initializer=_begin, initargs=(plan,))
        make = _in_process
    try:
        yield executor, make
    except BaseException:
        # Nobody waits for the parts that are being made, which may take seconds.
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _written(maker: Maker, first: int, size: int) -> Texts:
    return maker.part(first, size).texts()


# --- in a process of its own ---------------------------------------------------------------------


class _Own:
    """What a process that makes parts has."""

    maker: Maker


def _begin(plan: Plan) -> None:
    """Prepare for the parts of `plan`."""
    # Ctrl-C is for the process that started this one, which then ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _Own.maker = Maker(plan, World(plan.seed, plan.count))


def _end_with_parent() -> None:
    """End at once when the process that started this one is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _in_process(first: int, size: int) -> Texts:
    return _written(_Own.maker, first, size)
