"""One request, and what must come of it."""

from dataclasses import dataclass, field

from tests.blackbox.support import clients
from tests.blackbox.support.expect import Entry

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, repr=False)
class Client:
    """Somebody who asks: a client id ("" sends no token) with its applications."""

    client_id: str
    scopes: frozenset[str] = frozenset()
    applicatie_id: str = ""
    label: str = ""

    def __repr__(self) -> str:
        return self.client_id or "niemand"


ALLES = Client("alles", frozenset(clients.SCOPES), "78591bab-9a00-4887-849c-53b21a67782f", "Alles")
LEZER = Client(
    "lezer",
    frozenset({clients.LEZEN, clients.AUDITTRAILS}),
    "0d1a7e5e-5d5c-4b53-8f0e-3a1c6b7d9e01",
    "Lezer",
)
SCHRIJVER = Client(
    "schrijver",
    frozenset({clients.AANMAKEN, clients.BIJWERKEN}),
    "5f0b4f5e-3c0c-4a55-8f2b-9c3f0a2d7e01",
    "Schrijver",
)
WISSER = Client(
    "wisser", frozenset({clients.VERWIJDEREN}), "2b1d7e5e-5d5c-4b53-8f0e-3a1c6b7d9e02", "Wisser"
)
ZONDER = Client("zonder")
NIEMAND = Client("")
EVERYBODY = (ALLES, LEZER, SCHRIJVER, WISSER, ZONDER, NIEMAND)

HOST = "localhost"
INWAY = "inway.example.nl"


@dataclass(frozen=True)
class Ask:
    """A request; the body is sent as it is."""

    method: str
    path: str  # below the root, or from /api/ on
    client: Client = ALLES
    query: Pairs = ()
    body: bytes = b""
    host: str = HOST
    accept: str = "application/json"
    content_type: str = "application/json"
    if_none_match: str = ""
    toelichting: str = ""

    @property
    def root(self) -> str:
        return f"http://{self.host}/api/v1"


@dataclass(frozen=True)
class Expected:
    """An answer; a problem has a code, and a validation problem its entries.

    A reason of "" in an entry, and a detail of "", may be anything.
    """

    status: int
    content: object = None
    allow: str = ""
    location: str = ""
    cached: bool = False
    code: str = ""
    detail: str = ""
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class New:
    """What only the program can choose: the uuid and the moment of what it has made."""

    uuid: str = ""
    registratiedatum: str = ""


class RefusedError(Exception):
    """The answer is a problem."""

    def __init__(
        self, status: int, code: str, entries: list[Entry] | None = None, detail: str = ""
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.entries = entries or []
        self.detail = detail


def invalid(*entries: Entry) -> RefusedError:
    """Return the 400 of a validation."""
    return RefusedError(400, "invalid", list(entries))


def not_found() -> RefusedError:
    return RefusedError(404, "not_found", detail="Niet gevonden.")
