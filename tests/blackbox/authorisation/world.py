"""One program, its database, an Autorisaties API, and one of everything to ask for."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from contactmomenten.database.pool import Connection
from tests.blackbox.support import clients, expect
from tests.blackbox.support.api import Api
from tests.blackbox.support.neighbour import Asked, Neighbour, Reply
from tests.blackbox.support.program import Program, environment
from tests.blackbox.support.standin import StandIn
from tests.blackbox.support.tokens import Credentials
from tests.blackbox.support.values import RSIN, UNKNOWN, JsonObject, uuid_of

from .states import AC, LOCAL, STATES, State, at_the_ac, configured
from .table import Row

AC_PATH: Final = "/api/v1/applicaties"
LIFETIME: Final = 3.0  # AC_CACHE_SECONDS

BEHEER: Final = Credentials("beheer", "geheim-van-beheer-met-meer-dan-32-tekens")
STRANGER: Final = Credentials("vreemd", "geheim-van-vreemd-met-meer-dan-32-tekens")

# Everything that a refused request might have written.
_DIGEST: Final = """
SELECT string_agg(md5(inhoud), ' ') FROM (
    SELECT string_agg(c::text, '|' ORDER BY id) AS inhoud FROM contactmoment c
    UNION ALL SELECT string_agg(k::text, '|' ORDER BY id) FROM klantcontactmoment k
    UNION ALL SELECT string_agg(o::text, '|' ORDER BY id) FROM objectcontactmoment o
    UNION ALL SELECT string_agg(a::text, '|' ORDER BY id) FROM audittrail a
    UNION ALL SELECT string_agg(n::text, '|' ORDER BY id) FROM notificatie n
    UNION ALL SELECT string_agg(k::text, '|' ORDER BY voorganger) FROM keten k
) alles
"""


@dataclass
class Ac:
    """The Autorisaties API: what it has, and clients to whom it answers otherwise."""

    server: Neighbour
    states: list[State]
    odd: dict[str, Reply] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Reply:
        """Answer the list of the applications of one client."""
        client_id = asked.query.get("clientIds", "")
        if client_id in self.odd:
            return self.odd[client_id]
        root = f"{self.server.origin}{AC_PATH}"
        found = [
            one
            for state in self.states
            if state.client(AC).client_id == client_id
            for one in at_the_ac(state, root)
        ]
        page = {"count": len(found), "next": None, "previous": None, "results": found}
        return Reply(content=page)


def configuration(ac: Neighbour, states: list[State]) -> JsonObject:
    """Return the configuration with all clients; `states` have their applications in it."""
    known = [state.client(source) for state in STATES for source in (LOCAL, AC)]
    odd = [of_odd(name) for name in ODD_ANSWERS]
    beheer = clients.applicatie(clients.APPLICATIE_ALLES, "Beheer", BEHEER, [], alles=True)
    blocks = clients.configuration(
        [BEHEER, *known, *odd], [beheer, *(one for state in states for one in configured(state))]
    )
    return blocks | {
        "zgw_consumers_config_enable": True,
        "zgw_consumers": {
            "services": [
                {
                    "identifier": "ac",
                    "label": "Autorisaties API",
                    "api_root": f"{ac.origin}/api/v1/",
                    "api_type": "ac",
                    "auth_type": "zgw",
                    "client_id": "cmc-bij-ac",
                    "secret": clients.ALLES.secret,
                }
            ]
        },
        "autorisaties_config_enable": True,
        "autorisaties_config": {"autorisaties_api_service_identifier": "ac"},
    }


# Answers of the AC that give nobody anything, with the code of the refusal.
ODD_ANSWERS: Final = {
    "stuk": (Reply(500), "permission_denied"),
    "weigert": (Reply(403, content={"code": "permission_denied"}), "permission_denied"),
    "kent-ons-niet": (
        Reply(403, content={"code": "not_authenticated"}),
        "not_authenticated_for_ac",
    ),
    "onzin": (
        Reply(content={"results": [1, None, {"heeftAlleAutorisaties": "true"}]}),
        "permission_denied",
    ),
}


def of_odd(name: str) -> Credentials:
    """Return the client to whom the AC answers so."""
    return Credentials(f"ac-{name}", f"geheim-van-{name}-met-meer-dan-32-tekens")


def headers_of(response: httpx.Response) -> dict[str, str]:
    """Return the headers, but for the moment itself."""
    return {name: value for name, value in response.headers.items() if name != "date"}


def shown(response: httpx.Response) -> tuple[int, dict[str, str], JsonObject]:
    """Return all that a client gets to see, without the number of the problem."""
    content: JsonObject = response.json() if response.content else {}
    content.pop("instance", None)
    return response.status_code, headers_of(response), content


class World:
    """What every test asks, and what it may find."""

    def __init__(
        self,
        program: Program,
        ac: Ac,
        connection: Connection,
        http: httpx.Client,
        standin: StandIn,
    ) -> None:
        self.program = program
        self.ac = ac
        self.connection = connection
        self.cells: Counter[str] = Counter()
        self.http = http
        self.beheer = Api(program.root, http, standin, BEHEER)
        self.moment = self.beheer.moment()
        self.line = self.beheer.trail(self.moment)[0]
        self.klant = self.beheer.klant(self.moment)
        self.object = self.beheer.object(self.moment)
        # Of something that is there, as long as nobody changes it.
        self.tag: str = self.beheer.get(self.klant["url"]).headers["etag"]

    def api(self, credentials: Credentials) -> Api:
        return self.beheer.as_client(credentials)

    def path(self, row: Row, *, fresh: bool = False) -> str:
        """Return the path of something that is there, of its own for a deletion."""
        moment, klant, relation = self.moment, self.klant, self.object
        if fresh:
            moment = self.beheer.moment()
            klant, relation = self.beheer.klant(moment), self.beheer.object(moment)
            self.beheer.standin.forget(relation["object"])
        values = {
            "m": uuid_of(moment["url"]),
            "r": self.line["uuid"],
            "k": uuid_of(klant["url"]),
            "o": uuid_of(relation["url"]),
        }
        return row.path.format(**values)

    def body(self, row: Row) -> bytes | None:
        """Return a body that is right."""
        bodies: dict[tuple[str, str], Any] = {
            ("POST", "/contactmomenten"): self.beheer.moment_body,
            ("POST", "/klantcontactmomenten"): lambda: self.beheer.klant_body(self.moment["url"]),
            ("POST", "/objectcontactmomenten"): lambda: self.beheer.object_body(self.moment["url"]),
            ("PUT", "/contactmomenten/{m}"): lambda: {"bronorganisatie": RSIN, "tekst": "put"},
            ("PATCH", "/contactmomenten/{m}"): lambda: {"tekst": "patch"},
        }
        make = bodies.get((row.method, row.path))
        return json.dumps(make()).encode() if make else None

    def variants(
        self, api: Api, row: Row, headers: Mapping[str, str] | None = None
    ) -> list[httpx.Response]:
        """Ask for what is there, for what is not, and for nonsense; with these headers besides."""
        extra = dict(headers or {})
        nowhere = row.path.format(m=UNKNOWN, r=UNKNOWN, k=UNKNOWN, o=UNKNOWN)
        nonsense = row.path.format(m="abc", r="abc", k="abc", o="abc")
        written = row.writes and row.method != "DELETE"
        broken = b"{" if written else None
        return [
            api.request(row.method, self.path(row), content=self.body(row), headers=extra),
            api.request(
                row.method,
                nowhere,
                content=broken,
                headers=extra | {"If-None-Match": f"*, {self.tag}"},
            ),
            api.request(
                row.method,
                f"{nonsense}?onbekend=1&page=999&kanaal={self.moment['kanaal']}",
                content=b"x" if written else None,
                headers=extra | ({"Content-Type": "text/plain"} if written else {}),
            ),
        ]

    def refuse(
        self, api: Api, row: Row, code: str = "", headers: Mapping[str, str] | None = None
    ) -> int:
        """Expect the same refusal whatever is asked for; return how many were looked at.

        Without `code` it is the usual one, with the usual text.
        """
        answers = self.variants(api, row, headers)
        for answer in answers:
            assert answer.status_code == 403, (row, answer.status_code)
            if row.method == "HEAD":
                assert answer.content == b""
            else:
                expect.forbidden(answer, code)
            expect.headers(answer, row.allow)
            assert not {"etag", "location", "last-modified"} & set(answer.headers)
            assert shown(answer) == shown(answers[0]), (row, shown(answer), shown(answers[0]))
        return len(answers)

    async def permit(self, api: Api, row: Row) -> None:
        """Expect that it is done, and that a list tells of everything."""
        path = self.path(row, fresh=row.method == "DELETE")
        before = await self.digest() if row.writes else ""
        answer = api.request(row.method, path, content=self.body(row))
        assert answer.status_code == row.status, (row, answer.text)
        expect.headers(answer, row.allow)
        if row.writes:
            assert await self.digest() != before
        elif row.method == "GET" and row.path.count("/") == 1:
            table = row.path[1:].removesuffix("en")
            count = await self.connection.fetchval(f"SELECT count(*) FROM {table}")
            assert answer.json()["count"] == count > 0

    async def digest(self) -> str:
        """Return what stands for everything that is written."""
        digest: str = await self.connection.fetchval(_DIGEST)
        return digest

    async def configure(self, states: list[State]) -> None:
        """Bring another configuration to the running program."""
        self.program.config.write_text(json.dumps(configuration(self.ac.server, states)))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "contactmomenten",
            "configure",
            str(self.program.config),
            env=environment({"DATA_DIR": str(self.program.data), **self.program.env}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        await asyncio.sleep(1.5)


def forged(credentials: Credentials) -> Credentials:
    """Return the same client with another secret."""
    return Credentials(credentials.client_id, "een-heel-ander-geheim-van-meer-dan-32-tekens")
