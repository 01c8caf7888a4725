"""POST /contactmomenten."""

import json
import re
import time
from datetime import datetime

import pytest

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.values import CONTACTMOMENT_KEYS, MEDEWERKER_KEYS, OMIT, RSIN, JsonObject, unique

PATH = "/contactmomenten"
TEXTS = [("kanaal", 50), ("voorkeurskanaal", 50), ("voorkeurstaal", 3)]
MEDEWERKER = [
    ("identificatie", 24),
    ("achternaam", 200),
    ("voorletters", 20),
    ("voorvoegselAchternaam", 10),
]


def test_anonymous_is_refused(api: Api) -> None:
    expect.forbidden(api.as_client(None).post(PATH, api.moment_body()))


def test_a_minimal_body_gives_201_with_the_keys_in_order(api: Api) -> None:
    response = api.post(PATH, api.moment_body(kanaal=OMIT))
    content = expect.answer(response, 201, expect.COLLECTION)
    assert list(content) == CONTACTMOMENT_KEYS


def test_location_is_the_url_of_the_new_resource(api: Api) -> None:
    response = api.post(PATH, api.moment_body())
    assert response.headers.get_list("location") == [response.json()["url"]]


def test_the_url_is_absolute_with_a_version_4_uuid(api: Api) -> None:
    url = api.moment()["url"]
    assert re.fullmatch(re.escape(f"{api.root}{PATH}/") + expect.UUID4, url)


def test_defaults_of_everything_left_out(api: Api) -> None:
    medewerker = api.standin.medewerker()
    content = api.moment(kanaal=OMIT, medewerker=medewerker)
    del content["url"], content["registratiedatum"]
    assert content == {
        "vorigContactmoment": None,
        "volgendContactmoment": None,
        "bronorganisatie": RSIN,
        "kanaal": "",
        "voorkeurskanaal": "",
        "voorkeurstaal": "",
        "tekst": "",
        "onderwerpLinks": [],
        "initiatiefnemer": "",
        "medewerker": medewerker,
        "medewerkerIdentificatie": None,
    }


def test_registratiedatum_defaults_to_now(api: Api) -> None:
    before = time.time()
    text = api.moment()["registratiedatum"]
    assert re.fullmatch(expect.MOMENT_OUT, text)
    assert before - 1 <= datetime.fromisoformat(text).timestamp() <= time.time() + 1


def test_a_full_body_comes_back_as_sent(api: Api) -> None:
    vorig = api.moment()["url"]
    body = {
        "vorigContactmoment": vorig,
        "bronorganisatie": "000000012",
        "registratiedatum": "2020-02-29T12:34:56.789012Z",
        "kanaal": "telefoon",
        "voorkeurskanaal": "e-mail",
        "voorkeurstaal": "nld",
        "tekst": "Vraag over «paspoort» — ë ✓ 😀\nregel 2",
        "onderwerpLinks": ["https://example.nl/a", "https://example.nl/a", "ftp://example.nl/b"],
        "initiatiefnemer": "klant",
        "medewerker": api.standin.medewerker(),
        "medewerkerIdentificatie": {
            "identificatie": "m-1",
            "achternaam": "Vries",
            "voorletters": "A.B.",
            "voorvoegselAchternaam": "de",
        },
    }
    content = expect.answer(api.post(PATH, body), 201, expect.COLLECTION)
    assert content == body | {"url": content["url"], "volgendContactmoment": None}
    assert list(content["medewerkerIdentificatie"]) == MEDEWERKER_KEYS
    assert api.read(content["url"]) == content


def test_output_is_compact_utf8_without_ascii_escapes(api: Api) -> None:
    response = api.post(PATH, api.moment_body(tekst="één ✓ 😀", onderwerpLinks=["http://a.nl"]))
    compact = json.dumps(response.json(), separators=(",", ":"), ensure_ascii=False)
    assert response.content == compact.encode()


@pytest.mark.parametrize("body", [OMIT, {}], ids=["no body", "empty object"])
def test_bronorganisatie_is_required(api: Api, body: object) -> None:
    expect.invalid(api.post(PATH, body), at("bronorganisatie", expect.REQUIRED))


@pytest.mark.parametrize(
    "name",
    [
        "bronorganisatie",
        "registratiedatum",
        "kanaal",
        "voorkeurskanaal",
        "voorkeurstaal",
        "tekst",
        "onderwerpLinks",
        "initiatiefnemer",
        "medewerker",
    ],
)
def test_null_is_refused_where_it_is_not_allowed(api: Api, name: str) -> None:
    expect.invalid(api.post(PATH, api.moment_body(**{name: None})), at(name, expect.NULL))


@pytest.mark.parametrize("name", ["vorigContactmoment", "medewerkerIdentificatie"])
def test_null_is_taken_where_it_is_allowed(api: Api, name: str) -> None:
    assert api.moment(**{name: None})[name] is None


@pytest.mark.parametrize("value", ["", " ", "\u00a0\t\n"])
def test_bronorganisatie_may_not_be_blank(api: Api, value: str) -> None:
    response = api.post(PATH, api.moment_body(bronorganisatie=value))
    expect.invalid(response, at("bronorganisatie", expect.BLANK))


@pytest.mark.parametrize(
    "name", ["kanaal", "voorkeurskanaal", "voorkeurstaal", "tekst", "initiatiefnemer"]
)
def test_blank_is_taken_where_it_is_allowed(api: Api, name: str) -> None:
    assert api.moment(**{name: ""})[name] == ""


def test_blank_medewerker_is_taken_beside_an_identificatie(api: Api) -> None:
    content = api.moment(medewerker="", medewerkerIdentificatie={"identificatie": "1"})
    assert content["medewerker"] == ""


def test_blank_vorig_contactmoment_is_null(api: Api) -> None:
    assert api.moment(vorigContactmoment="")["vorigContactmoment"] is None


@pytest.mark.parametrize(("name", "limit"), TEXTS)
def test_text_is_too_long_above_its_limit(api: Api, name: str, limit: int) -> None:
    response = api.post(PATH, api.moment_body(**{name: "é" * (limit + 1)}))
    expect.invalid(response, at(name, expect.max_length(limit)))


@pytest.mark.parametrize(("name", "limit"), TEXTS)
def test_text_length_is_counted_in_characters_after_trimming(
    api: Api, name: str, limit: int
) -> None:
    assert api.moment(**{name: f"  {'😀' * limit} "})[name] == "😀" * limit


def test_tekst_has_no_limit(api: Api) -> None:
    assert api.moment(tekst="x" * 200_000)["tekst"] == "x" * 200_000


@pytest.mark.parametrize("name", ["kanaal", "voorkeurskanaal", "voorkeurstaal", "tekst"])
def test_text_is_trimmed_of_all_unicode_whitespace(api: Api, name: str) -> None:
    blanks = " \t\r\n\u000b\u000c\u0085\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000"
    assert api.moment(**{name: f"{blanks}a b{blanks}"})[name] == "a b"


@pytest.mark.parametrize(("value", "text"), [(1, "1"), (-7, "-7"), (1.5, "1.5"), (1.0, "1.0")])
def test_a_number_becomes_text(api: Api, value: object, text: str) -> None:
    assert api.moment(kanaal=value)["kanaal"] == text


@pytest.mark.parametrize(
    "name", ["bronorganisatie", "kanaal", "voorkeurskanaal", "voorkeurstaal", "tekst"]
)
@pytest.mark.parametrize("value", [True, False, ["a"], [], {"a": 1}, {}], ids=repr)
def test_other_values_are_no_text(api: Api, name: str, value: object) -> None:
    expect.invalid(api.post(PATH, api.moment_body(**{name: value})), at(name, expect.NO_STRING))


@pytest.mark.parametrize("name", ["kanaal", "voorkeurskanaal", "voorkeurstaal", "tekst"])
def test_nul_is_refused(api: Api, name: str) -> None:
    expect.invalid(api.post(PATH, api.moment_body(**{name: "a\0"})), at(name, expect.NUL))


def test_nul_is_refused_in_a_url(api: Api) -> None:
    body = api.moment_body(medewerker=api.standin.medewerker() + "\0")
    expect.invalid(api.post(PATH, body), at("medewerker", expect.NUL))


def test_too_long_and_nul_are_both_reported(api: Api) -> None:
    response = api.post(PATH, api.moment_body(kanaal="\0" * 51))
    wanted = [at("kanaal", expect.max_length(50)), at("kanaal", expect.NUL)]
    assert sorted(expect.entries(response)) == sorted(wanted)


@pytest.mark.parametrize("value", ["xxx", "1", "NLD", "nl", "ß"])
def test_voorkeurstaal_is_not_checked_against_a_list(api: Api, value: str) -> None:
    assert api.moment(voorkeurstaal=value)["voorkeurstaal"] == value


@pytest.mark.parametrize("value", ["gemeente", "klant"])
def test_initiatiefnemer_choices(api: Api, value: str) -> None:
    assert api.moment(initiatiefnemer=value)["initiatiefnemer"] == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Klant", "Klant"),
        ("KLANT", "KLANT"),
        (" klant", " klant"),
        ("klant ", "klant "),
        (" ", " "),
        ("burger", "burger"),
        (1, "1"),
        (1.5, "1.5"),
        (True, "True"),
        (False, "False"),
        ([], "[]"),
        (["klant"], "['klant']"),
        ({}, "{}"),
        ({"a": None}, "{'a': None}"),
    ],
)
def test_other_initiatiefnemers_are_no_choice(api: Api, value: object, text: str) -> None:
    response = api.post(PATH, api.moment_body(initiatiefnemer=value))
    expect.invalid(response, at("initiatiefnemer", expect.invalid_choice(text)))


@pytest.mark.parametrize(
    ("value", "kind"),
    [("http://a.nl", "str"), ({}, "dict"), (1, "int"), (1.5, "float"), (True, "bool")],
)
def test_onderwerp_links_must_be_a_list(api: Api, value: object, kind: str) -> None:
    response = api.post(PATH, api.moment_body(onderwerpLinks=value))
    expect.invalid(response, at("onderwerpLinks", expect.not_a_list(kind)))


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ("", expect.BLANK),
        (" ", expect.BLANK),
        (None, expect.NULL),
        ("abc", expect.NO_URL),
        (1, expect.NO_URL),
        ("http://example.nl/" + "a" * 983, expect.max_length(1000)),
        ("http://example.nl/\0", expect.NUL),
    ],
)
def test_an_onderwerp_link_is_checked_by_itself(
    api: Api, item: object, fault: expect.Fault
) -> None:
    response = api.post(PATH, api.moment_body(onderwerpLinks=["http://example.nl/", item]))
    expect.invalid(response, at("onderwerpLinks.1", fault))


def test_every_faulty_onderwerp_link_is_reported_by_its_index(api: Api) -> None:
    links = ["", "http://example.nl/", None, "abc"]
    expect.invalid(
        api.post(PATH, api.moment_body(onderwerpLinks=links)),
        at("onderwerpLinks.0", expect.BLANK),
        at("onderwerpLinks.2", expect.NULL),
        at("onderwerpLinks.3", expect.NO_URL),
    )


def test_onderwerp_links_keep_duplicates_order_and_number(api: Api) -> None:
    links = [f"https://example.nl/{number % 7}" for number in range(300)]
    assert api.moment(onderwerpLinks=links)["onderwerpLinks"] == links


def test_an_onderwerp_link_of_1000_characters_is_taken(api: Api) -> None:
    link = "http://example.nl/" + "a" * 982
    assert api.moment(onderwerpLinks=[link])["onderwerpLinks"] == [link]


def test_medewerker_of_1000_characters_is_taken(api: Api) -> None:
    url = api.standin.medewerker().ljust(1000, "a")
    assert api.moment(medewerker=url)["medewerker"] == url


def test_medewerker_of_1001_characters_is_too_long(api: Api) -> None:
    url = api.standin.medewerker().ljust(1001, "a")
    expect.invalid(
        api.post(PATH, api.moment_body(medewerker=url)), at("medewerker", expect.max_length(1000))
    )


@pytest.mark.parametrize("medewerker", [OMIT, ""])
@pytest.mark.parametrize("identificatie", [OMIT, None, {}], ids=repr)
def test_without_any_medewerker_the_whole_body_is_refused(
    api: Api, medewerker: object, identificatie: object
) -> None:
    body = api.moment_body(medewerker=medewerker, medewerkerIdentificatie=identificatie)
    expect.invalid(
        api.post(PATH, body),
        (
            "nonFieldErrors",
            "invalid-medewerker",
            "medewerker or medewerkerIdentificatie must be provided",
        ),
    )


def test_four_empty_texts_count_as_an_identificatie(api: Api) -> None:
    empty = dict.fromkeys(MEDEWERKER_KEYS, "")
    content = api.moment(medewerker=OMIT, medewerkerIdentificatie=empty)
    assert content["medewerkerIdentificatie"] == empty


@pytest.mark.parametrize("name", MEDEWERKER_KEYS)
def test_missing_parts_of_an_identificatie_are_empty(api: Api, name: str) -> None:
    content = api.moment(medewerker=OMIT, medewerkerIdentificatie={name: "x"})
    assert content["medewerkerIdentificatie"] == dict.fromkeys(MEDEWERKER_KEYS, "") | {name: "x"}
    assert list(content["medewerkerIdentificatie"]) == MEDEWERKER_KEYS
    assert content["medewerker"] == ""


def test_an_empty_identificatie_beside_a_medewerker_is_stored_as_null(api: Api) -> None:
    assert api.moment(medewerkerIdentificatie={})["medewerkerIdentificatie"] is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x", "str"),
        ("", "str"),
        (["x"], "list"),
        ([], "list"),
        (1, "int"),
        (1.5, "float"),
        (True, "bool"),
    ],
)
def test_an_identificatie_must_be_an_object(api: Api, value: object, kind: str) -> None:
    expect.invalid(
        api.post(PATH, api.moment_body(medewerkerIdentificatie=value)),
        at("medewerkerIdentificatie.nonFieldErrors", expect.not_a_dictionary(kind)),
    )


@pytest.mark.parametrize(("name", "limit"), MEDEWERKER)
def test_parts_of_an_identificatie_have_limits(api: Api, name: str, limit: int) -> None:
    content = api.moment(medewerkerIdentificatie={name: "é" * limit})
    assert content["medewerkerIdentificatie"][name] == "é" * limit
    expect.invalid(
        api.post(PATH, api.moment_body(medewerkerIdentificatie={name: "é" * (limit + 1)})),
        at(f"medewerkerIdentificatie.{name}", expect.max_length(limit)),
    )


@pytest.mark.parametrize("name", MEDEWERKER_KEYS)
@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (None, expect.NULL),
        (True, expect.NO_STRING),
        (["a"], expect.NO_STRING),
        ({}, expect.NO_STRING),
        ("\0", expect.NUL),
    ],
    ids=repr,
)
def test_parts_of_an_identificatie_are_text(
    api: Api, name: str, value: object, fault: expect.Fault
) -> None:
    expect.invalid(
        api.post(PATH, api.moment_body(medewerkerIdentificatie={name: value})),
        at(f"medewerkerIdentificatie.{name}", fault),
    )


def test_a_number_in_an_identificatie_becomes_trimmed_text(api: Api) -> None:
    sent = {"identificatie": 12, "achternaam": " De Vries\u00a0"}
    kept = api.moment(medewerkerIdentificatie=sent)["medewerkerIdentificatie"]
    assert (kept["identificatie"], kept["achternaam"]) == ("12", "De Vries")


def test_all_faulty_fields_are_reported_in_the_order_of_the_fields(api: Api) -> None:
    body: JsonObject = {
        "medewerkerIdentificatie": {"voorvoegselAchternaam": "x" * 11, "identificatie": None},
        "medewerker": "abc",
        "initiatiefnemer": "x",
        "onderwerpLinks": ["abc"],
        "tekst": None,
        "voorkeurstaal": "abcd",
        "voorkeurskanaal": [],
        "kanaal": "x" * 51,
        "registratiedatum": "x",
        "bronorganisatie": "x",
        "vorigContactmoment": "abc",
    }
    expect.invalid(
        api.post(PATH, body),
        at("vorigContactmoment", expect.NO_MATCH),
        ("bronorganisatie", "only-digits", "Waarde moet numeriek zijn."),
        at("registratiedatum", expect.DATETIME),
        at("kanaal", expect.max_length(50)),
        at("voorkeurskanaal", expect.NO_STRING),
        at("voorkeurstaal", expect.max_length(3)),
        at("tekst", expect.NULL),
        at("onderwerpLinks.0", expect.NO_URL),
        at("initiatiefnemer", expect.invalid_choice("x")),
        at("medewerker", expect.NO_URL),
        at("medewerkerIdentificatie.identificatie", expect.NULL),
        at("medewerkerIdentificatie.voorvoegselAchternaam", expect.max_length(10)),
    )


def test_the_medewerker_rule_waits_until_all_fields_are_valid(api: Api) -> None:
    body = api.moment_body(medewerker=OMIT, kanaal=None)
    expect.invalid(api.post(PATH, body), at("kanaal", expect.NULL))


def test_unknown_and_read_only_properties_are_ignored(api: Api) -> None:
    content = api.moment(
        url="http://example.nl/eigen",
        volgendContactmoment="http://example.nl/volgend",
        klant="http://example.nl/klant",
        vraag={"diep": ["onbekend"]},
        medewerkerIdentificatie={"identificatie": "1", "functie": "balie"},
    )
    assert list(content) == CONTACTMOMENT_KEYS
    assert content["url"].startswith(f"{api.root}{PATH}/")
    assert content["volgendContactmoment"] is None
    assert list(content["medewerkerIdentificatie"]) == MEDEWERKER_KEYS


@pytest.mark.parametrize("path", [PATH, "/klantcontactmomenten", "/objectcontactmomenten"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ([], "list"),
        ([{}], "list"),
        ("x", "str"),
        ("", "str"),
        (1, "int"),
        (0, "int"),
        (1.5, "float"),
        (True, "bool"),
        (False, "bool"),
    ],
    ids=repr,
)
def test_a_body_must_be_an_object(api: Api, path: str, body: object, kind: str) -> None:
    expect.invalid(api.post(path, body), at("nonFieldErrors", expect.not_a_dictionary(kind)))


@pytest.mark.parametrize("path", [PATH, "/klantcontactmomenten", "/objectcontactmomenten"])
def test_a_body_of_null_is_no_data(api: Api, path: str) -> None:
    expect.invalid(api.post(path, None), ("nonFieldErrors", "null", "No data provided"))


def test_a_refused_create_leaves_nothing_behind(api: Api) -> None:
    kanaal = unique()
    expect.invalid(
        api.post(PATH, api.moment_body(kanaal=kanaal, tekst=None)), at("tekst", expect.NULL)
    )
    assert api.urls(PATH, kanaal=kanaal) == []


def test_a_relation_url_stays_under_200_characters(api: Api) -> None:
    moment = api.moment()
    for content in (moment, api.klant(moment), api.object(moment)):
        assert len(content["url"]) < 200
