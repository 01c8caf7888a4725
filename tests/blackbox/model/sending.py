"""What clients send: strategies for bodies, queries and addresses, mostly right, now and then not.

Few different values, so that they meet: equal ones are what filters, orderings and unique rules
are about.
"""

from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st

from .asking import HOST, INWAY

Strategy = st.SearchStrategy[Any]

MEDEWERKERS: Final = [f"https://example.nl/medewerkers/{n}" for n in (1, 2)]
KLANTEN: Final = [f"https://example.nl/klanten/{n}" for n in (1, 2)]
ZAKEN: Final = [f"https://example.nl/zaken/api/v1/zaken/{n}" for n in (1, 2)]
LINKS: Final = ["http://a.nl", "http://b.nl/x?y=1#z", "ftp://c.nl/1"]
TALK: Final = ["", "a", "b", "Ab", "é en ’", "a" * 120]
MOMENTS: Final = [
    "2026-01-01T00:00:00Z",
    "2026-01-01 01:00+01:00",
    "2025-12-31T23:59:59.999999Z",
    "2026-1-2T3:4",
    "2026-01-01T00:00:00.1000001-0130",
]
ELSEWHERE: Final = ["https://example.nl/weg", "https://example.nl/stil"]
# A relation of each kind.
RELATED: Final[dict[str, Any]] = {
    "/klantcontactmomenten": {"klant": KLANTEN[0], "rol": "belanghebbende"},
    "/objectcontactmomenten": {"object": ZAKEN[0], "objectType": "zaak"},
}
NO_URL: Final = ["abc", "http://", "https://exam ple.nl", "mailto:a@b.nl", 1, True, [], {}]
NO_TEXT: Final = [None, True, ["a"], {"a": 1}]


def rarely(strategy: Strategy, usual: Strategy, times: int = 12) -> Strategy:
    """Give one of `strategy` once in so many `times`, else one of `usual`."""
    return st.integers(0, times - 1).flatmap(lambda n: strategy if n == times - 1 else usual)


_identificatie: Final = st.fixed_dictionaries(
    {},
    optional={
        "identificatie": st.sampled_from(["1", " 2 ", 3, ""]),
        "achternaam": st.sampled_from(["Jansen", "de Vries"]),
        "voorletters": st.sampled_from(["A.", ""]),
        "voorvoegselAchternaam": st.sampled_from(["van", ""]),
        "onbekend": st.just(1),
    },
)
_RIGHT: Final[dict[str, Strategy]] = {
    "bronorganisatie": st.sampled_from(["000000000", "423182687", "000000012", 423182687]),
    "registratiedatum": st.sampled_from(MOMENTS),
    "kanaal": st.sampled_from(["", "balie", "Balie", " telefoon ", 1, "x" * 50]),
    "voorkeurskanaal": st.sampled_from(["", "e-mail", "balie"]),
    "voorkeurstaal": st.sampled_from(["", "nld", "xxx"]),
    "tekst": st.sampled_from(TALK),
    "onderwerpLinks": st.lists(st.sampled_from(LINKS), max_size=3),
    "initiatiefnemer": st.sampled_from(["", "gemeente", "klant"]),
    "medewerker": st.sampled_from(["", *MEDEWERKERS]),
    "medewerkerIdentificatie": _identificatie | st.none(),
    "url": st.just("https://example.nl/genegeerd"),
    "volgendContactmoment": st.just("https://example.nl/genegeerd"),
    "klant": st.just(KLANTEN[0]),
}
_ANY: Final[dict[str, Strategy]] = _RIGHT | {
    "bronorganisatie": st.sampled_from(
        [None, "", "12345678a", "1", "0000000000", "123456789", 1, 1.5, True, "12345678\0"]
    ),
    "registratiedatum": st.sampled_from(
        [None, "", "2026-01-01", "2026-02-30T00:00Z", "2026-01-01t00:00Z", 1, "9999-12-31T23:00-02"]
    ),
    "kanaal": st.sampled_from([*NO_TEXT, "x" * 51, "a\0", "x" * 51 + "\0"]),
    "voorkeurskanaal": st.sampled_from([*NO_TEXT, "x" * 51]),
    "voorkeurstaal": st.sampled_from([*NO_TEXT, "xxxx", 1.5]),
    "tekst": st.sampled_from([*NO_TEXT, "\0", 1]),
    "onderwerpLinks": st.sampled_from(
        [
            None,
            "http://a.nl",
            {},
            1,
            ["http://a.nl", None, "", "abc", 1],
            ["http://a.nl/" + "x" * 990],
        ]
    ),
    "initiatiefnemer": st.sampled_from([None, "Klant", "burger", 1, True, ["klant"], {}]),
    "medewerker": st.sampled_from([None, *NO_URL, *ELSEWHERE, MEDEWERKERS[0].ljust(1001, "x")]),
    "medewerkerIdentificatie": st.sampled_from(
        [
            "Jansen",
            1,
            [],
            {"identificatie": "x" * 25, "achternaam": None, "voorletters": True},
            {"voorvoegselAchternaam": "x" * 11, "achternaam": "x" * 201},
        ]
    ),
}
_ONE_WRONG: Final = st.sampled_from(sorted(_ANY)).flatmap(
    lambda name: st.tuples(st.just(name), _ANY[name])
)
_right: Final = st.fixed_dictionaries({}, optional=_RIGHT)
_CONTENT_TYPES: Final = ["application/json", "Application/JSON; charset=utf-8"]


@dataclass(frozen=True)
class Named:
    """Something that is there only while a sequence runs: the n-th of a kind, in some spelling.

    Attributes:
        spelling: a text in which {} stands for the uuid, and {root} for the root of the API.
        number: which one, counted round.
        kind: contactmomenten, klantcontactmomenten, objectcontactmomenten, or "gone".
    """

    spelling: str
    number: int
    kind: str = "contactmomenten"


_OWN: Final = "{root}/contactmomenten/{}"
_numbers: Final = st.integers(0, 7)
_usual: Final = st.builds(Named, st.just(_OWN), _numbers)
_spelled: Final = st.builds(
    Named,
    st.sampled_from(
        ["/api/v1/contactmomenten/{}", "https://elders.nl/api/v1/contactmomenten/{}?x#y"]
    ),
    _numbers,
)
_mistaken: Final = st.one_of(
    st.builds(Named, st.just(_OWN), _numbers, st.just("gone")),
    st.builds(
        Named,
        st.just("{root}/klantcontactmomenten/{}"),
        _numbers,
        st.sampled_from(["klantcontactmomenten", "gone"]),
    ),
    st.builds(
        Named,
        st.sampled_from(
            [_OWN + "/audittrail", _OWN + "/", " " + _OWN, "HTTP" + _OWN, "{root}/contactmomenten"]
        ),
        _numbers,
    ),
    st.sampled_from(
        [
            f"http://{HOST}/api/v1/contactmomenten/abc",
            f"http://{HOST}/api/v1/contactmomenten/".ljust(1001, "x"),
            "https://example.nl/zaken/1",
            "abc",
            1,
            True,
            1.5,
            [],
            ["x"],
            {"a": 1},
        ]
    ),
)
# What may stand for a contactmoment.
references: Final = rarely(_mistaken, rarely(_spelled, _usual, 6), 10)


def moment_bodies(*, create: bool) -> Strategy:
    """Give the body of a contactmoment, in one of eight with something wrong."""
    required: dict[str, Strategy] = {}
    if create:
        required = {"bronorganisatie": st.just("000000000"), "medewerker": st.just(MEDEWERKERS[0])}
    vorig = st.integers(0, 2).flatmap(
        lambda n: (
            st.fixed_dictionaries(
                {}, optional={"vorigContactmoment": references | st.sampled_from([None, ""])}
            )
            if n == 0
            else st.just({})
        )
    )
    parts = st.tuples(st.fixed_dictionaries(required), _right, vorig)
    wrong = st.lists(_ONE_WRONG, min_size=1, max_size=3).map(dict)
    body = parts.map(lambda three: {**three[0], **three[1], **three[2]})
    faulty = st.tuples(body, wrong).map(lambda two: {**two[0], **two[1]})
    return rarely(faulty | _right, body, 8)


def klant_bodies() -> Strategy:
    """Give the body of a klantcontactmoment."""
    klant = rarely(st.sampled_from([None, "", *NO_URL, *ELSEWHERE]), st.sampled_from(KLANTEN))
    rol = rarely(
        st.sampled_from([None, "", "Belanghebbende", 1]),
        st.sampled_from(["belanghebbende", "gesprekspartner"]),
    )
    return _relation({"contactmoment": references, "klant": klant, "rol": rol})


def object_bodies() -> Strategy:
    """Give the body of an objectcontactmoment."""
    wrong = [None, "", *NO_URL, *ELSEWHERE, "https://example.nl/zaken/geen-zaak"]
    zaak = rarely(st.sampled_from(wrong), st.sampled_from(ZAKEN), 6)
    kind = rarely(st.sampled_from([None, "", "verzoek", ["zaak"]]), st.just("zaak"))
    return _relation({"contactmoment": references, "object": zaak, "objectType": kind})


def _relation(parts: dict[str, Strategy]) -> Strategy:
    some = st.fixed_dictionaries({}, optional=parts)
    return rarely(some, st.fixed_dictionaries(parts))


def or_bytes(bodies: Strategy) -> Strategy:
    """Give bodies; now and then something that is no object, or no JSON."""
    odd = [b"", b"[]", b"null", b'"x"', b"1", b"true", b"{", b"{'a': 1}", b"\xff", b"[1, 2]"]
    return rarely(st.sampled_from(odd), bodies, 20)


content_types: Final = rarely(
    st.sampled_from(["text/plain", "application/problem+json"]), st.sampled_from(_CONTENT_TYPES), 25
)
accepts: Final = rarely(
    st.sampled_from(["text/html", "", "application/hal+json"]),
    st.sampled_from(["application/json", "*/*", "text/html, application/*;q=0.1"]),
    30,
)
hosts: Final = rarely(st.just(INWAY), st.just(HOST), 6)

_ORDERINGS: Final = [
    "url",
    "bronorganisatie",
    "klant",
    "registratiedatum",
    "kanaal",
    "voorkeurskanaal",
    "tekst",
    "onderwerp_links",
    "initiatiefnemer",
    "medewerker",
    "medewerker_identificatie",
]
_one_ordering: Final = st.tuples(
    st.sampled_from(["", "-"]),
    rarely(
        st.sampled_from(["", "uuid", "voorkeurstaal", "Kanaal", "-url"]),
        st.sampled_from(_ORDERINGS),
        20,
    ),
).map("".join)
_orderings: Final = st.lists(_one_ordering, min_size=1, max_size=3).map(",".join)
_pages: Final = st.sampled_from(["1", "2", "2", "3", "01", "0", "-1", "x", "", "1.0", "last"])
_UNKNOWN: Final = st.sampled_from([("foo", "1"), ("Kanaal", ""), ("expand", "x")])


def _pairs(parts: dict[str, Strategy], *, most: int = 3) -> Strategy:
    one = st.sampled_from(sorted(parts)).flatmap(lambda name: st.tuples(st.just(name), parts[name]))
    some = st.lists(one, max_size=most)
    return rarely(st.tuples(some, _UNKNOWN).map(lambda two: [*two[0], two[1]]), some, 25).map(tuple)


def moment_queries() -> Strategy:
    """Give the query of a list of contactmomenten."""
    datum = st.sampled_from([*MOMENTS, "", "2026-01-01", "x"])
    urls = references | st.just("")
    return _pairs(
        {
            "vorigContactmoment": urls,
            "volgendContactmoment": urls,
            "bronorganisatie": st.sampled_from(
                ["000000000", "423182687", "", "1", "x", "123456789"]
            ),
            "registratiedatum": datum,
            "registratiedatum__gt": datum,
            "registratiedatum__gte": datum,
            "registratiedatum__lt": datum,
            "registratiedatum__lte": datum,
            "kanaal": st.sampled_from(["balie", "Balie", " telefoon", "1", "", "niets"]),
            "voorkeurskanaal": st.sampled_from(["e-mail", "balie", ""]),
            "voorkeurstaal": st.sampled_from(["nld", "xxx", ""]),
            "initiatiefnemer": st.sampled_from(["gemeente", "klant", "", "Klant"]),
            "medewerker": st.sampled_from([*MEDEWERKERS, "", "abc"]),
            "ordering": _orderings,
            "page": _pages,
        }
    )


def klant_queries() -> Strategy:
    """Give the query of a list of klantcontactmomenten."""
    return _pairs(
        {
            "contactmoment": references | st.just(""),
            "klant": st.sampled_from([*KLANTEN, "", "abc"]),
            "rol": st.sampled_from(["belanghebbende", "gesprekspartner", "", "x"]),
            "page": _pages,
        }
    )


def object_queries() -> Strategy:
    """Give the query of a list of objectcontactmomenten."""
    return _pairs(
        {
            "contactmoment": references | st.just(""),
            "object": st.sampled_from([*ZAKEN, "", "abc"]),
            "objectType": st.sampled_from(["zaak", "", "verzoek"]),
            "page": _pages,
        }
    )
