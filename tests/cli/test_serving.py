import contextlib
import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from contactmomenten.autorisaties.tokens import make_token
from contactmomenten.cli import serving
from contactmomenten.cli.serving import _in_url
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection
from contactmomenten.installation import Installation
from contactmomenten.keys import Keys
from tests.cli.running import (
    CLIENT,
    OTHER_SECRET,
    SECRET,
    Program,
    Run,
    configuration,
    free_port,
    program,
)
from tests.processes import alive, name
from tests.waiting import until

MOMENT = {"bronorganisatie": "000000000", "medewerkerIdentificatie": {"achternaam": "Jansen"}}
SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(1); RETURN new; END $$;
CREATE TRIGGER slow BEFORE INSERT ON contactmoment FOR EACH ROW EXECUTE FUNCTION slow();
"""


def token(secret: str = SECRET) -> str:
    return make_token(CLIENT, secret)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "configuration.yaml"
    path.write_text(configuration(SECRET))
    return path


@pytest.fixture
def serving_two(environment: dict[str, str], file: Path) -> Iterator[Program]:
    """Serve on a PostgreSQL server with two workers."""
    with program("serve", "--workers", "2", "--config", str(file), **environment) as running:
        assert running.ready(), running.said()
        yield running


# --- refusing to start ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"TRUSTED_PROXIES": "x"}, "Error: TRUSTED_PROXIES: "),
        ({"ALLOWED_PRIVATE_NETWORKS": "x"}, "Error: ALLOWED_PRIVATE_NETWORKS: "),
        ({"EXTRA_VERIFY_CERTS": "/nergens"}, "Error: EXTRA_VERIFY_CERTS: "),
        ({"OUTGOING_CLIENT_CERTIFICATE": "/nergens"}, "Error: OUTGOING_CLIENT_CERTIFICATE: "),
        ({"EXTRA_VERIFY_CERTS": __file__}, "Error: EXTRA_VERIFY_CERTS, "),
        ({"OUTGOING_CLIENT_CERTIFICATE": __file__}, "Error: EXTRA_VERIFY_CERTS, OUTGOING_CLIENT"),
        ({"OUTWAY_REWRITES": "x"}, "Error: OUTWAY_REWRITES: "),
        ({"OUTWAY_REWRITES": "x=y"}, "Error: OUTWAY_REWRITES: "),
        ({"JWT_ALGORITHMS": "none"}, "Error: JWT_ALGORITHMS='none' is not right."),
        ({"SECRET_KEY": ""}, "Error: SECRET_KEY is not set."),
        ({"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/d"}, "Error: The database at 127.0.0.1:1"),
    ],
)
def test_a_wrong_setting_shows_at_once_and_not_in_every_worker(
    run: Run, no_server: None, env: dict[str, str], told: str
) -> None:
    assert run.bad("serve", "--port", str(free_port()), **env).startswith(told)


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(*_: object, **__: object) -> None:
        pytest.fail("it serves")

    monkeypatch.setattr(serving, "serve_until_stopped", serve)


def test_a_wrong_configuration_is_refused_before_anything_is_changed(
    run: Run, no_server: None, file: Path
) -> None:
    file.write_text("vng_api_common_credentials: 1")
    assert str(file) in run.bad("serve", "--config", str(file), "--port", str(free_port()))


def test_a_port_in_use_is_told(run: Run, no_server: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        told = run.bad("serve", "--port", str(port))
    assert told == f"Error: Cannot listen at 127.0.0.1:{port}: Address already in use."


def test_another_secret_key_is_refused(run: Run, no_server: None) -> None:
    run.good("migrate")
    told = run.bad("serve", "--port", str(free_port()), SECRET_KEY="another")
    assert told.startswith("Error: SECRET_KEY is not the key")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.nl", "127.0.0.1.nl"])  # noqa: S104
def test_a_demo_is_not_for_everybody(tmp_path: Path, no_server: None, host: str) -> None:
    data = tmp_path / "demo"
    run = Run(CliRunner())
    told = run.misused("serve", "--demo", "--host", host, "--data-dir", str(data))
    assert told == "Error: --demo is for the embedded database on a loopback address only."
    assert not data.exists()


def test_a_demo_is_not_for_a_server(run: Run, no_server: None) -> None:
    told = run.misused("serve", "--demo", "--port", str(free_port()))
    assert told == "Error: --demo is for the embedded database on a loopback address only."


def test_an_ipv6_address_stands_in_brackets_in_a_url() -> None:
    assert (_in_url("::1"), _in_url("127.0.0.1")) == ("[::1]", "127.0.0.1")


# --- serving --------------------------------------------------------------------------------


def test_it_serves_applies_the_configuration_and_stops(
    environment: dict[str, str], file: Path, tmp_path: Path
) -> None:
    url = tmp_path / "url"
    url.write_text(environment.pop("DATABASE_URL"))
    environment["DATABASE_URL_FILE"] = str(url)
    with program("serve", "--workers", "1", "--config", str(file), **environment) as running:
        assert running.ready(), running.said()
        assert f"Contactmomenten API at http://127.0.0.1:{running.port}/api/v1" in running.said()
        assert running.ask(token=token(), body=MOMENT)[0] == 201
        assert running.stop() == 0
        assert "Stopped." in running.said()
        assert "Traceback" not in running.said()


@pytest.mark.parametrize("subpath", ["", "/cm"])
def test_the_program_does_not_tell_what_it_asks_itself(
    environment: dict[str, str], subpath: str
) -> None:
    env = {"SUBPATH": subpath, "LOG_FORMAT_CONSOLE": "json"}
    with program("serve", "--workers", "1", **environment, **env) as running:
        assert running.ready(), running.said()
        running.ask(f"{subpath}/")
        until(lambda: "request_finished" in running.said())
        assert running.said().count("request_finished") == 1


def test_configure_reaches_every_worker_within_a_second(
    serving_two: Program, run: Run, file: Path
) -> None:
    assert serving_two.statuses(token()) == {200}
    assert serving_two.statuses(token(OTHER_SECRET)) == {403}
    for secrets, works, stopped in (
        ((SECRET, OTHER_SECRET), OTHER_SECRET, None),
        ((OTHER_SECRET,), OTHER_SECRET, SECRET),
        ((), None, OTHER_SECRET),
    ):
        file.write_text(configuration(*secrets))
        run.good("configure", str(file))
        time.sleep(1)
        if works:
            assert serving_two.statuses(token(works)) == {200}
        if stopped:
            assert serving_two.statuses(token(stopped)) == {403}


def test_sigterm_finishes_what_runs_and_takes_nothing_new(
    serving_two: Program, slow: None, info: ConnectionInfo
) -> None:
    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(serving_two.ask, token=token(), body=MOMENT) for _ in range(8)]
        time.sleep(0.4)
        begun = time.monotonic()
        assert serving_two.stop() == 0
        assert time.monotonic() - begun < 10
        answers = [one.result() for one in running]
    assert [status for status, _ in answers] == [201] * 8
    assert all(json.loads(body)["url"] for _, body in answers)
    with pytest.raises(ConnectionRefusedError):
        serving_two.ask()
    assert not any(alive(process) for process in serving_two.family)


@pytest.fixture
async def slow(connection: Connection) -> None:
    await connection.execute(SLOW)


def test_sigterm_under_load_answers_all_that_it_has_done(
    serving_two: Program, info: ConnectionInfo
) -> None:
    statuses: list[int] = []
    signed = token()

    def load() -> None:
        # A connection that still waits in the queue of a socket that closes is broken by the
        # kernel, in one of several ways: that request was never read.
        with contextlib.suppress(ConnectionError):
            while True:
                statuses.append(serving_two.ask(token=signed, body=MOMENT)[0])

    with ThreadPoolExecutor(4) as pool:
        loads = [pool.submit(load) for _ in range(4)]
        time.sleep(0.7)
        assert serving_two.stop() == 0
    assert [one.exception() for one in loads] == [None] * 4
    assert set(statuses) == {201}
    stored = Installation(info, Keys(""), embedded=False).run(
        lambda connection: connection.fetchval("SELECT count(*) FROM contactmoment")
    )
    assert stored == len(statuses)


def test_sigint_stops_it_too(environment: dict[str, str]) -> None:
    with program("serve", "--workers", "1", **environment) as running:
        assert running.ready(), running.said()
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(20) == 0


def test_a_worker_that_is_killed_is_replaced(serving_two: Program) -> None:
    workers = [process for process in serving_two.family if alive(process)]
    for process in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)

    def answers() -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return serving_two.ask(token=token())[0] == 200
        return False

    until(answers, 20)
    assert serving_two.process.poll() is None


# --- the embedded database ------------------------------------------------------------------


def test_a_demo_gives_a_token_that_works_and_its_folder_is_taken(short_folder: Path) -> None:
    data = str(short_folder / "data")
    with program("serve", "--demo", "--workers", "2", "--data-dir", data) as running:
        assert running.ready(), running.said()
        until(lambda: "curl " in running.said())
        signed = running.said().split("A token that is good for an hour:")[1].split()[0]
        assert running.ask(token=signed, body=MOMENT)[0] == 201
        assert running.statuses(signed) == {200}

        other = Run(CliRunner())
        told = other.bad("serve", "--data-dir", data, "--port", str(free_port()))
        assert data in told
        assert "The token is genuine" in other.good("explain-token", signed, "--data-dir", data)
        assert running.ask(token=signed)[0] == 200

        assert running.stop() == 0
        assert not any(alive(process) for process in running.family)
    with program("serve", "--workers", "1", "--data-dir", data) as again:
        assert again.ready(), again.said()
        status, body = again.ask(token=signed)
        assert (status, json.loads(body)["count"]) == (200, 1)


def test_kill_9_leaves_no_worker_and_no_postgresql_behind_for_long(short_folder: Path) -> None:
    data = str(short_folder / "data")
    with program("serve", "--demo", "--workers", "2", "--data-dir", data) as running:
        assert running.ready(), running.said()
        names = [name(process) for process in running.family if alive(process)]
        assert "postgres" in names
        assert len(names) >= 3
        running.process.kill()
        running.process.wait()
        until(lambda: not any(alive(process) for process in running.family), 20)
    with program("serve", "--workers", "1", "--data-dir", data) as again:
        assert again.ready(), again.said()
        assert again.ask()[0] == 403
