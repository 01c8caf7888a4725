"""Filters and unknown parameters (6.2, 6.3, 6.4)."""

from collections.abc import Callable

import pytest

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.values import UNKNOWN, JsonObject, unique_rsin, uuid_of

CONTACT = "/contactmomenten"
KLANT = "/klantcontactmomenten"
OBJECT = "/objectcontactmomenten"
UNKNOWN_ONES = "Onbekende query parameters: "


def refused_as_unknown(api: Api, path: str, *names: str) -> None:
    """Expect that these parameters (beside good ones) are unknown."""
    [(name, code, reason)] = expect.entries(api.get(path, **dict.fromkeys(names, "x")))
    assert (name, code) == ("nonFieldErrors", "unknown-parameters")
    assert reason.startswith(UNKNOWN_ONES)
    assert sorted(reason.removeprefix(UNKNOWN_ONES).split(", ")) == sorted(names)


@pytest.mark.parametrize(
    "name",
    [
        "foo",
        "Kanaal",
        "KANAAL",
        "vorig_contactmoment",
        "volgend_contactmoment",
        "format",
        "expand",
        "klant",
        "pageSize",
        "page_size",
        "Page",
        "tekst",
        "url",
        "uuid",
        "search",
        "onderwerpLinks",
        "medewerkerIdentificatie",
        "registratiedatum__ne",
        "registratiedatum_gt",
        "kanaal__in",
        "Ordering",
        "contactmoment",
        "rol",
        "object",
        "objectType",
        " kanaal",
        "kanaal ",
    ],
)
def test_unknown_parameters_of_contactmomenten(api: Api, name: str) -> None:
    refused_as_unknown(api, CONTACT, name)


@pytest.mark.parametrize(
    "name",
    [
        "foo",
        "ordering",
        "Klant",
        "kanaal",
        "object",
        "objectType",
        "object_type",
        "format",
        "expand",
        "pageSize",
        "rol__in",
        "url",
    ],
)
def test_unknown_parameters_of_klantcontactmomenten(api: Api, name: str) -> None:
    refused_as_unknown(api, KLANT, name)


@pytest.mark.parametrize(
    "name",
    [
        "foo",
        "ordering",
        "Object",
        "object_type",
        "objecttype",
        "klant",
        "rol",
        "format",
        "expand",
        "pageSize",
        "url",
    ],
)
def test_unknown_parameters_of_objectcontactmomenten(api: Api, name: str) -> None:
    refused_as_unknown(api, OBJECT, name)


@pytest.mark.parametrize("path", [CONTACT, KLANT, OBJECT])
def test_all_unknown_parameters_are_named(api: Api, path: str) -> None:
    refused_as_unknown(api, path, "foo", "bar", "baz")


@pytest.mark.parametrize("path", [CONTACT, KLANT, OBJECT])
def test_an_unknown_parameter_without_a_value_is_unknown(api: Api, path: str) -> None:
    for query in ("foo=", "foo", "foo=&foo=1"):
        wanted = ("nonFieldErrors", "unknown-parameters", f"{UNKNOWN_ONES}foo")
        expect.invalid(api.get(f"{path}?{query}"), wanted)


def test_an_unknown_parameter_hides_faulty_values(api: Api) -> None:
    wanted = ("nonFieldErrors", "unknown-parameters", f"{UNKNOWN_ONES}foo")
    expect.invalid(api.get(CONTACT, foo="1", bronorganisatie="x", page="0"), wanted)


@pytest.fixture(scope="module")
def pair(api: Api) -> list[JsonObject]:
    """Two contactmomenten that differ in every field, under one RSIN."""
    rsin = unique_rsin()
    return [
        api.moment(
            bronorganisatie=rsin,
            kanaal=f"kanaal-{letter}",
            voorkeurskanaal=f"voorkeur-{letter}",
            voorkeurstaal=f"ta{letter}",
            initiatiefnemer=initiatiefnemer,
        )
        for letter, initiatiefnemer in (("a", "gemeente"), ("b", "klant"))
    ]


@pytest.mark.parametrize(
    "name", ["kanaal", "voorkeurskanaal", "voorkeurstaal", "initiatiefnemer", "medewerker"]
)
def test_an_exact_filter(api: Api, pair: list[JsonObject], name: str) -> None:
    rsin = pair[0]["bronorganisatie"]
    for moment in pair:
        query = {"bronorganisatie": rsin, name: moment[name]}
        assert api.urls(CONTACT, **query) == [moment["url"]]
    assert api.urls(CONTACT, bronorganisatie=rsin) == [moment["url"] for moment in pair]


def test_filters_are_combined_with_and(api: Api, pair: list[JsonObject]) -> None:
    query = {"bronorganisatie": pair[0]["bronorganisatie"], "kanaal": "kanaal-a"}
    assert api.urls(CONTACT, **query, voorkeurstaal="tab") == []
    assert api.urls(CONTACT, **query, voorkeurstaal="taa") == [pair[0]["url"]]


@pytest.mark.parametrize("name", ["kanaal", "voorkeurskanaal", "voorkeurstaal"])
def test_text_filters_are_case_sensitive_and_whole(
    api: Api, pair: list[JsonObject], name: str
) -> None:
    rsin, value = pair[0]["bronorganisatie"], pair[0][name]
    for other in (value.upper(), value[:-1], f"{value}x", "%", "_" * len(value), "*"):
        assert api.urls(CONTACT, bronorganisatie=rsin, **{name: other}) == []


@pytest.mark.parametrize("name", ["kanaal", "voorkeurskanaal", "voorkeurstaal"])
def test_text_filters_are_trimmed(api: Api, pair: list[JsonObject], name: str) -> None:
    rsin, value = pair[0]["bronorganisatie"], pair[0][name]
    found = api.urls(CONTACT, bronorganisatie=rsin, **{name: f" \t\u00a0{value}\n "})
    assert found == [pair[0]["url"]]


@pytest.mark.parametrize(
    "name",
    [
        "kanaal",
        "voorkeurskanaal",
        "voorkeurstaal",
        "initiatiefnemer",
        "medewerker",
        "ordering",
        "registratiedatum",
        "registratiedatum__gt",
        "registratiedatum__gte",
        "registratiedatum__lt",
        "registratiedatum__lte",
    ],
)
def test_an_empty_value_is_ignored(api: Api, pair: list[JsonObject], name: str) -> None:
    rsin = pair[0]["bronorganisatie"]
    assert len(api.urls(CONTACT, bronorganisatie=rsin, **{name: ""})) == 2


def test_an_empty_bronorganisatie_is_ignored(api: Api, pair: list[JsonObject]) -> None:
    found = api.urls(CONTACT, bronorganisatie="", medewerker=pair[0]["medewerker"])
    assert found == [pair[0]["url"]]


@pytest.mark.parametrize(
    ("path", "name"), [(KLANT, "klant"), (KLANT, "rol"), (OBJECT, "object"), (OBJECT, "objectType")]
)
def test_an_empty_value_is_ignored_on_relations(api: Api, path: str, name: str) -> None:
    moment = api.moment()
    made = api.klant(moment) if path == KLANT else api.object(moment)
    assert api.urls(path, contactmoment=moment["url"], **{name: ""}) == [made["url"]]


def test_of_a_repeated_filter_the_last_one_counts(api: Api, pair: list[JsonObject]) -> None:
    base = f"{CONTACT}?bronorganisatie={pair[0]['bronorganisatie']}"
    assert api.urls(f"{base}&kanaal=kanaal-a&kanaal=kanaal-b") == [pair[1]["url"]]
    assert api.urls(f"{base}&initiatiefnemer=onzin&initiatiefnemer=klant") == [pair[1]["url"]]
    assert len(api.urls(f"{base}&kanaal=kanaal-a&kanaal=")) == 2


@pytest.mark.parametrize("name", ["kanaal", "voorkeurskanaal", "voorkeurstaal"])
def test_nul_in_a_text_filter_is_refused(api: Api, name: str) -> None:
    expect.invalid(api.get(CONTACT, **{name: "a\0b"}), at(name, expect.NUL))


@pytest.mark.parametrize("name", ["kanaal", "voorkeurskanaal", "voorkeurstaal"])
def test_a_text_filter_has_no_limit(api: Api, name: str) -> None:
    assert api.urls(CONTACT, **{name: "x" * 3000}) == []


@pytest.mark.parametrize(
    ("path", "name", "values"),
    [
        (CONTACT, "initiatiefnemer", ["Klant", "burger", "1", "klant,gemeente", "kla\u00e9nt"]),
        (KLANT, "rol", ["Belanghebbende", "initiator", "x"]),
        (OBJECT, "objectType", ["Zaak", "verzoek", "x"]),
    ],
)
def test_a_filter_on_a_choice_takes_only_choices(
    api: Api, path: str, name: str, values: list[str]
) -> None:
    for value in values:
        expect.invalid(api.get(path, **{name: value}), at(name, expect.invalid_option(value)))


def test_the_filters_on_klantcontactmomenten(api: Api) -> None:
    first, second = api.moment(), api.moment()
    a = api.klant(first)
    b = api.klant(first, rol="gesprekspartner", klant=a["klant"])
    c = api.klant(second, klant=a["klant"])
    assert api.urls(KLANT, klant=a["klant"]) == [a["url"], b["url"], c["url"]]
    assert api.urls(KLANT, klant=a["klant"], rol="belanghebbende") == [a["url"], c["url"]]
    assert api.urls(KLANT, klant=a["klant"], rol="gesprekspartner") == [b["url"]]
    assert api.urls(KLANT, contactmoment=first["url"]) == [a["url"], b["url"]]
    assert api.urls(KLANT, contactmoment=second["url"], rol="gesprekspartner") == []


def test_the_filters_on_objectcontactmomenten(api: Api) -> None:
    first, second = api.moment(), api.moment()
    a = api.object(first)
    b = api.object(second, object=a["object"])
    c = api.object(first)
    assert api.urls(OBJECT, object=a["object"]) == [a["url"], b["url"]]
    assert api.urls(OBJECT, contactmoment=first["url"]) == [a["url"], c["url"]]
    assert api.urls(OBJECT, object=a["object"], contactmoment=second["url"]) == [b["url"]]
    assert api.urls(OBJECT, object=a["object"], objectType="zaak") == [a["url"], b["url"]]


@pytest.mark.parametrize("kind", ["medewerker", "klant", "object"])
def test_a_filter_on_a_remote_url_is_literal(api: Api, kind: str) -> None:
    moment = api.moment()
    made = {"medewerker": moment, "klant": api.klant(moment), "object": api.object(moment)}[kind]
    path = {"medewerker": CONTACT, "klant": KLANT, "object": OBJECT}[kind]
    url = made[kind]
    assert api.urls(path, **{kind: url}) == [made["url"]]
    for other in (f"{url}/", f"{url}?", url.replace("http:", "https:"), url.upper()):
        assert api.urls(path, **{kind: other}) == []


def test_all_faulty_filters_are_reported_in_the_order_of_the_table(api: Api) -> None:
    names = [
        "ordering",
        "medewerker",
        "initiatiefnemer",
        "voorkeurstaal",
        "voorkeurskanaal",
        "kanaal",
        "registratiedatum__lte",
        "registratiedatum__lt",
        "registratiedatum__gte",
        "registratiedatum__gt",
        "registratiedatum",
        "bronorganisatie",
        "volgendContactmoment",
        "vorigContactmoment",
    ]
    texts = {"kanaal", "voorkeurskanaal", "voorkeurstaal"}
    expect.invalid(
        api.get(CONTACT, **{name: "x\0" if name in texts else "x" for name in names}),
        at("vorigContactmoment", expect.NO_URL),
        at("volgendContactmoment", expect.NO_URL),
        ("bronorganisatie", "only-digits", "Waarde moet numeriek zijn."),
        at("registratiedatum", expect.FILTER_DATETIME),
        at("registratiedatum__gt", expect.FILTER_DATETIME),
        at("registratiedatum__gte", expect.FILTER_DATETIME),
        at("registratiedatum__lt", expect.FILTER_DATETIME),
        at("registratiedatum__lte", expect.FILTER_DATETIME),
        at("kanaal", expect.NUL),
        at("voorkeurskanaal", expect.NUL),
        at("voorkeurstaal", expect.NUL),
        at("initiatiefnemer", expect.invalid_option("x")),
        at("medewerker", expect.NO_URL),
        at("ordering", expect.invalid_option("x")),
    )


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (
            KLANT,
            [
                at("contactmoment", expect.NO_URL),
                at("klant", expect.NO_URL),
                at("rol", expect.invalid_option("x")),
            ],
        ),
        (
            OBJECT,
            [
                at("object", expect.NO_URL),
                at("contactmoment", expect.NO_URL),
                at("objectType", expect.invalid_option("x")),
            ],
        ),
    ],
)
def test_all_faulty_filters_of_relations_are_reported(
    api: Api, path: str, wanted: list[expect.Entry]
) -> None:
    query = {name: "x" for name, _, _ in reversed(wanted)}
    expect.invalid(api.get(path, **query), *wanted)


# ---- 6.4: filters on the URL of a contactmoment

REFERENCES = [
    (CONTACT, "vorigContactmoment"),
    (CONTACT, "volgendContactmoment"),
    (KLANT, "contactmoment"),
    (OBJECT, "contactmoment"),
]
reference = pytest.mark.parametrize(("path", "name"), REFERENCES)


@pytest.fixture(scope="module")
def chain(api: Api) -> dict[str, str]:
    """Make a contactmoment with everything around it, by the filter that finds it."""
    middle = api.moment()
    after = api.moment(vorigContactmoment=middle["url"])
    before = api.moment()
    api.patch(middle["url"], {"vorigContactmoment": before["url"]})
    return {
        "middle": middle["url"],
        f"{CONTACT}vorigContactmoment": after["url"],
        f"{CONTACT}volgendContactmoment": before["url"],
        f"{KLANT}contactmoment": api.klant(middle)["url"],
        f"{OBJECT}contactmoment": api.object(middle)["url"],
    }


@reference
@pytest.mark.parametrize(
    "spell",
    [
        lambda url: url,
        lambda url: url.replace("http://", "https://"),
        lambda url: url.replace("http://", "ftp://"),
        lambda url: url.replace("http://", "HTTPS://"),
        lambda url: url[:-36] + url[-36:].upper(),
    ],
    ids=["exact", "https", "ftp", "HTTPS", "upper uuid"],
)
def test_it_finds_what_refers_to_it(
    api: Api, chain: dict[str, str], path: str, name: str, spell: Callable[[str], str]
) -> None:
    assert api.urls(path, **{name: spell(chain["middle"])}) == [chain[path + name]]


@reference
@pytest.mark.parametrize("value", ["", "abc", "/api/v1/contactmomenten/abc", "http://", "x:y"])
def test_it_must_be_a_url(api: Api, path: str, name: str, value: str) -> None:
    expect.invalid(api.get(path, **{name: value}), at(name, expect.NO_URL))


@reference
def test_another_host_or_port_gives_nothing(
    api: Api, chain: dict[str, str], path: str, name: str
) -> None:
    for host in ("example.nl", "127.0.0.1", "127.0.0.1:9999", "localhost"):
        url = chain["middle"].replace(api.host, host)
        assert api.urls(path, **{name: url}) == []


@reference
def test_the_host_of_the_request_is_compared(
    api: Api, chain: dict[str, str], path: str, name: str
) -> None:
    url = chain["middle"].replace(api.host, "inway.example.nl")
    response = api.get(path, {"Host": "inway.example.nl"}, **{name: url})
    [row] = response.json()["results"]
    assert uuid_of(row["url"]) == uuid_of(chain[path + name])


@reference
@pytest.mark.parametrize(
    "rest",
    [
        "",
        "/",
        "/api/v1",
        "/api/v1/onbekend",
        f"/zaken/api/v1/zaken/{UNKNOWN}",
        f"/api/v2/contactmomenten/{UNKNOWN}",
        f"/api/v1/contactmomenten/{UNKNOWN}",
        f"/api/v1/contactmomenten/{UNKNOWN}/",
        f"/api/v1/klantcontactmomenten/{UNKNOWN}",
        f"/api/v1/objectcontactmomenten/{UNKNOWN}",
        "/api/v1/contactmomenten",
        "/api/v1/klantcontactmomenten",
        "/api/v1/objectcontactmomenten",
        f"/api/v1/contactmomenten/{UNKNOWN}/audittrail",
    ],
)
def test_a_path_that_leads_nowhere_gives_nothing(api: Api, path: str, name: str, rest: str) -> None:
    """D-17 for collections."""
    content = expect.answer(
        api.get(path, **{name: f"http://{api.host}{rest}"}), 200, expect.COLLECTION
    )
    assert content == {"count": 0, "next": None, "previous": None, "results": []}


@reference
def test_a_trailing_slash_gives_nothing(
    api: Api, chain: dict[str, str], path: str, name: str
) -> None:
    assert api.urls(path, **{name: f"{chain['middle']}/"}) == []


@reference
@pytest.mark.parametrize("segment", ["abc", UNKNOWN[:-1], UNKNOWN[:-1] + "g"])
def test_a_malformed_uuid_is_named(api: Api, path: str, name: str, segment: str) -> None:
    response = api.get(path, **{name: f"{api.root}/contactmomenten/{segment}"})
    expect.invalid(response, (name, "invalid", f"'{segment}' is geen geldige UUID."))


@reference
def test_the_host_is_looked_at_before_the_uuid(api: Api, path: str, name: str) -> None:
    assert api.urls(path, **{name: "http://example.nl/api/v1/contactmomenten/abc"}) == []


@reference
@pytest.mark.parametrize("kind", ["klant", "object"])
def test_an_existing_resource_of_another_type_is_refused(
    api: Api, path: str, name: str, kind: str
) -> None:
    moment = api.moment()
    other = api.klant(moment) if kind == "klant" else api.object(moment)
    [(field, code, reason)] = expect.entries(api.get(path, **{name: other["url"]}))
    assert (field, code) == (name, "invalid-type")
    assert reason.startswith("Invalide resourcetype opgegeven, verwachtte ")
    assert len(reason) > len("Invalide resourcetype opgegeven, verwachtte ")


@reference
def test_a_reference_without_results_combines_with_a_page(api: Api, path: str, name: str) -> None:
    response = api.get(path, **{name: "https://example.com", "page": "2"})
    expect.not_found(response, expect.INVALID_PAGE)


@pytest.mark.parametrize(
    "query",
    [
        "kanaal=%ED%A0%80",
        "kanaal=%ff",
        "%ff=1",
        "kanaal=%",
        "kanaal=%zz",
        "&&&",
        "=",
        "kanaal=%F0%9F%98%80",
        ";",
        "?",
        "kanaal[]=x",
        "kanaal=%D8%00",
    ],
)
def test_an_odd_query_string_never_crashes(api: Api, query: str) -> None:
    assert api.raw("GET", f"{CONTACT}?{query}").status_code in {200, 400}


def test_an_unknown_filter_never_widens_the_results(api: Api) -> None:
    """Ignoring klant= here would show one citizen the contacts of all."""
    for path, name in ((CONTACT, "klant"), (OBJECT, "klant"), (KLANT, "medewerker")):
        refused_as_unknown(api, path, name)
