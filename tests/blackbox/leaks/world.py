"""One program with canaries in every place, among neighbours that tell all they hear."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from contactmomenten.database.embedded.binaries import installed
from contactmomenten.database.embedded.running import connection_of_running
from tests.blackbox.leaks.canaries import PEOPLE, SECRETS
from tests.blackbox.support import clients, tokens
from tests.blackbox.support.api import Api
from tests.blackbox.support.collector import Collector
from tests.blackbox.support.neighbour import Asked, Neighbour, Reply
from tests.blackbox.support.program import Program, environment
from tests.blackbox.support.standin import StandIn, zaak
from tests.blackbox.support.tokens import Credentials
from tests.blackbox.support.values import JsonObject
from tests.processes import descendants

CLIENT = Credentials("lek-alles", SECRETS["secret of a client"])
FROM_ENVIRONMENT = Credentials("lek-env", SECRETS["secret of a client from the environment"])
FROM_FILE = Credentials("lek-file", SECRETS["secret of a client from a file"])
NOBODY = Credentials("lek-onbekend", SECRETS["secret of no client"])
FORGER = Credentials(CLIENT.client_id, SECRETS["secret of no client"])
CLAIMS: JsonObject = {
    "user_id": PEOPLE["user of a token"],
    "user_representation": PEOPLE["name of the user of a token"],
}


class Surroundings(StandIn):
    """Other APIs that have everything, at URLs that tell of people and hold a password."""

    def _with_user(self) -> str:
        return self.origin.replace("//", f"//gebruiker:{SECRETS['password in a URL']}@")

    def klant(self) -> str:
        return f"{super().klant()}/{PEOPLE['URL of a klant']}?bsn={PEOPLE['BSN in a klant URL']}"

    def klant_with_user(self) -> str:
        return super().klant().replace(self.origin, self._with_user())

    def medewerker(self) -> str:
        return f"{super().medewerker()}/{PEOPLE['URL of a medewerker']}"

    def zaak(self) -> str:
        return f"{super().zaak()}?van={PEOPLE['URL of an object']}"


def echo(status: int, asked: Asked) -> Reply:
    """Tell all that was asked, in body and headers, with something of its own."""
    said = json.dumps(
        {
            # First, as what is told on may be cut off.
            "shown": asked.headers.get("authorization", ""),
            "method": asked.method,
            "path": asked.path,
            "query": asked.query,
            "headers": asked.headers,
            "body": asked.body.decode(errors="replace"),
            "own": PEOPLE["answer of a neighbour"],
        }
    )
    content = {"code": said, "title": said, "detail": said, "status": status, "results": said}
    headers = {"X-Echo": asked.headers.get("authorization", "")}
    if 300 <= status < 400:
        shown = asked.headers.get("authorization", "").replace(" ", "%20")
        headers["Location"] = f"/weg/{PEOPLE['answer of a neighbour']}?door={shown}"
    return Reply(status, content, headers)


@dataclass
class Echoes:
    """A Zaken API, a Klanten API, an AC and an NRC that tell all they hear, with this status."""

    server: Neighbour = field(default_factory=Neighbour)
    status: int = 500
    zaken_answer: bool = False
    notifications: list[bytes] = field(default_factory=list)
    authorisations: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.server.answer = self._answer

    def _answer(self, asked: Asked) -> Reply:
        if asked.path.endswith("/notificaties"):
            self.notifications.append(asked.body)
        if "authorization" in asked.headers:
            self.authorisations.add(asked.headers["authorization"])
        if asked.path.startswith("/weg/"):
            return Reply(404)
        if self.zaken_answer and "/zaken/" in asked.path.removeprefix("/zaken/api/v1"):
            return Reply(200, zaak(f"{self.server.origin}{asked.path}"))
        return echo(self.status, asked)

    def url(self, api: str, kind: str) -> str:
        return f"{self.server.origin}/{api}/api/v1/{kind}/0b5a7f0e-3d0a-4a36-9f0c-6d5c0f3d8a11"


def configuration(standin: StandIn, echoes: Echoes, secret_file: Path) -> JsonObject:
    """Return a configuration with a canary in every place for a secret."""

    def service(identifier: str, root: str, kind: str, **more: object) -> JsonObject:
        return {
            "identifier": identifier,
            "label": identifier,
            "api_root": root,
            "api_type": kind,
            "client_id": f"cmc-{identifier}",
            "secret": SECRETS["secret of a service"],
            **more,
        }

    other = echoes.server.origin
    content = clients.configuration(
        [CLIENT, Credentials(CLIENT.client_id, SECRETS["second secret of a client"])],
        [
            clients.applicatie(f"11111111-0000-4000-8000-00000000000{number}", "Lek", one, [],
                               alles=True)
            for number, one in enumerate((CLIENT, FROM_ENVIRONMENT, FROM_FILE))
        ],
    )  # fmt: skip
    content["vng_api_common_credentials"]["items"] += [
        {"identifier": FROM_ENVIRONMENT.client_id, "secret": "${KANARIE}"},
        {"identifier": FROM_FILE.client_id, "secret": {"value_from": {"file": str(secret_file)}}},
        {"identifier": "lek-zonder-applicatie", "secret": SECRETS["secret of no client"]},
    ]
    key = {
        "auth_type": "api_key",
        "client_id": "",
        "secret": "",
        "header_key": "Authorization",
        "header_value": f"Token {SECRETS['header value of a service']}",
    }
    content |= {
        "zgw_consumers_config_enable": True,
        "zgw_consumers": {
            "services": [
                service("zaken", f"{standin.origin}/zaken/api/v1/", "zrc"),
                service("klanten", f"{standin.origin}/klanten/api/v1/", "kc", **key),
                service("zaken-echo", f"{other}/zaken/api/v1/", "zrc"),
                service("klanten-echo", f"{other}/klanten/api/v1/", "kc", **key),
                service(
                    "nrc",
                    f"{other}/nrc/api/v1/",
                    "nrc",
                    secret=SECRETS["secret of the notifications API"],
                ),
                service(
                    "ac",
                    f"{other}/ac/api/v1/",
                    "ac",
                    secret=SECRETS["secret of the authorisations API"],
                ),
            ]
        },
        "notifications_config_enable": True,
        "notifications_config": {"notifications_api_service_identifier": "nrc"},
        "autorisaties_config_enable": True,
        "autorisaties_config": {"autorisaties_api_service_identifier": "ac"},
    }
    return content


@dataclass
class World:
    """The program, all that is around it, and all that came out of it."""

    program: Program
    standin: Surroundings
    echoes: Echoes
    collector: Collector
    http: httpx.Client
    # What commands have otherwise than the program.
    of_commands: Mapping[str, str]
    # Each with the canaries that the standard has us tell back to who sent them.
    errors: list[tuple[httpx.Response, frozenset[str]]] = field(default_factory=list)
    commands: list[bytes] = field(default_factory=list)
    command_lines: set[str] = field(default_factory=set)
    environments: Mapping[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def canaries(self) -> dict[str, str]:
        """Return all of them: those planted, the tokens of callers, and those we showed."""
        shown = {
            f"token of ours {number}": one.rsplit(".", 1)[1]
            for number, one in enumerate(self.echoes.authorisations)
            if one.startswith("Bearer ")
        }
        return {**SECRETS, **PEOPLE, **self.tokens, **shown}

    @property
    def api(self) -> Api:
        return Leaky(self)

    def metrics(self) -> bytes:
        """Return the figures that are told to Prometheus."""
        return self.http.get(f"http://127.0.0.1:{self.program.env['METRICS_PORT']}/metrics").content

    def token(self, credentials: Credentials, changes: JsonObject | None = None) -> str:
        """Return a token, whose signature is a canary from now on."""
        made = tokens.token(credentials, CLAIMS | (changes or {}))
        self.tokens[f"token {len(self.tokens)}"] = made.rsplit(".", 1)[1]
        return made

    def expect(self, response: httpx.Response, status: int, *told_back: str) -> None:
        """Keep an error body; it may hold no canary but those that are told back."""
        assert response.status_code == status, response.text
        self.errors.append((response, frozenset(told_back)))

    def command(
        self, *arguments: str, given: str = "", **env: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command beside the program, and keep what it says and what others see of it."""
        process = subprocess.Popen(
            [sys.executable, "-m", "contactmomenten", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(
                {
                    **self.program.env,
                    **self.of_commands,
                    "PYTHONASYNCIODEBUG": "",
                    "DATA_DIR": str(self.program.data),
                    **env,
                }
            ),
        )
        self.look(process.pid)
        try:
            out, err = process.communicate(given.encode(), timeout=60)
        finally:
            process.kill()
        self.commands.append(b"$ " + " ".join(arguments[:2]).encode() + b"\n" + out + err)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def look(self, *roots: int) -> None:
        """Keep the command lines that every user of the machine can see."""
        for root in roots or (self.program.pid,):
            for pid in (root, *descendants(root), *self.program.postmasters()):
                for one in (pid, *descendants(pid)):
                    with_zeros = _read(Path(f"/proc/{one}/cmdline"))
                    self.command_lines.add(with_zeros.replace(b"\0", b" ").decode())

    def sql(self, *statements: str) -> None:
        """Change the database behind the program's back."""
        import asyncio  # noqa: PLC0415 (a loop of its own, in a thread of its own)

        async def run() -> None:
            info = connection_of_running(self.program.data, owner=True)
            assert info is not None
            connection = await asyncpg.connect(**info.connect_args())
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        thread = threading.Thread(target=lambda: asyncio.run(run()))
        thread.start()
        thread.join()

    def dump(self) -> bytes:
        """Return a dump of the whole database."""
        info = connection_of_running(self.program.data, owner=True)
        assert info is not None
        command = [installed().program("pg_dump"), "--host", info.host, "--port", str(info.port)]
        command += ["--username", info.user, "--no-password", info.database]
        env = {**os.environ, "PGPASSWORD": info.password or ""}
        return subprocess.run(command, env=env, check=True, capture_output=True).stdout

    def database_log(self) -> bytes:
        """Return all that the embedded PostgreSQL logged."""
        return b"".join(_read(path) for path in self.program.data.rglob("server.log*"))

    def until_delivered(self, number: int) -> None:
        """Wait until the NRC was told so often."""
        deadline = time.monotonic() + 20
        while len(self.echoes.notifications) < number:
            assert time.monotonic() < deadline
            time.sleep(0.05)


class Leaky(Api):
    """A client whose tokens are canaries."""

    def __init__(self, world: World, credentials: Credentials = CLIENT) -> None:
        super().__init__(world.program.root, world.http, world.standin, credentials)
        self._world = world

    def authorization(self, changes: JsonObject | None = None) -> dict[str, str]:
        assert self.credentials is not None
        return {"Authorization": f"Bearer {self._world.token(self.credentials, changes)}"}

    def speaking_as(self, credentials: Credentials) -> "Leaky":
        return Leaky(self._world, credentials)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
