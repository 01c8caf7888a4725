"""No canary comes out of the program, but where it is meant to."""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Final

import httpx
import pytest

from tests import proof
from tests.blackbox.leaks import driving
from tests.blackbox.leaks.canaries import PEOPLE, SECRETS, forms, hits
from tests.blackbox.leaks.world import Echoes, Surroundings, World, configuration
from tests.blackbox.support.collector import Collector
from tests.blackbox.support.program import Program, free_port

# The first test waits for the program to be driven through everything.
pytestmark = pytest.mark.timeout(600)

# How the program logs. Its commands use the other format, so that one level looks at both.
OTHER: Final = {"json": "plain_console", "plain_console": "json"}
LOGS: Final = (
    list(product(["DEBUG", "INFO", "WARNING", "ERROR"], OTHER))
    if proof.LONG
    else [("DEBUG", "json")]
)

# Everything that comes out of the program and is not meant for who may read the data. An output
# that is new, such as metrics or traces, is a line here.
OUTPUTS: Final[Mapping[str, Callable[[World], bytes]]] = {
    "log": lambda world: world.program.log.read_bytes(),
    "log of PostgreSQL": World.database_log,
    "output of commands": lambda world: b"\n".join(world.commands),
    "command lines": lambda world: "\n".join(world.command_lines).encode(),
    "notifications": lambda world: b"\n".join(world.echoes.notifications),
    "metrics": World.metrics,
    "traces": lambda world: b"\n".join(one.body for one in list(world.collector.asked)),
}
# What shows that an output was really there to be searched.
SEEN: Final = {
    "log": b"",  # at ERROR there may be nothing in it
    "log of PostgreSQL": b"database system is ready",
    "output of commands": b"Total: ",
    "command lines": b"postgres",
    "notifications": b"hoofdObject",
    "metrics": b"contactmomenten_requests_total",
    "traces": b"/api/v1/contactmomenten",
}


@pytest.fixture(scope="module", params=LOGS, ids="-".join)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Drive a program through everything, at this level and in this format of logging."""
    level, form = request.param
    secret_file = tmp_path_factory.mktemp("leaks") / "secret"
    secret_file.write_text(SECRETS["secret of a client from a file"])
    standin, echoes, collector = Surroundings(), Echoes(), Collector()
    env = {
        "LOG_LEVEL": level,
        "LOG_FORMAT_CONSOLE": form,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.origin,
        "OTEL_EXPORTER_OTLP_HEADERS": f"x-key={SECRETS['header for the collector']}",
        "SECRET_KEY": SECRETS["key of the installation"],
        "KANARIE": SECRETS["secret of a client from the environment"],
        "NOTIFICATIONS_DISABLED": "false",
        "SITE_DOMAIN": "cmc.example.nl",
        "OUTGOING_TIMEOUT": "2",
        "AC_CACHE_SECONDS": "1",
        "METRICS_PORT": str(free_port()),
        "AC_CACHE_MAX_AGE": "1",
        # What developers and worried operators switch on.
        "PYTHONASYNCIODEBUG": "1",
        "PYTHONFAULTHANDLER": "1",
        "RUST_BACKTRACE": "1",
    }
    env["ALLOWED_HOSTS"] = "*"
    program = Program(configuration(standin, echoes, secret_file), env)
    try:
        with httpx.Client(trust_env=False, timeout=20) as http:
            world = World(
                program, standin, echoes, collector, http, {"LOG_FORMAT_CONSOLE": OTHER[form]}
            )
            program.start()
            world.look()
            for part in (
                driving.operations,
                driving.refusals,
                driving.neighbours_that_tell,
                driving.broken_requests,
                driving.commands,
                driving.wrong_starts,
                driving.a_broken_database,
            ):
                part(world)
                world.look()
            echoes.status = 201
            yield world
            program.stop()
    finally:
        program.remove()
        standin.close()
        echoes.server.close()
        collector.close()


@pytest.mark.proof
@pytest.mark.parametrize("output", OUTPUTS)
def test_no_canary_is_in_it(world: World, output: str) -> None:
    content = OUTPUTS[output](world)
    assert SEEN[output] in content
    canaries = world.canaries
    found = hits(canaries, content)
    proof.record(
        f"Leaks: {output}", canaries=len(canaries), bytes_searched=len(content), hits=len(found)
    )
    assert found == {}


def test_the_log_is_in_the_format_that_is_asked_for(
    world: World, request: pytest.FixtureRequest
) -> None:
    lines = world.program.log.read_text().splitlines()
    found = [line for line in lines if "request_finished" in line]
    assert bool(found) == (world.program.env["LOG_LEVEL"] in {"DEBUG", "INFO"})
    in_json = world.program.env["LOG_FORMAT_CONSOLE"] == "json"
    assert all(line.startswith("{") == in_json for line in found)


@pytest.mark.proof
def test_no_error_body_holds_one_but_what_the_standard_tells_back(world: World) -> None:
    canaries = world.canaries
    found = []
    for response, told_back in world.errors:
        content = response.content + b"\n" + str(response.headers).encode()
        assert json.loads(response.content)["status"] == response.status_code
        for name, around in hits(canaries, content).items():
            if name not in told_back:
                found.append((response.request.method, str(response.url), name, around))
    statuses = {response.status_code for response, _ in world.errors}
    assert statuses >= {400, 403, 404, 405, 406, 415, 500}
    proof.record("Leaks: error bodies", bodies=len(world.errors), hits=len(found))
    assert found == []


def test_a_dump_of_the_database_holds_no_secret(world: World) -> None:
    dump = world.dump()
    assert hits(SECRETS, dump).keys() <= {"password in a URL"}
    # What the clients store is there as it is meant to be, so it was looked for in the right place;
    # a URL with a password in it is stored as the client gave it (behaviour 4.0).
    for name in ("tekst", "BSN", "URL of a klant", "user of a token", "toelichting"):
        assert name in hits(PEOPLE, dump)


def test_a_notification_holds_what_the_standard_says_and_no_more(world: World) -> None:
    bodies = [json.loads(body) for body in world.echoes.notifications]
    assert bodies
    for body in bodies:
        assert list(body) == [
            "kanaal", "hoofdObject", "resource", "resourceUrl", "actie", "aanmaakdatum",
            "kenmerken",
        ]  # fmt: skip
        assert list(body["kenmerken"]) == ["bronorganisatie", "kanaal"]


def test_no_token_of_a_caller_goes_on_to_a_neighbour(world: World) -> None:
    sent = "\n".join(world.echoes.authorisations).encode()
    assert b"Bearer eyJ" in sent
    assert hits(world.tokens, sent) == {}


def test_no_process_leaves_a_core_dump(world: World) -> None:
    limits = driving.core_limits(world)
    assert any("postgres" in name for name in limits)
    assert len(limits) >= 5
    # 1 is what the kernel takes for "not even to a program that collects them".
    assert set(limits.values()) <= {0, 1}, limits


@pytest.mark.parametrize("name", [*SECRETS, *PEOPLE])
def test_a_canary_is_found_however_it_is_written(name: str) -> None:
    canaries = {**SECRETS, **PEOPLE}
    for form in forms(canaries[name]):
        assert name in hits(canaries, b'{"x":"' + form + b'"}')
    assert hits(canaries, b"nothing") == {}
