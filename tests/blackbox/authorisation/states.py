"""The clients: every state that an application can be in, and what it may do."""

from dataclasses import dataclass
from itertools import combinations
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from tests.blackbox.support import clients
from tests.blackbox.support.tokens import Credentials
from tests.blackbox.support.values import JsonObject

SCOPES: Final = clients.SCOPES


@dataclass(frozen=True)
class Applicatie:
    """One application: its autorisaties as (component, scopes)."""

    autorisaties: tuple[tuple[str, tuple[str, ...]], ...] = ()
    alles: bool = False


@dataclass(frozen=True)
class State:
    """A client with its applications; `may` is what they come to."""

    name: str
    applicaties: tuple[Applicatie, ...]
    may: frozenset[str] = frozenset()
    covering: bool = True  # also in the short run

    def client(self, source: str) -> Credentials:
        """Return the client in this state whose rights come from `source`."""
        name = f"{source}-{self.name}"
        return Credentials(name, f"geheim-van-{name}-met-meer-dan-32-tekens")


def _state(
    name: str,
    *applicaties: Applicatie,
    may: tuple[str, ...] = (),
    covering: bool = True,
) -> State:
    return State(name, applicaties, frozenset(may), covering)


def _own(*scopes: str) -> Applicatie:
    return Applicatie((("cmc", scopes),))


def _short(scopes: tuple[str, ...]) -> str:
    """Return a name for a set: the first letters, with a t for audittrails."""
    letters = "".join("t" if scope == clients.AUDITTRAILS else scope[16] for scope in scopes)
    return letters or "geen"


_PAIRS: Final = list(combinations(SCOPES, 2))
_LOOKALIKES: Final = {
    "hoofdletters": [scope.upper() for scope in SCOPES],
    "hoofdletter": [scope.title() for scope in SCOPES],
    "langer": [f"{scope}.alles" for scope in SCOPES],
    "voorvoegsel": [f"x{scope}" for scope in SCOPES],
    "korter": [scope[:-1] for scope in SCOPES],
    "los": ["contactmomenten", "lezen", "audittrails", "alles"],
    "sterren": ["*", "contactmomenten.*", "%", ".*"],
    "aaneen": [",".join(SCOPES[:2]), " ".join(SCOPES[2:4]), " ".join(SCOPES[3:])],
    "blanco": [f" {scope}" for scope in SCOPES] + [f"{scope} " for scope in SCOPES],
    "elders": ["zaken.lezen", "klanten.lezen", "autorisaties.lezen", "notificaties.publiceren"],
}

STATES: Final = [
    *(
        _state(f"set-{_short(scopes)}", _own(*scopes), may=scopes, covering=size in {1, 5})
        for size in range(1, 6)
        for scopes in combinations(SCOPES, size)
    ),
    *(
        _state(
            f"twee-autorisaties-{_short(pair)}",
            Applicatie((("cmc", pair[:1]), ("cmc", pair[1:]))),
            may=pair,
            covering=number == 2,
        )
        for number, pair in enumerate(_PAIRS)
    ),
    *(
        _state(
            f"twee-applicaties-{_short(pair)}",
            _own(pair[0]),
            _own(pair[1]),
            may=pair,
            covering=number in {0, 7},
        )
        for number, pair in enumerate(_PAIRS)
    ),
    *(_state(f"schijn-{name}", _own(*scopes)) for name, scopes in _LOOKALIKES.items()),
    *(
        _state(
            f"ander-component-{component}",
            Applicatie(((component, tuple(SCOPES)),)),
            covering=component in {"zrc", "kc"},
        )
        for component in ("ac", "nrc", "zrc", "ztc", "drc", "brc", "kc", "vrc")
    ),
    _state(
        "eigen-en-ander",
        Applicatie((("zrc", tuple(SCOPES)), ("cmc", (clients.BIJWERKEN,)))),
        may=(clients.BIJWERKEN,),
    ),
    _state("alles", Applicatie(alles=True), may=tuple(SCOPES)),
    _state("alles-en-niets", Applicatie(), Applicatie(alles=True), may=tuple(SCOPES)),
    _state("leeg", Applicatie()),
    _state("twee-keer-leeg", Applicatie(), Applicatie()),
    _state("zonder"),
]


LOCAL: Final = "lokaal"
AC: Final = "ac"


def configured(state: State) -> list[JsonObject]:
    """Return the applications as the configuration file has them."""
    return [
        clients.applicatie(
            _uuid(state, number),
            state.name,
            state.client(LOCAL),
            [{"component": code, "scopes": list(scopes)} for code, scopes in one.autorisaties],
            alles=one.alles,
        )
        for number, one in enumerate(state.applicaties)
    ]


def at_the_ac(state: State, root: str) -> list[JsonObject]:
    """Return the applications as the Autorisaties API answers them."""
    return [
        {
            "url": f"{root}/{_uuid(state, number)}",
            "clientIds": [state.client(AC).client_id],
            "label": state.name,
            "heeftAlleAutorisaties": one.alles,
            "autorisaties": [
                {"component": code, "componentWeergave": code, "scopes": list(scopes)}
                for code, scopes in one.autorisaties
            ],
        }
        for number, one in enumerate(state.applicaties)
    ]


def _uuid(state: State, number: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"{state.name}/{number}"))
