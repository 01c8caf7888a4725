"""Health, as whoever keeps the program running asks for it."""

import asyncio
import time

import pytest

from contactmomenten import health
from contactmomenten.database.pool import Database
from contactmomenten.metrics import NoMetrics
from contactmomenten.settings import Settings
from tests.application import Api, api_on
from tests.waiting import eventually

CHECKS = {"database": "ok", "migrations": "ok"}


@pytest.mark.parametrize("path", [health.ALL, health.READY, "/_healthz", "/_healthz/readyz"])
async def test_a_program_that_is_well_says_what_it_looked_at(api: Api, path: str) -> None:
    answer = await api.http.get(f"http://localhost{path}")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": CHECKS})
    assert answer.headers["cache-control"] == "no-store"


async def test_it_needs_no_token_and_no_host_of_ours(api: Api) -> None:
    for path in (health.LIVE, health.READY):
        answer = await api.http.get(
            f"http://10.1.2.3:8000{path}", headers={"Authorization": "", "Host": "10.1.2.3:8000"}
        )
        assert answer.status_code == 200


async def test_its_answers_do_not_count_as_requests(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[tuple[str, int]] = []

    def count(_: NoMetrics, operation: str, status: int, seconds: float) -> None:
        counted.append((operation, status))

    monkeypatch.setattr(NoMetrics, "request", count)
    await database.writer.row("DELETE FROM migratie WHERE nummer > 1")
    async with api_on(database) as api:
        for path, status in ((health.LIVE, 200), (health.READY, 503)):
            assert (await api.http.get(f"http://localhost{path}")).status_code == status
        await api.send("GET", "contactmomenten")
    assert counted == [("contactmoment_list", 200)]


async def test_other_methods_are_refused(api: Api) -> None:
    answer = await api.http.post(f"http://localhost{health.LIVE}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    answer = await api.http.head(f"http://localhost{health.LIVE}")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_path_that_only_looks_like_it_is_none(api: Api) -> None:
    for path in ("/_healthz/x/", "/x/_healthz/", "/api/v1/_healthz/"):
        assert (await api.http.get(f"http://localhost{path}")).status_code == 404


async def test_below_the_mount_path_too(database: Database) -> None:
    async with api_on(database, Settings(subpath="/cm")) as api:
        for path in ("/cm/_healthz/", "/_healthz/"):
            assert (await api.http.get(f"http://localhost{path}")).status_code == 200


async def test_a_database_of_before_the_last_step_is_not_ready(database: Database) -> None:
    await database.writer.row("DELETE FROM migratie WHERE nummer > 1")
    async with api_on(database) as api:
        answer = await api.http.get(f"http://localhost{health.READY}")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"].startswith("step ")


@pytest.mark.parametrize(("age", "more"), [(0.0, {}), (60.0, {"outbox": "unknown"})])
async def test_without_database_it_lives_and_is_not_ready(
    database: Database, monkeypatch: pytest.MonkeyPatch, age: float, more: dict[str, str]
) -> None:
    async def gone(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(database.writer, "value", gone)
    async with api_on(database, Settings(ready_max_outbox_age=age)) as api:
        assert (await api.http.get(f"http://localhost{health.LIVE}")).status_code == 200
        answer = await api.http.get(f"http://localhost{health.READY}")
    assert answer.status_code == 503
    checks = {"database": "unavailable", "migrations": "unknown"}
    assert answer.json()["checks"] == checks | more


@pytest.mark.parametrize(("age", "status"), [(0.0, 200), (3600.0, 200), (60.0, 503)])
async def test_an_old_notification_makes_it_unready_if_so_set(
    database: Database, age: float, status: int
) -> None:
    async with api_on(database, Settings(ready_max_outbox_age=age)) as api:
        await api.moment()
        await database.writer.row(
            "UPDATE notificatie SET aanmaakdatum = now() - interval '10 minutes'"
        )
        answer = await api.http.get(f"http://localhost{health.READY}")
    assert answer.status_code == status
    state = "ok" if status == 200 else "1 waiting, the oldest for 600 s"
    assert answer.json()["checks"] == CHECKS | ({"outbox": state} if age else {})


async def test_many_who_ask_at_once_cost_one_look(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    value = database.writer.value

    async def counted(sql: str, *values: object) -> object:
        nonlocal asked
        asked += 1
        return await value(sql, *values)

    monkeypatch.setattr(database.writer, "value", counted)
    async with api_on(database) as api:
        url = f"http://localhost{health.READY}"
        answers = await asyncio.gather(*(api.http.get(url) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert asked == 1


async def test_a_look_that_cannot_be_broken_off_keeps_nobody_waiting(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    ended = asyncio.Event()
    value = database.writer.value

    async def hangs(*_: object) -> None:
        nonlocal asked
        asked += 1
        try:
            await asyncio.sleep(30)
        finally:
            await ended.wait()
            raise TimeoutError

    monkeypatch.setattr(health, "_PATIENCE", 0.2)
    monkeypatch.setattr(health, "_REMEMBER", 0.0)
    monkeypatch.setattr(database.writer, "value", hangs)
    async with api_on(database) as api:
        url = f"http://localhost{health.READY}"
        began = time.monotonic()
        async with asyncio.timeout(5):
            answers = await asyncio.gather(*(api.http.get(url) for _ in range(5)))
        assert time.monotonic() - began < 1
        assert {answer.status_code for answer in answers} == {503}
        assert asked == 1
        monkeypatch.setattr(database.writer, "value", value)
        ended.set()

        async def is_ready() -> bool:
            return (await api.http.get(url)).status_code == 200

        await eventually(is_ready, 2)


async def test_one_who_gives_up_leaves_the_answer_to_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = database.writer.value

    async def slow(sql: str) -> object:
        await asyncio.sleep(0.2)
        return await value(sql)

    monkeypatch.setattr(database.writer, "value", slow)
    async with api_on(database) as api:
        url = f"http://localhost{health.READY}"
        first, second = (asyncio.create_task(api.http.get(url)) for _ in range(2))
        await asyncio.sleep(0.1)
        first.cancel()
        assert (await second).status_code == 200
