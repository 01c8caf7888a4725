from pathlib import Path

import pytest
from click.testing import CliRunner

from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection
from tests.cli.running import CLIENT, SECRET, Run, configuration
from tests.databases import Cluster, url_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "configuration.yaml"
    path.write_text(configuration(SECRET))
    return path


def test_migrate_may_be_run_again(run: Run) -> None:
    for _ in range(2):
        assert run.good("migrate").endswith("The database is up to date.\n")


def test_the_migrations_are_told_one_by_one(empty: ConnectionInfo) -> None:
    run = Run(CliRunner(env={"DATABASE_URL": url_of(empty), "SECRET_KEY": "x"}))
    assert "… migration 1: first tables\n" in run.good("migrate")
    assert run.good("migrate") == "The database is up to date.\n"


def test_a_dry_run_tells_the_same_and_does_nothing(run: Run, file: Path) -> None:
    dry = run.good("configure", "--dry-run", str(file))
    assert run.good("configure", "--dry-run", str(file)) == dry
    assert dry.endswith("Nothing was changed (dry run).\n")
    wet = run.good("configure", str(file))
    assert wet.splitlines() == dry.splitlines()[:-1]
    assert CLIENT in wet
    assert run.good("configure", "--dry-run", str(file)) == "Nothing would change.\n"
    assert run.good("configure", str(file)) == "The configuration is as it was.\n"


def test_a_configuration_that_is_wrong_is_refused_by_line(run: Run, file: Path) -> None:
    file.write_text(configuration(SECRET).replace("label", "labl"))
    told = run.bad("configure", str(file))
    assert f"{file}:1: " in told
    file.write_text("{")
    assert str(file) in run.bad("configure", str(file))


def test_a_warning_is_shown(run: Run, file: Path) -> None:
    file.write_text(configuration("kort"))
    assert "warning: " in run.good("configure", str(file))


def test_variables_come_from_the_environment(run: Run, file: Path) -> None:
    file.write_text(configuration("${PORTAAL}"))
    run.good("configure", str(file), PORTAAL=SECRET)
    assert "PORTAAL" in run.bad("configure", str(file))


@pytest.mark.parametrize("command", ["migrate", "configure", "token"])
def test_another_secret_key_is_refused(run: Run, file: Path, command: str) -> None:
    run.good("configure", str(file))
    arguments = {"configure": [str(file)], "token": [CLIENT]}.get(command, [])
    told = run.bad(command, *arguments, SECRET_KEY="another")
    assert told.startswith("Error: SECRET_KEY is not the key with which")


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"DATABASE_URL": "mysql://u:geheim@h/d"}, "Error: DATABASE_URL: "),
        ({"DATABASE_URL": "postgresql://u:geheim@127.0.0.1:1/d"}, "Error: The database at 127.0"),
        ({"SECRET_KEY": ""}, "Error: SECRET_KEY is not set."),
        ({"DB_PORT": "x"}, "Error: DB_PORT='x' is not right."),
        ({"LOG_LEVEL": "LOUD"}, "Error: LOG_LEVEL='LOUD' is not right."),
        ({"SECRET_KEY": "", "SECRET_KEY_FILE": ""}, "Error: SECRET_KEY is not set."),
        ({"SECRET_KEY": "", "SECRET_KEY_FILE": "/nergens"}, "Error: SECRET_KEY_FILE: cannot read"),
        ({"DB_PASSWORD_FILE": "/nergens"}, "Error: DB_PASSWORD_FILE: cannot read /nergens"),
    ],
)
def test_a_wrong_setting_is_one_line(run: Run, env: dict[str, str], told: str) -> None:
    line = run.bad("migrate", **env)
    assert line.startswith(told)
    assert "geheim" not in line


def test_the_database_of_a_newer_program_is_refused(run: Run, newer: None) -> None:
    told = run.bad("migrate")
    assert told == (
        "Error: This database is of a newer version of the program (step 9999). Use that version."
    )


@pytest.fixture
async def newer(connection: Connection) -> None:
    await connection.execute("INSERT INTO migratie VALUES (9999, 'later', 'x')")


@pytest.fixture
async def empty(cluster: Cluster) -> ConnectionInfo:
    """Return a database without tables, which goes with the cluster."""
    return await cluster.create("template0")


def test_a_user_without_rights_is_told_what_postgresql_refused(
    poor: ConnectionInfo,
) -> None:
    run = Run(CliRunner(env={"DATABASE_URL": url_of(poor), "SECRET_KEY": "x"}))
    assert run.bad("migrate").startswith("Error: PostgreSQL refused: ")


@pytest.fixture
async def poor(empty: ConnectionInfo, cluster: Cluster) -> ConnectionInfo:
    """Make the database one in which nothing may be made."""
    await cluster.admin(f"ALTER DATABASE {empty.database} SET default_transaction_read_only = on")
    return empty
