"""Everything that can be done to the program, with canaries in it."""

import contextlib
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.blackbox.leaks.canaries import PEOPLE, SECRETS
from tests.blackbox.leaks.world import FORGER, FROM_ENVIRONMENT, FROM_FILE, NOBODY, Leaky, World
from tests.blackbox.support.api import Api
from tests.blackbox.support.operations import OPERATIONS
from tests.blackbox.support.tokens import Credentials
from tests.blackbox.support.values import UNKNOWN, JsonObject
from tests.processes import descendants

HEADERS = {
    "X-Audit-Toelichting": PEOPLE["toelichting"],
    "X-NLX-Logrecord-ID": PEOPLE["header of a request"],
    "X-NLX-Request-User-Id": PEOPLE["user of a token"],
    "X-Onbekend": PEOPLE["header of a request"],
    "Cookie": f"x={PEOPLE['header of a request']}",
    "User-Agent": PEOPLE["header of a request"],
    "Referer": f"http://x/{PEOPLE['header of a request']}",
    "traceparent": PEOPLE["header of a request"],
}
# Kinds of fault for which the standard (behaviour 4, 5 and 7) has the value in the reason.
KLANT = ("URL of a klant", "BSN in a klant URL")


def moment(world: World, **fields: object) -> JsonObject:
    """Return a contactmoment that tells all there is to tell."""
    return {
        "bronorganisatie": "423182687",
        "kanaal": "telefoon",
        "tekst": f"{PEOPLE['tekst']} van {PEOPLE['BSN']}",
        "onderwerpLinks": [f"https://example.nl/{PEOPLE['URL of an onderwerp']}"],
        "medewerker": world.standin.medewerker(),
        "medewerkerIdentificatie": {
            "identificatie": "m1",
            "achternaam": PEOPLE["name of a medewerker"],
        },
        **fields,
    }


def operations(world: World) -> None:
    """Do all sixteen, in full and then without a right to."""
    api = world.api
    for credentials in (FROM_ENVIRONMENT, FROM_FILE):
        assert Leaky(world, credentials).get("/contactmomenten").status_code == 200
    stored = api.request("POST", "/contactmomenten", moment(world), headers=HEADERS).json()
    klant = api.klant_body(stored["url"], klant=world.standin.klant_with_user())
    assert api.post("/klantcontactmomenten", klant, headers=HEADERS).status_code == 201
    assert api.object(stored)["object"].endswith(PEOPLE["URL of an object"])
    for operation in OPERATIONS:
        path, body = operation.prepare(api)
        if isinstance(body, dict) and "contactmomenten" in path.split("/")[1][:15]:
            body = moment(world)
        answer = api.request(operation.method, path, body, headers=HEADERS)
        assert answer.status_code == operation.status, (operation, answer.text)
        for wrong in (FORGER, NOBODY):
            answer = Leaky(world, wrong).request(operation.method, path, body, headers=HEADERS)
            world.expect(answer, 403)
    for query in (
        {"klant": world.standin.klant()},
        {"klant": f"http://example.nl/?bsn={PEOPLE['BSN in a query string']}"},
    ):
        assert api.get("/klantcontactmomenten", **query).status_code == 200


def refusals(world: World) -> None:
    """Have every kind of fault found, in what is full of canaries."""
    api, bsn = world.api, PEOPLE["BSN in a query string"]
    world.expect(api.get("/contactmomenten", medewerker=bsn), 400)
    world.expect(api.get("/contactmomenten", bronorganisatie=bsn), 400)
    world.expect(api.get("/klantcontactmomenten", klant=bsn), 400)
    parameter = PEOPLE["name of a parameter"]
    world.expect(api.get("/contactmomenten", **{parameter: bsn}), 400, "name of a parameter")
    world.expect(api.get("/contactmomenten", ordering=parameter), 400, "name of a parameter")
    world.expect(api.get("/contactmomenten", page=bsn), 404)
    world.expect(api.get(f"/contactmomenten/{bsn}"), 404)
    world.expect(api.get(f"/{bsn}"), 404)
    world.expect(api.get(f"/contactmomenten/{UNKNOWN}?bsn={bsn}"), 404)
    world.expect(api.request(PEOPLE["method of a request"], "/contactmomenten"), 405,
                 "method of a request")  # fmt: skip
    told = {"Accept": PEOPLE["header of a request"]}
    world.expect(api.get("/contactmomenten", told), 406)
    told = {"Content-Type": f"text/{PEOPLE['header of a request']}"}
    world.expect(api.request("POST", "/contactmomenten", {}, headers=told), 415,
                 "header of a request")  # fmt: skip
    cut = f'{{"tekst": "{PEOPLE["tekst"]} {PEOPLE["BSN"]}'.encode()
    world.expect(api.request("POST", "/contactmomenten", content=cut), 400)
    for field in ("bronorganisatie", "registratiedatum", "tekst", "onderwerpLinks", "medewerker"):
        for value in (PEOPLE["tekst"], [PEOPLE["tekst"]], {PEOPLE["tekst"]: PEOPLE["BSN"]}):
            answer = api.post("/contactmomenten", moment(world, **{field: value}))
            if answer.status_code != 201:
                world.expect(answer, 400)
    answer = api.post("/contactmomenten", moment(world, initiatiefnemer=PEOPLE["tekst"]))
    world.expect(answer, 400, "tekst")
    answer = api.post("/contactmomenten", moment(world, vorigContactmoment=PEOPLE["tekst"]))
    world.expect(answer, 400)
    stored = api.moment()
    klant = api.klant(stored)
    body = api.klant_body(stored["url"], klant=klant["klant"])
    world.expect(api.post("/klantcontactmomenten", body), 400)
    world.expect(api.post("/klantcontactmomenten", body | {"klant": PEOPLE["BSN"]}), 400)
    for host in ("nergens.invalid", "10.1.2.3", "127.0.0.1:1"):
        url = f"http://u:{SECRETS['password in a URL']}@{host}/{PEOPLE['URL of a klant']}"
        answer = api.post("/klantcontactmomenten", body | {"klant": url})
        world.expect(answer, 400, *KLANT)
    for token in bad_tokens(world):
        answer = api.get("/contactmomenten", {"Authorization": token})
        world.expect(answer, 403)
    world.expect(api.post("/callbacks", {"kanaal": PEOPLE["tekst"], "actie": bsn}), 400)
    told_of = {
        "kanaal": PEOPLE["tekst"],
        "actie": PEOPLE["BSN"],
        "resource": PEOPLE["tekst"],
        "hoofdObject": world.standin.klant(),
        "resourceUrl": world.standin.klant(),
        "aanmaakdatum": "2026-01-01T00:00:00Z",
        "kenmerken": {PEOPLE["tekst"]: PEOPLE["BSN"]},
    }
    assert api.post("/callbacks", told_of).status_code == 204
    changed = told_of | {"kanaal": "autorisaties", "resourceUrl": world.echoes.url("ac", UNKNOWN)}
    assert api.post("/callbacks", changed).status_code == 204


def bad_tokens(world: World) -> list[str]:
    """Return what is no good as a token, with canaries inside."""
    secret, good = SECRETS["secret of no client"], world.token(NOBODY)
    old = world.token(FROM_FILE, {"iat": 1})
    odd = world.token(FROM_FILE, {"exp": PEOPLE["BSN"]})
    return [
        secret, f"Bearer {secret}", f"Basic {secret}", f"Bearer  {good}", f"bearer {good}",
        f"Bearer {good}", f"Bearer {good}x", f"Bearer {good[:-5]}", f"Bearer {old}",
        f"Bearer {odd}",
    ]  # fmt: skip


def neighbours_that_tell(world: World) -> None:
    """Have the neighbours refuse, break and lead away, telling what they heard."""
    api, echoes = world.api, world.echoes
    stored = api.moment()
    without_application = Credentials("lek-zonder-applicatie", SECRETS["secret of no client"])
    for status in (200, 302, 400, 403, 404, 500, 503):
        echoes.status, echoes.zaken_answer = status, False
        klant = f"{echoes.url('klanten', 'klanten')}?naam={PEOPLE['URL of a klant']}"
        answer = api.post("/klantcontactmomenten", api.klant_body(stored["url"], klant=klant))
        if status != 200:
            # Where a redirect led to is told to who gave the URL that leads there.
            led = ("answer of a neighbour",) if status == 302 else ()
            world.expect(answer, 400, *KLANT, *led)
        answer = api.post(
            "/contactmomenten", moment(world, medewerker=echoes.url("zaken", "medewerkers"))
        )
        if status != 200:
            led = ("answer of a neighbour",) if status == 302 else ()
            world.expect(answer, 400, *led)
        relation = api.object_body(stored["url"], object=echoes.url("zaken", "zaken"))
        for echoes.zaken_answer in (True, False):
            answer = api.post("/objectcontactmomenten", relation)
            # What the Zaken API says itself is what the standard (D-12) has us pass on.
            world.expect(answer, 400, "answer of a neighbour")
        world.expect(Leaky(world, without_application).get("/contactmomenten"), 403)


def a_broken_database(world: World) -> None:
    """Have statements fail with texts that quote whole rows, and then take PostgreSQL away."""
    api = world.api
    stored = api.moment()
    echo = (
        "CREATE FUNCTION vertel() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'rij %', NEW; END$$"
    )
    trigger = (
        "CREATE TRIGGER vertel BEFORE INSERT OR UPDATE ON {0} "
        "FOR EACH ROW EXECUTE FUNCTION vertel()"
    )
    world.sql(echo)
    for table in ("contactmoment", "audittrail", "notificatie"):
        world.sql(trigger.format(table))
        for answer in (
            api.request("POST", "/contactmomenten", moment(world), headers=HEADERS),
            api.request("PATCH", stored["url"], {"tekst": PEOPLE["tekst"]}, headers=HEADERS),
        ):
            world.expect(answer, 500)
        world.sql(f"DROP TRIGGER vertel ON {table}")
    for table in ("klantcontactmoment", "objectcontactmoment"):
        world.sql(trigger.format(table))
        body = api.klant_body if table[0] == "k" else api.object_body
        world.expect(api.request("POST", f"/{table}en", body(stored["url"]), headers=HEADERS), 500)
        world.sql(f"DROP TRIGGER vertel ON {table}")
    world.sql(trigger.format("client_secret"), trigger.format("service"))
    world.program.config.write_text(
        world.program.config.read_text().replace(SECRETS["second secret of a client"], "een ander")
    )
    told = world.command("configure", str(world.program.config))
    assert told.returncode == 1, told.stderr
    world.sql("DROP TRIGGER vertel ON client_secret", "DROP TRIGGER vertel ON service")
    # A constraint whose violation quotes the row, and a type that quotes the value.
    world.sql("ALTER TABLE contactmoment ADD CONSTRAINT stil CHECK (tekst = '') NOT VALID")
    world.expect(api.post("/contactmomenten", moment(world)), 500)
    world.sql("ALTER TABLE contactmoment DROP CONSTRAINT stil")
    world.sql("ALTER TABLE contactmoment RENAME COLUMN tekst TO weg")
    world.expect(api.post("/contactmomenten", moment(world)), 500)
    world.sql("ALTER TABLE contactmoment RENAME COLUMN weg TO tekst")
    assert api.post("/contactmomenten", moment(world)).status_code == 201
    for pid in world.program.postmasters():
        os.kill(pid, signal.SIGKILL)
    for _ in range(3):
        with contextlib.suppress(httpx.TransportError):
            answer = api.request("POST", "/contactmomenten", moment(world), headers=HEADERS)
            if answer.status_code != 201:
                world.expect(answer, 503)
    deadline = time.monotonic() + 40
    while api.get("/contactmomenten").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def broken_requests(world: World) -> None:
    """Send what is no HTTP, and hang up halfway."""
    api = world.api
    secret, bsn = SECRETS["secret of no client"], PEOPLE["BSN in a query string"]
    for head in (
        f"GET /api/v1/contactmomenten?bsn={bsn} HTTP/9.9\r\n\r\n",
        f"{PEOPLE['method of a request']} / HTTP/1.1\r\nHost: x\r\nAuthorization: {secret}\r\n\r\n",
        f"GET / HTTP/1.1\r\n{secret}\r\n\r\n",
        f"POST /api/v1/contactmomenten HTTP/1.1\r\nHost: x\r\nContent-Length: x{bsn}\r\n\r\n",
    ):
        _send(api, head.encode())
    length = "Content-Length: 1000\r\nContent-Type: application/json"
    token = api.authorization()["Authorization"]
    _send(
        api,
        f"POST /api/v1/contactmomenten HTTP/1.1\r\nHost: {api.host}\r\nAuthorization: {token}\r\n"
        f"{length}\r\n\r\n{PEOPLE['tekst']}".encode(),
    )


def _send(api: Api, content: bytes) -> None:
    import socket  # noqa: PLC0415

    host, _, port = api.host.partition(":")
    with (
        socket.create_connection((host, int(port)), timeout=2) as connection,
        contextlib.suppress(OSError),
    ):
        connection.sendall(content)
        connection.settimeout(0.3)
        connection.recv(10_000)


def commands(world: World) -> None:
    """Run every command beside the program."""
    echoes, config = world.echoes, str(world.program.config)
    good, forged = (
        world.token(FROM_FILE, {"user_id": "", "user_representation": ""}),
        world.token(FORGER),
    )
    echoes.status = 500
    assert world.command("explain-token", "-", given=good).returncode == 0
    assert world.command("explain-token", "-", given=f"Bearer {forged}").returncode == 1
    made = world.command("token", "x", "--secret", "-", given=SECRETS["secret of no client"])
    # What it is for: not to be kept as something that leaks.
    world.commands[-1] = made.stderr
    assert made.returncode == 0
    several = (
        ("migrate",),
        ("version",),
        ("configure", "--dry-run", config),
        ("notifications", "list"),
        ("notifications", "list", "--failed"),
        ("relations", "check"),
        ("counts", "check"),
        ("register-kanaal",),
        ("subscribe-autorisaties", FROM_FILE.client_id),
        ("secrets", "rotate"),
        ("demo-data", "--count", "1"),
        ("serve", "--config", config),
    )
    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(lambda one: world.command(*one), several))) == len(several)


def wrong_starts(world: World) -> None:
    """Start with what is wrong and holds secrets; `tests/cli/test_leaks.py` has many more."""
    url = f"postgresql://u:{SECRETS['password of a database']}@127.0.0.1:1/d"
    assert world.command("migrate", DATABASE_URL=url).returncode == 1
    assert world.command("migrate", SECRET_KEY=SECRETS["secret of no client"]).returncode == 1
    wrong = world.program.folder / "wrong.yaml"
    wrong.write_text(world.program.config.read_text().replace('"secret": ', '"sekret": '))
    assert world.command("configure", str(wrong)).returncode == 1


def core_limits(world: World) -> dict[str, int]:
    """Return how large a core dump each process of the program may make, by command line."""
    limits = {}
    for pid in (world.program.pid, *descendants(world.program.pid), *world.program.postmasters()):
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{pid}/limits").read_text()
            line = next(line for line in text.splitlines() if line.startswith("Max core"))
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            size = line.split()[4]
            limits[f"{name} {pid}"] = -1 if size == "unlimited" else int(size)
    return limits
