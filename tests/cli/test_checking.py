"""`check`, on a database of its own."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import jwt
import pytest

from contactmomenten.checkup import Level, database, of_settings, of_spelling, of_traces
from contactmomenten.cli import checking
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.migrations import migrate
from contactmomenten.settings import Settings, read_settings, without_settings
from tests.blackbox.support.collector import Collector
from tests.blackbox.support.neighbour import Neighbour, Reply
from tests.cli.running import SECRET, Run, free_port
from tests.databases import Cluster, connected, url_of


@pytest.fixture(autouse=True)
def safe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the database of the tests, which is in memory, for a safe one."""
    monkeypatch.setattr(database, "SAFETY", ())


EVERYWHERE = "0.0.0.0"  # noqa: S104 (not a bind)
NAMED = {"CORS_ALLOWED_ORIGINS": "https://balie.nl"}
KEY = "a key of the tests of thirty-two characters"


def test_what_is_well_is_told_and_is_exit_code_0(run: Run) -> None:
    run.good("migrate")
    told = run.good("check")
    assert "ok      database: PostgreSQL " in told
    assert "the tables are up to date" in told


def test_a_database_that_may_lose_writes_is_wrong(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.good("migrate")
    monkeypatch.setattr(database, "SAFETY", ("synchronous_commit",))
    result = run("check")
    assert result.exit_code == 1
    assert "WRONG   database: synchronous_commit is off there" in result.output


def test_steps_that_are_still_to_take_are_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def two(_: object) -> list[object]:
        return [1, 2]

    for module in (database, checking):
        monkeypatch.setattr(module, "pending", two)
    assert "`migrate` or `serve` will take 2 steps." in run.good("check")


def test_what_is_unwise_is_exit_code_1_only_if_asked(run: Run) -> None:
    run.good("migrate")
    assert "unwise  ALLOWED_HOSTS: " in run.good("check", ALLOWED_HOSTS="*")
    assert run("check", "--strict", ALLOWED_HOSTS="*").exit_code == 1


def test_a_database_that_is_away_is_told(run: Run) -> None:
    url = f"postgresql://u:canary@127.0.0.1:{free_port()}/x"
    result = run("check", DATABASE_URL=url)
    assert result.exit_code == 1
    assert "WRONG   database: The database at 127.0.0.1" in result.output
    assert "canary" not in result.output


def test_a_key_that_does_not_fit_is_told(run: Run) -> None:
    run.good("migrate")
    result = run("check", SECRET_KEY="another key of thirty-two characters")
    assert result.exit_code == 1
    assert "WRONG   SECRET_KEY: It does not open the secrets in this database." in result.output


def test_wrong_settings_hide_nothing_else(run: Run, tmp_path: Path) -> None:
    run.good("migrate")
    file = tmp_path / "configuration.yaml"
    file.write_text("{vng_api_common_credentials_config_enable: 1, zgw_consumers: 1}")
    result = run(
        "check",
        "--config",
        str(file),
        JWT_EXPIRY="x",
        DRAIN_SECONDS="x",
        EXTRA_VERIFY_CERTS="/nowhere",
        TRUSTED_PROXIES="x",
        LOG_LEVEL="DEBUG",
        JWT_EXPIRE="5",
    )
    assert result.exit_code == 1
    for begins in (
        "WRONG   settings: JWT_EXPIRY='x' is not right.",
        "WRONG   settings: DRAIN_SECONDS='x' is not right.",
        "WRONG   settings: EXTRA_VERIFY_CERTS: ",
        "WRONG   settings: TRUSTED_PROXIES: ",
        "WRONG   configuration: ",
        "unwise  JWT_EXPIRE: ",
        "unwise  LOG_LEVEL: ",
        "ok      database: PostgreSQL ",
    ):
        assert f"\n{begins}" in f"\n{result.stdout}"
    assert result.stdout.count("WRONG   configuration: ") == 2


@pytest.mark.parametrize(
    "setting",
    [
        {"DB_PORT": "x"},
        {"DATABASE_URL": "canary"},
        {"DATABASE_URL": "", "DATABASE_URL_FILE": "/nowhere"},
        {"DATABASE_URL": "", "DATABASE_REPLICA_URL": "postgresql://u:canary@replica/x"},
    ],
)
def test_no_other_database_is_looked_at_than_was_meant(
    run: Run, configuration: Path, setting: dict[str, str]
) -> None:
    result = run("check", "--config", str(configuration), **setting)
    assert result.exit_code == 1
    assert f"WRONG   settings: {list(setting)[-1]}" in result.stdout
    assert " database: " not in result.stdout
    assert "what is stored could not be read" in result.stdout
    assert "WRONG   service nergens: " in result.stdout
    assert "canary" not in result.output


def test_of_a_wrong_setting_nothing_else_is_told(run: Run) -> None:
    run.good("migrate")
    told = run("check", CORS_ALLOWED_ORIGINS="x", SITE_DOMAIN="api.nl").stdout
    assert "WRONG   settings: CORS_ALLOWED_ORIGINS=" in told
    assert "unwise  CORS_ALLOWED_ORIGINS" not in told


def test_without_a_database_of_its_own_yet_none_is_made(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "none"
    told = run.good("check", "--data-dir", str(folder), DATABASE_URL="")
    assert "`serve` makes it" in told
    assert not folder.exists()


def test_a_data_folder_gets_no_key_by_looking_at_it(run: Run, short_folder: Path) -> None:
    data = short_folder / "data"
    where = ("--data-dir", str(data))
    run.good("migrate", *where, DATABASE_URL="")
    before = sorted(path.name for path in data.iterdir())
    result = run("check", *where, DATABASE_URL="", SECRET_KEY="")
    assert "WRONG   SECRET_KEY: It does not open the secrets in this database." in result.stdout
    assert sorted(path.name for path in data.iterdir()) == before
    assert "tables are up to date" in run.good("check", *where, DATABASE_URL="")


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    """Return a file with a short secret, and a Notificaties API that is not there."""
    blocks = {
        "vng_api_common_credentials_config_enable": True,
        "vng_api_common_credentials": {"items": [{"identifier": "kort", "secret": "kort"}]},
        "zgw_consumers_config_enable": True,
        "zgw_consumers": {
            "services": [
                {
                    "identifier": "nergens",
                    "label": "Nergens",
                    "api_root": f"http://127.0.0.1:{free_port()}/api/v1/",
                    "api_type": "nrc",
                    "auth_type": "no_auth",
                }
            ]
        },
        "notifications_config_enable": True,
        "notifications_config": {"notifications_api_service_identifier": "nergens"},
    }
    file = tmp_path / "configuration.yaml"
    file.write_text(json.dumps(blocks))
    return file


@pytest.fixture
async def empty(cluster: Cluster) -> AsyncIterator[ConnectionInfo]:
    """Make a database without tables."""
    async with cluster.fresh("template0") as info:
        yield info


@pytest.mark.parametrize("before", ["no database", "no tables", "nothing", "all of it"])
def test_services_are_called_and_secrets_looked_at(
    run: Run, configuration: Path, empty: ConnectionInfo, tmp_path: Path, before: str
) -> None:
    where: dict[str, str] = {}
    arguments = ["--config", str(configuration)]
    if before == "no database":
        where["DATABASE_URL"] = ""
        arguments += ["--data-dir", str(tmp_path / "none")]
    elif before == "no tables":
        where["DATABASE_URL"] = url_of(empty)
    else:
        run.good("migrate")
    if before == "all of it":
        run.good("configure", str(configuration))
    result = run("check", *arguments, **where)
    assert result.exit_code == 1
    assert "WRONG   service nergens: " in result.output
    assert "unwise  client kort: A secret has fewer than 32 characters." in result.output
    assert "ok      configuration: " in result.output
    assert "No Notificaties API" not in result.output
    assert "No client has a secret" not in result.output
    if before != "all of it":
        assert "No client has a secret" in run.good("check", *arguments[2:], **where)


@pytest.fixture
def neighbour() -> Iterator[Neighbour]:
    server = Neighbour()
    yield server
    server.close()


def _with_service(file: Path, root: str, client_id: str) -> str:
    service = {
        "identifier": "buur",
        "label": "Buur",
        "api_root": root,
        "client_id": client_id,
        "secret": SECRET,
    }
    blocks = {"zgw_consumers_config_enable": True, "zgw_consumers": {"services": [service]}}
    file.write_text(json.dumps(blocks))
    return str(file)


def test_a_service_is_called_once_as_the_file_says(
    run: Run, neighbour: Neighbour, tmp_path: Path
) -> None:
    run.good("configure", _with_service(tmp_path / "a", f"{neighbour.origin}/oud/", "oud"))
    config = _with_service(tmp_path / "b", f"{neighbour.origin}/nieuw/", "nieuw")
    told = run.good("check", "--config", config)
    assert f"ok      service buur: {neighbour.origin}/nieuw/ answers (200)." in told
    (asked,) = neighbour.asked
    assert asked.path == "/nieuw/"
    token = asked.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, SECRET, ["HS256"], options={"verify_aud": False})
    assert claims["client_id"] == "nieuw"


def _with_notifications(file: Path) -> str:
    block = {"notifications_api_service_identifier": "nergens"}
    file.write_text(
        json.dumps({"notifications_config_enable": True, "notifications_config": block})
    )
    return str(file)


@pytest.fixture
async def older(empty: ConnectionInfo) -> str:
    """Make tables of step 3, with a service in them."""
    async with connected(empty) as connection:
        await migrate(connection, lambda _: None, until=3)
        await connection.execute(
            "INSERT INTO service"
            " VALUES ('nergens', 'Nergens', $1, 'orc', 'no_auth', '', NULL, '', '', '', NULL)",
            f"http://127.0.0.1:{free_port()}/",
        )
    return url_of(empty)


def test_what_the_version_before_stored_counts_before_an_upgrade(
    run: Run, older: str, tmp_path: Path
) -> None:
    config = _with_notifications(tmp_path / "file")
    result = run("check", "--config", config, DATABASE_URL=older)
    assert "`migrate` or `serve` will take " in result.output
    assert "can be applied." in result.output
    assert "WRONG   service nergens: " in result.output


def test_nothing_is_said_of_what_could_not_be_read(run: Run, tmp_path: Path) -> None:
    url = f"postgresql://u@127.0.0.1:{free_port()}/x"
    config = _with_notifications(tmp_path / "file")
    result = run("check", "--config", config, DATABASE_URL=url)
    assert "WRONG   database: " in result.output
    assert "ok      configuration: " in result.output
    assert "what is stored could not be read" in result.output
    assert "No client has a secret" not in result.output


def test_what_a_file_leaves_out_stays_as_it_was(
    run: Run, configuration: Path, tmp_path: Path
) -> None:
    run.good("migrate")
    run.good("configure", str(configuration))
    other = tmp_path / "other.yaml"
    other.write_text('{"vng_api_common_credentials_config_enable": false}')
    result = run("check", "--config", str(other))
    assert "WRONG   service nergens: " in result.output
    assert "client kort: " in result.output
    gone = {"zgw_consumers_config_enable": True, "zgw_consumers": {"services": []}}
    other.write_text(json.dumps(gone))
    result = run("check", "--config", str(other))
    assert result.exit_code == 1
    assert "WRONG   configuration: " in result.output
    assert "the service `nergens` must stay" in result.output


def test_a_file_that_is_wrong_hides_nothing_else(run: Run, tmp_path: Path) -> None:
    run.good("migrate")
    file = tmp_path / "configuration.yaml"
    file.write_text("zgw_consumers_config_enable: perhaps")
    result = run("check", "--config", str(file), LOG_LEVEL="DEBUG")
    assert result.exit_code == 1
    assert "WRONG   configuration: " in result.output
    assert "unwise  LOG_LEVEL: " in result.output
    assert "ok      database: PostgreSQL " in result.output


def test_without_a_key_the_rest_is_looked_at(run: Run, configuration: Path) -> None:
    run.good("migrate")
    result = run("check", "--config", str(configuration), SECRET_KEY="")
    assert result.exit_code == 1
    assert "WRONG   SECRET_KEY: It is not set" in result.output
    assert "ok      database: PostgreSQL " in result.output
    assert "WRONG   service nergens: " in result.output


def test_findings_are_all_that_is_on_standard_output(configuration: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "contactmomenten", "check", "--config", str(configuration)]
    settings = {"DATA_DIR": str(tmp_path / "none"), "LOG_FORMAT_CONSOLE": "json"}
    result = subprocess.run(
        command,
        env=without_settings(os.environ) | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert '"event":"outgoing_call"' in result.stderr
    assert result.stdout
    for line in result.stdout.splitlines():
        assert line.startswith(("ok      ", "unwise  ", "WRONG   "))


def test_a_setting_that_is_misspelt_is_told() -> None:
    names = ["JWT_EXPIRE", "DBPASSWORD", "SECRET_KEYFILE", "DATADIR", "OTEL_TRACES_SAMPLR"]
    found = {one.subject: one.text for one in of_spelling(dict.fromkeys(names, "canary"))}
    assert sorted(found) == sorted(names)
    assert "JWT_EXPIRY?" in found["JWT_EXPIRE"]
    assert "canary" not in "".join(found.values())


def test_what_begins_as_no_other_program_has_it_is_told() -> None:
    found = {one.subject: one.text for one in of_spelling({"OUTGOING_X": "", "AC_CACHE_AGE": ""})}
    assert found == {
        "AC_CACHE_AGE": "There is no such setting. Did you mean AC_CACHE_MAX_AGE?",
        "OUTGOING_X": "There is no such setting.",
    }


_OF_OTHERS = """
    PATH HOME PWD OLDPWD SHELL TERM LANG LC_ALL USER LOGNAME MAIL HOSTNAME EDITOR DISPLAY TZ
    XDG_RUNTIME_DIR SSH_AUTH_SOCK PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGSSLMODE
    http_proxy HTTPS_PROXY NO_PROXY PYTHONPATH VIRTUAL_ENV KUBERNETES_SERVICE_HOST
    KUBERNETES_PORT CI GITHUB_TOKEN DJANGO_SETTINGS_MODULE UWSGI_PORT SENTRY_DSN
    CELERY_BROKER_URL CACHE_DEFAULT NLX_OUTWAY OTEL_RESOURCE_ATTRIBUTES LOG_STDOUT
    DD_LOG_LEVEL PG_LOG_LEVEL RUST_LOG LOGLEVEL_ROOT LOG_FORMAT LOG_FILE LOG_QUERIES S3_SECRET_KEY
    AWS_SECRET_ACCESS_KEY DJANGO_SECRET_KEY HTTP_CLIENT_TIMEOUT DB_CONN_MAX_AGE
    CONTACTMOMENTEN_SERVICE_HOST CONTACTMOMENTEN_PORT_8000_TCP DB_SERVICE_PORT DB_PORT_5432_TCP
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT OTEL_EXPORTER_OTLP_LOGS_ENDPOINT OTEL_PROPAGATORS
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL OTEL_EXPORTER_OTLP_TRACES_HEADERS OTEL_LOG_LEVEL
    OTEL_EXPORTER_OTLP_TIMEOUT OTEL_TRACES_EXPORTER
    DATA_DIR SECRET_KEY_FILE DB_PASSWORD_FILE INVOCATION_ID JOURNAL_STREAM MAKEFLAGS MAKELEVEL
"""


def test_what_others_have_in_the_environment_is_left_alone() -> None:
    assert list(of_spelling(dict.fromkeys(_OF_OTHERS.split(), "x"))) == []


@pytest.mark.parametrize(
    ("environment", "host", "subject"),
    [
        ({"IS_HTTPS": "false", "SITE_DOMAIN": "a.nl"} | NAMED, EVERYWHERE, "IS_HTTPS"),
        ({"SITE_DOMAIN": "a.nl"} | NAMED, EVERYWHERE, "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": "10.0.0.1"} | NAMED, "::", "SITE_DOMAIN"),
        ({"TRUSTED_PROXIES": "10.0.0.1", "SITE_DOMAIN": "a.nl"}, "::", "CORS_ALLOWED_ORIGINS"),
        ({"CORS_ALLOW_ALL_ORIGINS": "true"} | NAMED, "127.0.0.1", "CORS_ALLOWED_ORIGINS"),
        ({"TRUSTED_PROXIES": "*"} | NAMED, "localhost", "TRUSTED_PROXIES"),
        ({"SITE_DOMAIN": "a.nl"}, "127.0.0.1", "CORS_ALLOWED_ORIGINS"),
        ({"TRUSTED_PROXIES": "10.0.0.1"}, "127.0.0.1", "CORS_ALLOWED_ORIGINS"),
        ({"ALLOWED_HOSTS": "a.nl, *"}, "127.0.0.1", "ALLOWED_HOSTS"),
        ({"ALLOWED_PRIVATE_NETWORKS": "0.0.0.0/0"}, "127.0.0.1", "ALLOWED_PRIVATE_NETWORKS"),
        ({"JWT_EXPIRY": "90000"}, "127.0.0.1", "JWT_EXPIRY"),
        ({"TIME_LEEWAY": "3600"}, "127.0.0.1", "TIME_LEEWAY"),
        ({"SECRET_KEY": "short"}, "127.0.0.1", "SECRET_KEY"),
        ({"LOG_LEVEL": "debug"}, "127.0.0.1", "LOG_LEVEL"),
        ({"MAX_BODY_SIZE": "100000000"}, "127.0.0.1", "MAX_BODY_SIZE"),
        ({"NOTIFICATIONS_DISABLED": "1"}, "127.0.0.1", "NOTIFICATIONS_DISABLED"),
    ],
)
def test_what_is_unwise(environment: dict[str, str], host: str, subject: str) -> None:
    (finding,) = of_settings(read_settings({"SECRET_KEY": KEY, **environment}), host)
    assert (finding.level, finding.subject) == (Level.UNWISE, subject)


def test_what_is_wrong_in_settings(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    settings = Settings(db_host="db", extra_verify_certs=str(empty))
    found = {one.subject: one.level for one in of_settings(settings, "127.0.0.1")}
    assert found == {"SECRET_KEY": Level.WRONG, "EXTRA_VERIFY_CERTS": Level.WRONG}


def test_the_defaults_are_wise() -> None:
    assert list(of_settings(Settings(), "127.0.0.1")) == []


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    yield server
    server.close()


def test_a_collector_that_takes_traces_is_told(run: Run, collector: Collector) -> None:
    run.good("migrate")
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.origin,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-key=canary",
    }
    told = run.good("check", **env)
    assert f"ok      OTEL_EXPORTER_OTLP_ENDPOINT: {collector.origin}/v1/traces takes" in told
    (asked,) = collector.asked
    assert (asked.path, asked.headers["x-key"], asked.body) == ("/v1/traces", "canary", b"")
    assert "OTEL" not in run.good("check", OTEL_SDK_DISABLED="true", **env)


@pytest.mark.parametrize(
    ("status", "hint"), [(401, "OTEL_EXPORTER_OTLP_HEADERS"), (404, "/v1/traces"), (599, "599")]
)
def test_a_collector_that_takes_none_is_wrong(
    run: Run, collector: Collector, status: int, hint: str
) -> None:
    run.good("migrate")
    collector.answer = lambda _: Reply(status, b"canary")
    result = run("check", OTEL_EXPORTER_OTLP_ENDPOINT=collector.origin)
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if "OTLP" in line]
    assert f"answers {status}." in line
    assert hint in line
    assert "canary" not in line


def test_a_collector_that_is_away_is_wrong(run: Run) -> None:
    run.good("migrate")
    url = f"http://u:canary@127.0.0.1:{free_port()}"
    result = run("check", OTEL_EXPORTER_OTLP_ENDPOINT=url)
    assert result.exit_code == 1
    assert "WRONG   OTEL_EXPORTER_OTLP_ENDPOINT: http://127.0.0.1:" in result.output
    assert "cannot be reached (ConnectionError)" in result.output
    assert "canary" not in result.output


def test_what_opens_a_collector_is_better_not_sent_in_the_clear() -> None:
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.invalid:4318",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-key=canary",
    }
    found = list(of_traces(read_settings(env)))
    assert [one.level for one in found] == [Level.UNWISE, Level.WRONG]
    assert "in the clear" in found[0].text
    env["OTEL_EXPORTER_OTLP_ENDPOINT"] = "https://collector.invalid:4318"
    assert [one.level for one in of_traces(read_settings(env))] == [Level.WRONG]


def test_a_way_of_sending_traces_that_is_not_known_is_one_line(run: Run) -> None:
    result = run(
        "check",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://c:4317",
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
    )
    assert result.exit_code == 1
    told = "WRONG   settings: OTEL_EXPORTER_OTLP_PROTOCOL: only http/protobuf is known here"
    assert result.stdout.count(told) == 1
