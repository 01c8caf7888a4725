"""A hundred thousand damaged requests on a raw socket: no 5xx, no leak, and the program lives.

The same seed gives the same damage: FUZZ_SEED sets another one than that of every run.
"""

import asyncio
import os
from collections import Counter
from random import Random
from typing import Final, NoReturn

import pytest

from tests.blackbox.support.api import Api
from tests.blackbox.support.program import Program
from tests.proof import amount, record

from .asked import Request, valid
from .judging import fault, is_bare
from .mutations import damaged, damaged_bytes
from .watching import Watch
from .wire import MalformedError, exchange

pytestmark = [pytest.mark.proof, pytest.mark.timeout(7200)]

SEED: Final = int(os.environ.get("FUZZ_SEED", "1"))
REQUESTS: Final = amount(short=1000, long=100_000)
BATCH: Final = 500
AT_ONCE: Final = 32
# An answer to what is complete comes within this many seconds, remote checks included.
ANSWER: Final = 20.0
# Of what may be half a request, nothing need come.
PATIENCE: Final = 0.15


class Fuzzer:
    """Sends damaged requests and judges what comes back."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._requests: list[Request] = []
        self.seen: Counter[str] = Counter()

    async def run(self, requests: list[Request], numbers: range) -> None:
        """Send damaged `requests`, those of these numbers, some at a time."""
        self._requests = requests
        waiting = iter(numbers)

        async def one_after_the_other() -> None:
            for number in waiting:
                await self._one(number)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(one_after_the_other())

    def made(self, number: int) -> tuple[bytes, bool]:
        """Give the bytes of a number, and whether an answer must come."""
        random = Random(f"{SEED} {number}")  # noqa: S311 (it must be the same again)
        request = damaged(random, random.choice(self._requests))
        data = request.render()
        if random.random() < 0.1:
            return damaged_bytes(random, data), False
        return data, request.framed

    async def _one(self, number: int) -> None:
        data, framed = self.made(number)
        limit, more = (ANSWER, 0.0) if framed else (PATIENCE, 0.02)
        try:
            came = await exchange(self._port, data, limit=limit, more=more)
        except MalformedError as error:
            self._fail(number, data, f"no HTTP: {error}")
        if framed and not came.answers:
            self._fail(number, data, "no answer")
        for answer in came.answers:
            wrong = fault(answer, data)
            if wrong:
                self._fail(number, data, f"{wrong}: {answer}")
            self.seen["bare" if is_bare(answer) else str(answer.status)] += 1
        if any(map(is_bare, came.answers)) and not is_bare(came.answers[-1]):
            self._fail(number, data, "an answer after the connection was to be closed")
        if not came.answers:
            self.seen["closed unanswered" if came.closed else "waited for more"] += 1

    @staticmethod
    def _fail(number: int, data: bytes, what: str) -> NoReturn:
        pytest.fail(f"FUZZ_SEED={SEED}, number {number}: {what}\nsent: {data!r}")


async def test_damaged_requests(target: Program, target_api: Api, watch: Watch) -> None:
    fuzzer = Fuzzer(target.port)
    for start in range(0, REQUESTS, BATCH):
        # Anew each time, as what they name may be deleted by any of them.
        await fuzzer.run(valid(target_api), range(start, min(start + BATCH, REQUESTS)))
        watch.look()
    record(
        "Damaged requests on a raw socket",
        seed=SEED,
        requests=REQUESTS,
        answers_of_500_and_above=0,
        **{f"answers_{kind}": number for kind, number in sorted(fuzzer.seen.items())},
    )
    # It reaches all parts: what is right still, each kind of refusal, and what the server refuses.
    assert {"200", "201", "204", "400", "403", "404", "405", "406", "415", "bare"} <= set(
        fuzzer.seen
    )
