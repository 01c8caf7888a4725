"""POST /klantcontactmomenten."""

import re

import pytest

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.values import KLANT_KEYS, OMIT, JsonObject

PATH = "/klantcontactmomenten"
NOT_UNIQUE = (
    "nonFieldErrors",
    "unique",
    "De velden contactmoment, klant, rol moeten een unieke set zijn.",
)


def test_anonymous_is_refused(api: Api, moment: JsonObject) -> None:
    expect.forbidden(api.as_client(None).post(PATH, api.klant_body(moment["url"])))


@pytest.mark.parametrize("rol", ["belanghebbende", "gesprekspartner"])
def test_it_gives_201_with_the_keys_in_order(api: Api, moment: JsonObject, rol: str) -> None:
    body = api.klant_body(moment["url"], rol=rol)
    response = api.post(PATH, body)
    content = expect.answer(response, 201, expect.COLLECTION)
    assert list(content) == KLANT_KEYS
    assert content == body | {"url": content["url"]}
    assert re.fullmatch(re.escape(f"{api.root}{PATH}/") + expect.UUID4, content["url"])
    assert response.headers.get_list("location") == [content["url"]]
    assert api.read(content["url"]) == content


@pytest.mark.parametrize("body", [OMIT, {}, {"onbekend": 1}], ids=repr)
def test_everything_is_required(api: Api, body: object) -> None:
    names = ("contactmoment", "klant", "rol")
    expect.invalid(api.post(PATH, body), *(at(name, expect.REQUIRED) for name in names))


@pytest.mark.parametrize("name", ["contactmoment", "klant", "rol"])
def test_null_is_refused(api: Api, moment: JsonObject, name: str) -> None:
    body = api.klant_body(moment["url"]) | {name: None}
    expect.invalid(api.post(PATH, body), at(name, expect.NULL))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("contactmoment", expect.NULL),
        ("klant", expect.BLANK),
        ("rol", expect.invalid_choice("")),
    ],
)
def test_blank_is_refused(api: Api, moment: JsonObject, name: str, fault: expect.Fault) -> None:
    body = api.klant_body(moment["url"]) | {name: ""}
    expect.invalid(api.post(PATH, body), at(name, fault), ignoring="bad-url")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Belanghebbende", "Belanghebbende"),
        (" gesprekspartner", " gesprekspartner"),
        ("initiator", "initiator"),
        (1, "1"),
        (True, "True"),
        ([], "[]"),
        (["belanghebbende"], "['belanghebbende']"),
    ],
)
def test_other_roles_are_no_choice(api: Api, moment: JsonObject, value: object, text: str) -> None:
    response = api.post(PATH, api.klant_body(moment["url"], rol=value))
    expect.invalid(response, at("rol", expect.invalid_choice(text)))


@pytest.mark.parametrize("value", ["abc", "/klanten/1", "mailto:a@b.nl", 1, True, [], {}])
def test_klant_must_be_a_url(api: Api, moment: JsonObject, value: object) -> None:
    response = api.post(PATH, api.klant_body(moment["url"], klant=value))
    expect.invalid(response, at("klant", expect.NO_URL), ignoring="bad-url")


def test_klant_of_1000_characters_is_taken(api: Api, moment: JsonObject) -> None:
    url = api.standin.klant().ljust(1000, "a")
    assert api.klant(moment, klant=url)["klant"] == url


def test_klant_of_1001_characters_is_too_long(api: Api, moment: JsonObject) -> None:
    body = api.klant_body(moment["url"], klant=api.standin.klant().ljust(1001, "a"))
    expect.invalid(api.post(PATH, body), at("klant", expect.max_length(1000)), ignoring="bad-url")


def test_all_faulty_fields_are_reported_in_order(api: Api) -> None:
    body = {"rol": "x", "klant": "abc", "contactmoment": "abc"}
    expect.invalid(
        api.post(PATH, body),
        at("contactmoment", expect.NO_MATCH),
        at("klant", expect.NO_URL),
        at("rol", expect.invalid_choice("x")),
        ignoring="bad-url",
    )


def test_the_same_combination_twice_is_refused(api: Api, moment: JsonObject) -> None:
    body = api.klant_body(moment["url"])
    assert api.post(PATH, body).status_code == 201
    expect.invalid(api.post(PATH, body), NOT_UNIQUE)
    assert len(api.urls(PATH, klant=body["klant"])) == 1


def test_another_spelling_of_the_contactmoment_is_the_same_combination(
    api: Api, moment: JsonObject
) -> None:
    body = api.klant_body(moment["url"])
    assert api.post(PATH, body).status_code == 201
    elsewhere = moment["url"].replace(api.origin, "https://inway.example.nl")
    expect.invalid(api.post(PATH, body | {"contactmoment": elsewhere}), NOT_UNIQUE)


def test_another_rol_klant_or_contactmoment_is_another_combination(
    api: Api, moment: JsonObject
) -> None:
    body = api.klant_body(moment["url"])
    for change in (
        {},
        {"rol": "gesprekspartner"},
        {"klant": api.standin.klant()},
        {"contactmoment": api.moment()["url"]},
    ):
        assert api.post(PATH, body | change).status_code == 201


def test_klant_is_compared_as_literal_text(api: Api, moment: JsonObject) -> None:
    body = api.klant_body(moment["url"])
    assert api.post(PATH, body).status_code == 201
    assert api.post(PATH, body | {"klant": body["klant"] + "?"}).status_code == 201


def test_uniqueness_waits_until_all_fields_are_valid(api: Api, moment: JsonObject) -> None:
    body = api.klant_body(moment["url"])
    assert api.post(PATH, body).status_code == 201
    expect.invalid(api.post(PATH, body | {"rol": None}), at("rol", expect.NULL))


def test_a_combination_is_free_again_after_its_deletion(api: Api, moment: JsonObject) -> None:
    body = api.klant_body(moment["url"])
    api.delete(api.post(PATH, body).json()["url"])
    assert api.post(PATH, body).status_code == 201


def test_unknown_and_read_only_properties_are_ignored(api: Api, moment: JsonObject) -> None:
    content = api.klant(moment, url="http://x.nl/", volgorde=1)
    assert list(content) == KLANT_KEYS
    assert content["url"].startswith(f"{api.root}{PATH}/")


def test_contactmoment_comes_back_as_the_url_of_this_api(api: Api, moment: JsonObject) -> None:
    response = api.post(PATH, api.klant_body(moment["url"]), headers={"Host": "a.example.nl"})
    content = response.json()
    assert content["url"].startswith("http://a.example.nl/api/v1/klantcontactmomenten/")
    assert content["contactmoment"] == moment["url"].replace(api.origin, "http://a.example.nl")
    assert api.klant(moment)["contactmoment"] == moment["url"]
