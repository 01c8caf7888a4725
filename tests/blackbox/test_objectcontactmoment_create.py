"""POST /objectcontactmomenten."""

import re

import pytest

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.values import OBJECT_KEYS, OMIT, JsonObject

PATH = "/objectcontactmomenten"
NOT_UNIQUE = (
    "nonFieldErrors",
    "unique",
    "De velden contactmoment, object moeten een unieke set zijn.",
)


def test_anonymous_is_refused(api: Api, moment: JsonObject) -> None:
    expect.forbidden(api.as_client(None).post(PATH, api.object_body(moment["url"])))


def test_it_gives_201_with_the_keys_in_order(api: Api, moment: JsonObject) -> None:
    body = api.object_body(moment["url"])
    response = api.post(PATH, body)
    content = expect.answer(response, 201, expect.COLLECTION)
    assert list(content) == OBJECT_KEYS
    assert content == body | {"url": content["url"]}
    assert re.fullmatch(re.escape(f"{api.root}{PATH}/") + expect.UUID4, content["url"])
    assert response.headers.get_list("location") == [content["url"]]
    assert api.read(content["url"]) == content


@pytest.mark.parametrize("body", [OMIT, {}, {"onbekend": 1}], ids=repr)
def test_everything_is_required(api: Api, body: object) -> None:
    names = ("contactmoment", "object", "objectType")
    expect.invalid(api.post(PATH, body), *(at(name, expect.REQUIRED) for name in names))


@pytest.mark.parametrize("name", ["contactmoment", "object", "objectType"])
def test_null_is_refused(api: Api, moment: JsonObject, name: str) -> None:
    body = api.object_body(moment["url"]) | {name: None}
    expect.invalid(api.post(PATH, body), at(name, expect.NULL))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("contactmoment", expect.NULL),
        ("object", expect.BLANK),
        ("objectType", expect.invalid_choice("")),
    ],
)
def test_blank_is_refused(api: Api, moment: JsonObject, name: str, fault: expect.Fault) -> None:
    body = api.object_body(moment["url"]) | {name: ""}
    expect.invalid(api.post(PATH, body), at(name, fault))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("verzoek", "verzoek"),
        ("klant", "klant"),
        ("Zaak", "Zaak"),
        (" zaak", " zaak"),
        (1, "1"),
        (False, "False"),
        (["zaak"], "['zaak']"),
    ],
)
def test_other_object_types_are_no_choice(
    api: Api, moment: JsonObject, value: object, text: str
) -> None:
    response = api.post(PATH, api.object_body(moment["url"], objectType=value))
    expect.invalid(response, at("objectType", expect.invalid_choice(text)))


@pytest.mark.parametrize("value", ["abc", "/zaken/1", "mailto:a@b.nl", 1, True, [], {}])
def test_object_must_be_a_url(api: Api, moment: JsonObject, value: object) -> None:
    response = api.post(PATH, api.object_body(moment["url"], object=value))
    expect.invalid(response, at("object", expect.NO_URL))


@pytest.mark.parametrize("length", [200, 201, 1000])
def test_object_of_up_to_1000_characters_is_taken(
    api: Api, moment: JsonObject, length: int
) -> None:
    """D-03."""
    url = f"{api.standin.zaak()}?x=".ljust(length, "a")
    assert api.object(moment, object=url)["object"] == url


def test_object_of_1001_characters_is_too_long(api: Api, moment: JsonObject) -> None:
    body = api.object_body(moment["url"], object=f"{api.standin.zaak()}?x=".ljust(1001, "a"))
    expect.invalid(api.post(PATH, body), at("object", expect.max_length(1000)))


def test_nul_in_object_is_refused(api: Api, moment: JsonObject) -> None:
    body = api.object_body(moment["url"], object=f"{api.standin.zaak()}\0")
    expect.invalid(api.post(PATH, body), at("object", expect.NUL))


def test_all_faulty_fields_are_reported_in_order(api: Api) -> None:
    body = {"objectType": "x", "object": "abc", "contactmoment": "abc"}
    expect.invalid(
        api.post(PATH, body),
        at("contactmoment", expect.NO_MATCH),
        at("object", expect.NO_URL),
        at("objectType", expect.invalid_choice("x")),
    )


def test_the_same_combination_twice_is_refused(api: Api, moment: JsonObject) -> None:
    """D-02."""
    body = api.object_body(moment["url"])
    assert api.post(PATH, body).status_code == 201
    expect.invalid(api.post(PATH, body), NOT_UNIQUE)
    assert len(api.urls(PATH, object=body["object"])) == 1


def test_another_object_or_contactmoment_is_another_combination(
    api: Api, moment: JsonObject
) -> None:
    body = api.object_body(moment["url"])
    for change in (
        {},
        {"object": api.standin.zaak()},
        {"contactmoment": api.moment()["url"]},
    ):
        assert api.post(PATH, body | change).status_code == 201


def test_uniqueness_waits_until_all_fields_are_valid(api: Api, moment: JsonObject) -> None:
    body = api.object_body(moment["url"])
    assert api.post(PATH, body).status_code == 201
    response = api.post(PATH, body | {"objectType": None})
    expect.invalid(response, at("objectType", expect.NULL))


def test_a_combination_is_free_again_after_its_deletion(api: Api, moment: JsonObject) -> None:
    body = api.object_body(moment["url"], object=(zaak := api.standin.zaak()))
    first = api.post(PATH, body).json()["url"]
    api.standin.gone.add(zaak)
    expect.deleted(api.delete(first), expect.RELATION)
    api.standin.gone.remove(zaak)
    assert api.post(PATH, body).status_code == 201


def test_unknown_and_read_only_properties_are_ignored(api: Api, moment: JsonObject) -> None:
    content = api.object(moment, url="http://x.nl/", volgorde=1)
    assert list(content) == OBJECT_KEYS
    assert content["url"].startswith(f"{api.root}{PATH}/")


def test_own_urls_follow_the_host_of_the_request(api: Api, moment: JsonObject) -> None:
    body = api.object_body(moment["url"])
    content = api.post(PATH, body, headers={"Host": "a.example.nl"}).json()
    assert content["url"].startswith("http://a.example.nl/api/v1/objectcontactmomenten/")
    assert content["contactmoment"] == moment["url"].replace(api.origin, "http://a.example.nl")
    assert content["object"] == body["object"]
