"""`notifications list|retry|skip`, `register-kanaal` and `worker`, on a database of their own."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection, Database
from contactmomenten.notificaties.queue import QueueState, queue_state
from contactmomenten.settings import without_settings
from tests.cli.running import SECRET_KEY, Run
from tests.databases import url_of
from tests.notificaties.nrc import Nrc
from tests.notificaties.outboxes import delivering, empty, left, registry_of, uuids, write

Command = Callable[..., Awaitable[tuple[int, str]]]

_PARK = "UPDATE notificatie SET mislukt_sinds = now(), pogingen = 6, uitkomst = 'HTTP 400'"


@pytest.fixture
def environment(info: ConnectionInfo, tmp_path: Path) -> dict[str, str]:
    """Return the settings of a program on the database of the test."""
    data = str(tmp_path / "data")
    return {"DATABASE_URL": url_of(info), "SECRET_KEY": SECRET_KEY, "DATA_DIR": data}


@pytest.fixture
def command(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return what runs a command beside this test, and gives its exit code and its output."""
    for name in os.environ.keys() - without_settings(os.environ).keys():
        monkeypatch.delenv(name)
    run = Run(CliRunner(env=environment))

    async def command(*arguments: str, **env: str) -> tuple[int, str]:
        result = await asyncio.to_thread(run, *arguments, **env)
        return result.exit_code, result.output

    return command


@pytest.fixture
async def parked(connection: Connection) -> list[UUID]:
    """Park the first line of the first of three contactmomenten that have two each."""
    contactmomenten = uuids(3)
    await write(connection, *contactmomenten, each=2)
    await connection.execute(f"{_PARK} WHERE id = 1")
    return contactmomenten


def configuration(root: str) -> str:
    """Return a configuration file with a Notificaties API at `root`."""
    service = {
        "identifier": "nrc",
        "label": "Notificaties API",
        "api_root": root,
        "api_type": "nrc",
        "auth_type": "zgw",
        "client_id": "contactmomenten",
        "secret": "a secret of the tests, long enough for HS256",
    }
    return json.dumps(
        {
            "zgw_consumers_config_enable": True,
            "zgw_consumers": {"services": [service]},
            "notifications_config_enable": True,
            "notifications_config": {"notifications_api_service_identifier": "nrc"},
        }
    )


async def test_list_shows_what_waits_and_why(
    connection: Connection, command: Command, parked: list[UUID]
) -> None:
    await connection.execute(
        "UPDATE notificatie SET pogingen = 1, uitkomst = 'time-out',"
        " niet_voor = now() + interval '10 minutes' WHERE id = 2"
    )
    await connection.execute(
        "UPDATE notificatie SET houder = gen_random_uuid(),"
        " niet_voor = now() + interval '1 minute' WHERE id = 3"
    )
    code, output = await command("notifications", "list")
    assert code == 0
    assert [line.split() for line in output.splitlines()] == [
        ["ID", "CONTACTMOMENT", "ACTIE", "AGE", "ATTEMPTS", "NEXT", "ATTEMPT", "LAST", "RESULT"],
        ["1", str(parked[0]), "create", "0", "s", "6", "none", "(failed)", "HTTP", "400"],
        ["2", str(parked[1]), "create", "0", "s", "1", "in", "9", "min", "time-out"],
        ["3", str(parked[2]), "create", "0", "s", "0", "being", "sent", "-"],
        ["4", str(parked[0]), "update", "0", "s", "0", "after", "1", "-"],
        ["5", str(parked[1]), "update", "0", "s", "0", "after", "2", "-"],
        ["6", str(parked[2]), "update", "0", "s", "0", "after", "3", "-"],
        ["Total:", "6", "waiting,", "of", "which", "1", "failed;", "oldest:", "0", "s"],
    ]


async def test_list_can_be_short_or_of_the_failed_alone(
    command: Command, parked: list[UUID]
) -> None:
    code, output = await command("notifications", "list", "--failed")
    assert code == 0
    assert [line.split()[0] for line in output.splitlines()] == ["ID", "1", "Total:"]
    code, output = await command("notifications", "list", "--limit", "2")
    assert [line.split()[0] for line in output.splitlines()] == ["ID", "1", "2", "Total:"]


async def test_list_of_nothing(command: Command) -> None:
    expected = "Total: 0 waiting, of which 0 failed; oldest: -\n"
    assert await command("notifications", "list") == (0, expected)


async def test_list_tells_nothing_of_people(connection: Connection, command: Command) -> None:
    await connection.execute(
        "INSERT INTO notificatie (contactmoment, bericht) VALUES (gen_random_uuid(), $1)",
        '{"actie": "create", "kenmerken": {"kanaal": "geheim"}, "hoofdObject": "geheim"}',
    )
    assert "geheim" not in (await command("notifications", "list"))[1]


async def test_retry_sends_parked_ones_again_and_what_waits_behind_them(
    connection: Connection, database: Database, command: Command, parked: list[UUID], nrc: Nrc
) -> None:
    async with delivering(database, registry_of(nrc.root)):
        await nrc.until(lambda: len(nrc.accepted) == 4)
        await asyncio.sleep(0.5)
        assert await left(connection) == 2
        assert await command("notifications", "retry", "1") == (0, "Tried again: 1\n")
        await empty(connection)
    assert nrc.per_object()[nrc.accepted[-1]["hoofdObject"]] == [0, 1]


async def test_retry_of_all_failed(
    connection: Connection, command: Command, parked: list[UUID]
) -> None:
    await connection.execute(f"{_PARK} WHERE id IN (2, 3)")
    assert await command("notifications", "retry", "--all-failed") == (0, "Tried again: 3\n")
    assert await connection.fetchval("SELECT count(mislukt_sinds) FROM notificatie") == 0
    assert await connection.fetchval("SELECT max(pogingen) FROM notificatie") == 0
    assert await command("notifications", "retry", "--all-failed") == (0, "Tried again: 0\n")


async def test_skip_removes_and_lets_the_next_one_go(
    connection: Connection, database: Database, command: Command, parked: list[UUID], nrc: Nrc
) -> None:
    async with delivering(database, registry_of(nrc.root)):
        await nrc.until(lambda: len(nrc.accepted) == 4)
        await asyncio.sleep(0.5)  # by now the second one is set aside for an hour
        code, output = await command("notifications", "skip", "1", "--yes")
        assert (code, output) == (0, "Removed: 1\n")
        await empty(connection)
    assert nrc.per_object()[nrc.accepted[-1]["hoofdObject"]] == [1]


async def test_skip_asks_first(
    connection: Connection, environment: dict[str, str], command: Command, parked: list[UUID]
) -> None:
    code, output = await command("notifications", "skip", "1")
    assert code == 1
    assert "Remove 1 notification(s) for good?" in output
    assert await left(connection) == 6


@pytest.mark.parametrize("what", [("retry",), ("skip", "--yes")])
async def test_lines_that_are_gone_or_being_sent_are_left_alone(
    connection: Connection, command: Command, parked: list[UUID], what: tuple[str, ...]
) -> None:
    await connection.execute(
        "UPDATE notificatie SET houder = gen_random_uuid(),"
        " niet_voor = now() + interval '1 minute' WHERE id = 2"
    )
    code, output = await command("notifications", *what, "1", "2", "99")
    assert code == 1
    assert output.splitlines()[0].endswith(": 1")
    assert output.endswith("Gone already, or being sent at this moment: 2, 99.\n")
    assert await connection.fetchval("SELECT count(houder) FROM notificatie") == 1


@pytest.mark.parametrize(
    "arguments", [("retry",), ("retry", "1", "--all-failed"), ("skip",), ("retry", "x")]
)
async def test_wrong_use_is_exit_code_2(command: Command, arguments: tuple[str, ...]) -> None:
    assert (await command("notifications", *arguments))[0] == 2


async def test_the_state_of_the_queue(
    connection: Connection, database: Database, parked: list[UUID]
) -> None:
    await connection.execute("UPDATE notificatie SET aanmaakdatum = now() - id * interval '1 min'")
    state = await queue_state(database.reader)
    assert (state.length, state.failed) == (6, 1)
    assert state.age == pytest.approx(360, abs=5)
    await connection.execute("DELETE FROM notificatie WHERE id > 1")
    assert await queue_state(database.reader) == QueueState(1, 1, None)
    await connection.execute("DELETE FROM notificatie")
    assert await queue_state(database.reader) == QueueState(0, 0, None)


async def test_register_kanaal(command: Command, nrc: Nrc, tmp_path: Path) -> None:
    file = tmp_path / "nrc.yaml"
    file.write_text(configuration(nrc.root))
    assert (await command("configure", str(file)))[0] == 0
    site = {"SITE_DOMAIN": "cm.example.nl", "SUBPATH": "/cm"}
    for end in ("is registered.\n", "already exists.\n"):
        code, output = await command("register-kanaal", **site)
        assert (code, output.endswith(f"The kanaal contactmomenten {end}")) == (0, True), output
    documentation = "https://cm.example.nl/cm/ref/kanalen/#contactmomenten"
    assert [kanaal["documentatieLink"] for kanaal in nrc.kanalen] == [documentation]


async def test_register_kanaal_says_what_is_missing(command: Command) -> None:
    code, output = await command("register-kanaal")
    assert (code, "Set SITE_DOMAIN" in output) == (1, True)
    code, output = await command("register-kanaal", SITE_DOMAIN="cm.example.nl")
    assert (code, "No Notificaties API is configured" in output) == (1, True)


async def test_worker_delivers_until_sigterm(
    connection: Connection, environment: dict[str, str], command: Command, nrc: Nrc, tmp_path: Path
) -> None:
    file = tmp_path / "nrc.yaml"
    file.write_text(configuration(nrc.root))
    assert (await command("configure", str(file)))[0] == 0
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "contactmomenten", "worker"),
        env=without_settings(os.environ) | environment,
    )
    try:
        await write(connection, *uuids(10), each=3)
        await empty(connection)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 5) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert all(numbers == [0, 1, 2] for numbers in nrc.per_object().values())
