"""Far more work than there is room for: some of it is done as ever, the rest is refused at once."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import cycle

import asyncpg
import pytest

from contactmomenten.database.embedded import connection_of_running
from tests.processes import stopped
from tests.proof import amount, record

from .support import clients, load
from .support.load import Answers, Group, p99
from .support.program import Program
from .support.tokens import Credentials

pytestmark = [pytest.mark.proof, pytest.mark.quiet]

SECONDS = amount(short=2, long=60)
LIST = "/api/v1/contactmomenten"
FOUR = [Credentials(f"client-{n}", f"geheim-van-client-{n}-met-veel-tekens") for n in range(4)]
HOG, *OTHERS = FOUR
BODY = json.dumps(
    {
        "bronorganisatie": "423182687",
        "kanaal": "telefoon",
        "tekst": "Wanneer wordt het papier opgehaald?",
        "medewerkerIdentificatie": {"identificatie": "m1", "achternaam": "Jansen"},
    }
).encode()
REFUSALS = frozenset({"overloaded"})


def configuration() -> dict[str, object]:
    applicaties = [
        clients.applicatie(
            f"55555555-0000-4000-8000-{number:012d}", f"Client {number}", one, [], alles=True
        )
        for number, one in enumerate(FOUR)
    ]
    return clients.configuration(FOUR, applicaties)


def started(env: dict[str, str]) -> Program:
    program = Program(configuration(), {"ALLOWED_HOSTS": "*", "LOG_LEVEL": "WARNING", **env})
    program.start()
    return program


@pytest.fixture(scope="module")
def small() -> Iterator[Program]:
    """Start a program with few places, on a database that can be slow."""
    env = {"MAX_REQUESTS": "8", "MAX_QUEUE": "16", "QUEUE_TIMEOUT": "1", "REQUEST_TIMEOUT": "3"}
    program = started(env)
    yield program
    program.kill()
    program.remove()


@pytest.fixture(scope="module")
def usual() -> Iterator[Program]:
    """Start a program with the limits that it has by default, with a hundred contactmomenten."""
    program = started({})
    yield program
    program.kill()
    program.remove()


def get(*credentials: Credentials, target: str = LIST) -> Callable[[], bytes]:
    """Give requests of these clients in turn."""
    return cycle([load.request("GET", target, one) for one in credentials]).__next__


def post(*credentials: Credentials) -> Callable[[], bytes]:
    return cycle([load.request("POST", LIST, one, BODY) for one in credentials]).__next__


@asynccontextmanager
async def database(program: Program) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    info = connection_of_running(program.data, owner=True)
    assert info is not None
    connection = await asyncpg.connect(**info.connect_args())
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def slow_inserts(program: Program, seconds: float) -> AsyncIterator[None]:
    """Have each new contactmoment take so many seconds of the database."""
    async with database(program) as connection:
        await connection.execute(
            f"""
            CREATE FUNCTION traag() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END $$;
            CREATE TRIGGER traag BEFORE INSERT ON contactmoment
                FOR EACH ROW EXECUTE FUNCTION traag();
            """
        )
        try:
            yield
        finally:
            await connection.execute("DROP FUNCTION traag CASCADE")


def told(name: str, answers: Answers, **more: float | str) -> None:
    record(
        f"Overload: {name}",
        seconds=answers.seconds,
        answers=", ".join(f"{number} × {code}" for code, number in sorted(answers.codes.items())),
        good_per_second=answers.rate,
        good_p99_ms=p99(answers.good) * 1000,
        refusals_p99_ms=p99(answers.refused) * 1000,
        **more,
    )


async def recovers(program: Program, make: Callable[[], bytes], *, within: float) -> float:
    """Wait until a request is answered as ever; give after how many seconds."""
    begun = time.monotonic()
    while True:
        status, code, took = await load.one(program.port, make())
        if status in load.GOOD and took < within:
            return time.monotonic() - begun
        assert time.monotonic() - begun < within, (status, code, took)
        await asyncio.sleep(0.05)


async def test_a_slow_database_with_five_times_what_it_can_do(small: Program) -> None:
    async with slow_inserts(small, 0.02):
        [fitting] = await load.run(small.port, SECONDS, Group(8, post(*FOUR)))
        before = small.resident_megabytes()
        # Each connection asks some three times per second, and there are 150.
        [answers] = await load.run(small.port, SECONDS, Group(150, post(*FOUR), pause_refused=0.3))
        growth = small.resident_megabytes() - before
        offered = len(answers.rows) / answers.seconds
        recovery = await recovers(small, post(HOG), within=2)
    told(
        "a slow database",
        answers,
        offered_per_second=offered,
        good_per_second_without_overload=fitting.rate,
        recovery_seconds=recovery,
        memory_growth_mb=growth,
    )
    assert set(fitting.codes) == {"201"}
    assert {"201", "503 overloaded"} <= set(answers.codes)
    assert set(answers.codes) <= {"201", "503 overloaded", "429 overloaded"}
    assert not answers.odd
    assert offered > 3 * fitting.rate
    assert answers.rate > 0.6 * fitting.rate
    # A second in the queue, and 8 places of 20 ms in hand and under way.
    assert p99(answers.good) < 2.5
    assert growth < 50


async def test_refusals_are_quick_while_the_database_is_slow(small: Program) -> None:
    async with slow_inserts(small, 0.05):
        made = [Group(60, post(*FOUR), pause_refused=0.3), Group(4, get(HOG), pause_refused=0.05)]
        creates, lists = await load.run(small.port, SECONDS, *made)
    told("refusals", creates)
    # Those whose time in the queue was up have waited for that second; the others have not.
    at_once = [took for took in creates.refused + lists.refused if took < 0.9]
    assert len(at_once) > 0.5 * len(creates.refused + lists.refused)
    assert p99(sorted(at_once)) < 0.5
    assert p99(creates.refused) < 2


async def test_a_database_that_hangs_keeps_nobody_waiting_and_recovery_is_immediate(
    small: Program,
) -> None:
    load_seconds = 6
    clients_now = (
        Group(30, get(*FOUR), pause=0.05, pause_refused=0.2),
        Group(30, post(*FOUR), pause=0.05, pause_refused=0.2),
    )
    async with database(small) as connection:
        count = "SELECT count(*) FROM contactmoment"
        before = await connection.fetchval(count)
        running = asyncio.create_task(load.run(small.port, load_seconds, *clients_now))
        await asyncio.sleep(0.5)
        [postmaster] = small.postmasters()
        with stopped(postmaster):
            await asyncio.sleep(4)
        recovery = await recovers(small, get(HOG), within=2)
        reads, writes = await running
        after = await connection.fetchval(count) - before
    told("a database that hangs", reads, recovery_seconds=recovery)
    for answers in (reads, writes):
        assert not answers.odd
        assert set(answers.codes) <= {
            "200",
            "201",
            "503 overloaded",
            "429 overloaded",
            "503 too_slow",
            "503 service_unavailable",
        }
        # REQUEST_TIMEOUT is 3 s; what is broken off has a moment to tidy up.
        assert max(took for _, _, _, took in answers.rows) < 5
        assert p99(answers.took(load.REFUSED, REFUSALS)) < 2
    # All that was acknowledged is there, and no more than what was not sure besides.
    sure = writes.codes["201"]
    unsure = writes.codes["503 too_slow"] + writes.codes["503 service_unavailable"]
    assert sure <= after <= sure + unsure


async def test_more_connections_than_the_processor_can_serve(usual: Program) -> None:
    for _ in range(100):
        status, code, _ = await load.one(usual.port, load.request("POST", LIST, HOG, BODY))
        assert status == 201, code
    [fitting] = await load.run(usual.port, SECONDS, Group(8, get(*FOUR)))
    before = usual.resident_megabytes()
    # A worker takes 512 connections, and has room for 192 requests.
    [answers] = await load.run(usual.port, SECONDS, Group(700, get(*FOUR), pause_refused=0.5))
    growth = usual.resident_megabytes() - before
    recovery = await recovers(usual, get(HOG), within=2)
    told(
        "the processor",
        answers,
        good_per_second_without_overload=fitting.rate,
        recovery_seconds=recovery,
        memory_growth_mb=growth,
    )
    assert set(fitting.codes) == {"200"}
    assert {"200", "503 overloaded"} <= set(answers.codes)
    assert set(answers.codes) <= {"200", "503 overloaded", "429 overloaded"}
    assert not answers.odd
    assert answers.rate > 0.4 * fitting.rate
    assert p99(answers.good) < 4
    assert p99(answers.refused) < 3
    assert growth < 100


async def test_a_client_with_500_connections_does_not_shut_out_the_others(usual: Program) -> None:
    hog, other = await load.run(
        usual.port,
        SECONDS,
        Group(500, get(HOG), pause_refused=0.2),
        Group(2, get(*OTHERS), pause=0.02),
    )
    told("one client with 500 connections", hog)
    told("the others beside it", other)
    assert hog.codes["429 overloaded"]
    assert set(other.codes) == {"200"}
    assert len(other.good) >= 3
    assert p99(other.good) < 3
