"""All that the program does, done by the role that serves."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from contactmomenten.audittrail.sealing import seal_all
from contactmomenten.counts.checking import differences
from contactmomenten.database.embedded import connection_of_running
from contactmomenten.database.pool import Connection, Database
from tests.application import MOMENT, Api, uuid_of
from tests.audittrail.trails import make_trails, verified
from tests.cli.running import SECRET_KEY, Run, configuration, program
from tests.counts.rows import fold_all
from tests.database.embedded.support import as_owner, ask
from tests.database.roles.conftest import Roles
from tests.databases import url_of

# Nothing in it has to be asked elsewhere.
ALONE = {"bronorganisatie": "000000000", "medewerkerIdentificatie": {"identificatie": "m1"}}
SECRET = "a-secret-that-nobody-may-see-in-any-output"


async def test_every_operation_and_the_counts_work(api: Api, database: Database) -> None:
    trails = await make_trails(api)
    url = f"contactmomenten/{trails.uuid}"
    follower = (await api.moment(vorigContactmoment=(await api.get(url))["url"]))["url"]
    assert (await api.send("PUT", url, MOMENT | {"tekst": "anders"})).status_code == 200
    zaak = await api.make(
        "objectcontactmomenten", contactmoment=follower, object="https://z.nl/1", objectType="zaak"
    )
    for path in ("contactmomenten", "klantcontactmomenten", "objectcontactmomenten"):
        assert (await api.get(path))["count"] > 0
    assert await api.get(zaak["url"]) == zaak
    [first, *_] = await api.trail(url)
    assert (await api.get(f"{url}/audittrail/{first['uuid']}")) == first
    await fold_all(database)
    api.neighbours.gone.add("https://z.nl/1")
    assert (await api.send("DELETE", zaak["url"])).status_code == 204
    assert (await api.send("DELETE", url)).status_code == 204
    assert (await api.get(follower))["vorigContactmoment"] is None
    await fold_all(database)
    await seal_all(database.writer)
    async with asyncio.timeout(10):
        assert await database.writer.on_connection(differences) == []
    assert await database.writer.on_connection(verified) == []


async def test_old_lines_are_sealed_by_it(api: Api, owner: Connection, database: Database) -> None:
    trails = await make_trails(api)
    await owner.execute(
        "UPDATE audittrail SET hash = NULL, vorige_hash = NULL;"
        " UPDATE audittrail_verzegeling SET klaar = false, tot = DEFAULT"
    )
    await api.change(f"contactmomenten/{trails.uuid}", tekst="tussendoor")
    await seal_all(database.writer)
    assert await owner.fetchval("SELECT count(*) FROM audittrail WHERE hash IS NULL") == 0
    assert await database.writer.on_connection(verified) == []


@pytest.fixture
def run(roles: Roles) -> Run:
    """Return what runs commands with a role of its own for migrations."""
    return Run(CliRunner(env=environment(roles)))


def environment(roles: Roles) -> dict[str, str]:
    return {
        "DATABASE_URL": url_of(roles.serving),
        "DATABASE_MIGRATION_URL": url_of(roles.owner),
        "SECRET_KEY": SECRET_KEY,
    }


def test_every_command_works(run: Run, tmp_path: Path, roles: Roles) -> None:
    file = tmp_path / "configuration.yaml"
    file.write_text(configuration(SECRET))
    assert run.good("migrate") == "The database is up to date.\n"
    assert "portaal" in run.good("configure", str(file)).lower()
    asyncio.run(ask(roles.owner, "DELETE FROM contactmoment"))
    assert "Loaded 50 contactmomenten" in run.good("demo-data", "--count", "50")
    assert "Loaded 5 contactmomenten" in run.good("demo-data", "--count", "5", "--add")
    assert run.good("counts", "check") == "The counts are right.\n"
    assert "counted anew" in run.good("counts", "rebuild")
    assert run.good("notifications", "list").startswith(("Total: ", "ID"))
    assert run.good("notifications", "retry", "--all-failed").startswith("Tried again: ")
    assert "The audit trail is whole" in run.good("audit", "verify")
    assert run("relations", "check").exit_code == 1  # no source to ask
    alone = Run(CliRunner(env={**environment(roles), "DATABASE_MIGRATION_URL": ""}))
    assert alone.good("migrate") == "The database is up to date.\n"
    assert "permission denied" in alone.bad("demo-data", "--count", "5", "--add")


def test_another_user_is_enough_to_name_the_owner(roles: Roles, run: Run) -> None:
    env = {
        "DATABASE_MIGRATION_URL": "",
        "DB_MIGRATION_USER": roles.owner.user,
        "DB_MIGRATION_PASSWORD": roles.owner.password or "",
    }
    assert "Loaded 5 contactmomenten" in run.good("demo-data", "--count", "5", "--add", **env)


def test_a_server_serves_without_knowing_the_owner(roles: Roles) -> None:
    env = environment(roles)
    with program("serve", "--workers", "2", **env) as running:
        assert running.ready(), running.said()
        assert running.ask()[0] == 403
        used = asyncio.run(
            ask(
                roles.superuser,
                "SELECT array_agg(DISTINCT usename::text) FROM pg_stat_activity"
                " WHERE application_name = 'contactmomenten'",
            )
        )
        assert used == [roles.serving.user]
        workers = running.family
        environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in workers]
        assert all(b"DATABASE_URL=" in one for one in environments)
        for one in environments:
            assert (roles.owner.password or "?").encode() not in one
        assert running.stop() == 0


def test_the_embedded_database_serves_with_one_role_and_migrates_with_another(
    short_folder: Path,
) -> None:
    data = short_folder / "data"
    with program("serve", "--demo", "--workers", "1", "--data-dir", str(data)) as running:
        assert running.ready(), running.said()
        token = running.said().split("good for an hour:\n\n")[1].split()[0]
        status, body = running.ask(token=token, body=ALONE)
        assert status == 201, body
        info = connection_of_running(data)
        assert info is not None
        who = "SELECT tableowner FROM pg_tables WHERE tablename = 'audittrail'"
        assert asyncio.run(ask(info, "SELECT current_user::text")) == "contactmomenten"
        assert asyncio.run(ask(info, who)) == "contactmomenten_owner"
        uuid = uuid_of(body.decode().split('"')[3])
        line = "SELECT count(*) FROM audittrail WHERE contactmoment = $1"
        assert asyncio.run(ask(as_owner(info, data), line, uuid)) == 1
        told = Run(CliRunner()).good("audit", "verify", "--data-dir", str(data))
        assert told == "The audit trail is whole: 1 lines of 1 contactmomenten.\n"
        assert running.stop() == 0
