"""The database has no connection, no time or no room left: 503 with Retry-After, never 500."""

import contextlib
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from contactmomenten.database.connection import ConnectionInfo
from tests.blackbox.lifecycle.conftest import Start
from tests.blackbox.lifecycle.database import Cluster, url_of
from tests.blackbox.support import clients
from tests.blackbox.support.api import Api
from tests.blackbox.support.inside import half_written
from tests.blackbox.support.program import Program
from tests.blackbox.support.standin import StandIn
from tests.blackbox.support.values import OMIT, JsonObject
from tests.processes import alive, descendants
from tests.waiting import until

CONTACT = "/contactmomenten"
MEDEWERKER = {"identificatie": "jan"}
SLOW = """
CREATE OR REPLACE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep({seconds}); RETURN new; END $$;
CREATE OR REPLACE TRIGGER slow BEFORE INSERT ON contactmoment
    FOR EACH ROW EXECUTE FUNCTION slow();
"""
FAST = "DROP TRIGGER slow ON contactmoment; SELECT 1;"

Answer = tuple[int, str | None, float]


def body(api: Api, **more: object) -> JsonObject:
    return api.moment_body(medewerker=OMIT, medewerkerIdentificatie=MEDEWERKER, **more)


def create(program: Program, standin: StandIn, **more: object) -> Answer:
    """Create a contactmoment on a connection of its own; return status, Retry-After, seconds."""
    began = time.monotonic()
    with httpx.Client(trust_env=False, timeout=60) as http:
        api = Api(program.root, http, standin, clients.ALLES)
        answer = api.post(CONTACT, body(api, **more))
    seconds = time.monotonic() - began
    return answer.status_code, answer.headers.get("retry-after"), seconds


def at_once(number: int, program: Program, standin: StandIn) -> list[Answer]:
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(lambda _: create(program, standin), range(number)))


def kinds(answers: list[Answer]) -> Counter[tuple[int, str | None]]:
    return Counter((status, retry) for status, retry, _ in answers)


def test_more_requests_than_connections_wait_for_each_other(
    start: Start, empty: ConnectionInfo, cluster_to_hurt: Cluster, standin: StandIn
) -> None:
    program = start(DB_POOL_MAX_SIZE="1")
    cluster_to_hurt.sql(SLOW.format(seconds=0.1), empty.database)
    assert kinds(at_once(12, program, standin)) == {(201, None): 12}


def test_a_pool_that_is_exhausted_for_long_makes_it_unavailable_and_no_more(
    start: Start,
    empty: ConnectionInfo,
    cluster_to_hurt: Cluster,
    standin: StandIn,
    http: httpx.Client,
) -> None:
    program = start(DB_POOL_MAX_SIZE="2", DB_TIMEOUT="1", NOTIFICATIONS_DISABLED="false")
    api = Api(program.root, http, standin, clients.ALLES)
    moment = api.moment()
    cluster_to_hurt.sql(SLOW.format(seconds=30), empty.database)
    answers = at_once(12, program, standin)
    assert kinds(answers) == {(503, "1"): 12}
    # Once to wait for a turn, once for the statement, and once to break it off.
    assert max(seconds for _, _, seconds in answers) < 10
    cluster_to_hurt.sql(FAST, empty.database)
    until(lambda: create(program, standin)[0] == 201, 2)
    assert kinds(at_once(6, program, standin)) == {(201, None): 6}
    assert api.read(moment["url"]) == moment
    stored = cluster_to_hurt.sql("SELECT count(*) FROM contactmoment", empty.database)
    assert stored == [(8,)], "what was answered with 503 was not done"
    assert half_written(empty) == []


def test_a_statement_that_postgresql_breaks_off_makes_it_unavailable(
    start: Start, empty: ConnectionInfo, cluster_to_hurt: Cluster, standin: StandIn
) -> None:
    cluster_to_hurt.sql(f"ALTER DATABASE {empty.database} SET statement_timeout = '300ms'")
    program = start()
    assert create(program, standin)[0] == 201
    cluster_to_hurt.sql(SLOW.format(seconds=20), empty.database)
    status, retry, seconds = create(program, standin)
    assert (status, retry) == (503, "1")
    assert seconds < 3
    cluster_to_hurt.sql(FAST, empty.database)
    assert create(program, standin)[0] == 201
    assert cluster_to_hurt.sql("SELECT count(*) FROM contactmoment", empty.database) == [(2,)]


def test_a_table_that_somebody_else_locks_makes_it_unavailable_until_it_is_free(
    start: Start,
    empty: ConnectionInfo,
    cluster_to_hurt: Cluster,
    standin: StandIn,
    http: httpx.Client,
) -> None:
    program = start(DB_TIMEOUT="1")
    lock = "BEGIN; LOCK TABLE contactmoment; SELECT pg_sleep(8); COMMIT"
    with ThreadPoolExecutor(1) as pool:
        locking = pool.submit(cluster_to_hurt.sql, lock, empty.database)
        time.sleep(0.3)
        answers = at_once(4, program, standin)
        locking.result()
    assert kinds(answers) == {(503, "1"): 4}
    until(lambda: create(program, standin)[0] == 201, 2)


def test_a_server_without_connections_to_give_makes_it_unavailable(
    start: Start, cluster_to_hurt: Cluster, standin: StandIn
) -> None:
    owner = cluster_to_hurt.owner
    cluster_to_hurt.sql(f"ALTER ROLE {owner.user} CONNECTION LIMIT 3")
    try:
        program = start(DATABASE_URL=url_of(owner))
        cluster_to_hurt.sql(SLOW.format(seconds=0.3), owner.database)
        found = kinds(at_once(16, program, standin))
        assert set(found) <= {(201, None), (503, "1")}
        assert found[201, None] > 0
        cluster_to_hurt.sql(f"ALTER ROLE {owner.user} CONNECTION LIMIT -1")
        cluster_to_hurt.sql(FAST, owner.database)
        until(lambda: create(program, standin)[0] == 201, 2)
        assert kinds(at_once(16, program, standin)) == {(201, None): 16}
    finally:
        cluster_to_hurt.sql(f"ALTER ROLE {owner.user} CONNECTION LIMIT -1")


@contextlib.contextmanager
def no_file_above(size: int, cluster: Cluster) -> Iterator[None]:
    """Have the kernel refuse PostgreSQL to write in any file beyond `size`.

    A file system that is full needs rights to make; this is as much a refusal by the kernel, in the
    middle of a write. Processes that are started meanwhile are refused too.
    """
    of = Path(f"/proc/{cluster.postmaster}").stat()
    own = of.st_uid == os.geteuid()

    def limit(soft: str) -> None:
        for pid in (cluster.postmaster, *descendants(cluster.postmaster)):
            done = subprocess.run(
                ["/usr/bin/prlimit", f"--fsize={soft}:", f"--pid={pid}"],
                user=None if own else of.st_uid,
                group=None if own else of.st_gid,
                capture_output=True,
                check=False,
            )
            assert done.returncode == 0 or not alive(pid), done.stderr

    limit(str(size))
    try:
        yield
    finally:
        limit("unlimited")


def test_a_disk_that_refuses_makes_it_unavailable_for_what_does_not_fit(
    start: Start,
    empty: ConnectionInfo,
    cluster_to_hurt: Cluster,
    standin: StandIn,
    http: httpx.Client,
) -> None:
    program = start(NOTIFICATIONS_DISABLED="false")
    api = Api(program.root, http, standin, clients.ALLES)
    moment = api.moment()
    large = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(700_000))
    with no_file_above(17 * 2**20, cluster_to_hurt):
        found: Counter[tuple[int, str | None]] = Counter()
        for number in range(20):
            status, retry, _ = create(program, standin, tekst=f"{number}{large}")
            found[status, retry] += 1
        assert set(found) == {(201, None), (503, "1")}
        assert api.read(moment["url"]) == moment, "it still reads"
        assert create(program, standin)[0] == 201, "and writes what fits"
    assert create(program, standin, tekst=large)[0] == 201
    stored = cluster_to_hurt.sql("SELECT count(*) FROM contactmoment", empty.database)
    assert stored == [(found[201, None] + 3,)]
    assert half_written(empty) == []
