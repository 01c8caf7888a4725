"""The chain of contactmomenten: cm-001, cm-002 and the uniqueness of vorigContactmoment."""

import pytest

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.values import RSIN, JsonObject

PATH = "/contactmomenten"


def volgend(api: Api, moment: JsonObject) -> object:
    return api.read(moment["url"])["volgendContactmoment"]


def assert_row(row: JsonObject, moment: JsonObject, old: object, new: object) -> None:
    """Expect the audit row of a predecessor whose volgendContactmoment changed."""
    assert (row["actie"], row["actieWeergave"]) == ("partial_update", "Object deels bijgewerkt")
    assert (row["resultaat"], row["resource"]) == (200, "contactmoment")
    assert row["hoofdObject"] == row["resourceUrl"] == moment["url"]
    assert row["wijzigingen"] == {
        "oud": moment | {"volgendContactmoment": old},
        "nieuw": moment | {"volgendContactmoment": new},
    }


def test_a_predecessor_shows_its_successor(api: Api) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    assert second["vorigContactmoment"] == first["url"]
    assert second["volgendContactmoment"] is None
    assert api.read(first["url"]) == first | {"volgendContactmoment": second["url"]}


def test_a_list_shows_both_directions(api: Api) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"], kanaal=first["kanaal"])
    assert api.results(PATH, kanaal=first["kanaal"]) == [
        first | {"volgendContactmoment": second["url"]},
        second,
    ]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_update_sets_the_cross_reference(api: Api, method: str) -> None:
    first, second = api.moment(), api.moment()
    body = {"vorigContactmoment": first["url"], "bronorganisatie": RSIN}
    content = api.request(method, second["url"], body).json()
    assert content == second | {"vorigContactmoment": first["url"]}
    assert volgend(api, first) == second["url"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_moving_to_another_predecessor_frees_the_former_one(api: Api, method: str) -> None:
    first, other = api.moment(), api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    body = {"vorigContactmoment": other["url"], "bronorganisatie": RSIN}
    assert api.request(method, second["url"], body).status_code == 200
    assert volgend(api, first) is None
    assert volgend(api, other) == second["url"]


@pytest.mark.parametrize("empty", [None, ""])
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_empty_reference_frees_the_predecessor(api: Api, method: str, empty: object) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    body = {"vorigContactmoment": empty, "bronorganisatie": RSIN}
    content = api.request(method, second["url"], body).json()
    assert content["vorigContactmoment"] is None
    assert volgend(api, first) is None


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_absent_reference_stays(api: Api, method: str) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    assert api.request(method, second["url"], {"bronorganisatie": RSIN}).json() == second
    assert volgend(api, first) == second["url"]


def test_a_second_successor_is_refused_on_create(api: Api) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    body = api.moment_body(vorigContactmoment=first["url"])
    expect.invalid(api.post(PATH, body), at("vorigContactmoment", expect.UNIQUE))
    assert volgend(api, first) == second["url"]
    assert api.urls(PATH, kanaal=body["kanaal"]) == []


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_second_successor_is_refused_on_update(api: Api, method: str) -> None:
    first, other = api.moment(), api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    body = {"vorigContactmoment": first["url"], "bronorganisatie": RSIN}
    response = api.request(method, other["url"], body)
    expect.invalid(response, at("vorigContactmoment", expect.UNIQUE))
    assert volgend(api, first) == second["url"]
    assert api.read(other["url"]) == other


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_own_record_is_no_second_successor(api: Api, method: str) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    body = {"vorigContactmoment": first["url"], "bronorganisatie": RSIN}
    assert api.request(method, second["url"], body).json() == second


def test_a_second_successor_is_reported_beside_other_faults(api: Api) -> None:
    first = api.moment()
    api.moment(vorigContactmoment=first["url"])
    body = {"vorigContactmoment": first["url"], "kanaal": None}
    expect.invalid(
        api.post(PATH, body),
        at("vorigContactmoment", expect.UNIQUE),
        at("bronorganisatie", expect.REQUIRED),
        at("kanaal", expect.NULL),
    )


def test_a_freed_predecessor_can_be_claimed_again(api: Api) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    api.patch(second["url"], {"vorigContactmoment": None})
    third = api.moment(vorigContactmoment=first["url"])
    assert volgend(api, first) == third["url"]


def test_a_contactmoment_may_refer_to_itself(api: Api, moment: JsonObject) -> None:
    response = api.patch(moment["url"], {"vorigContactmoment": moment["url"]})
    content = expect.answer(response, 200, expect.MOMENT)
    both = {"vorigContactmoment": moment["url"], "volgendContactmoment": moment["url"]}
    assert content == moment | both
    assert api.read(moment["url"]) == moment | both
    assert api.patch(moment["url"], {"vorigContactmoment": None}).json() == moment


def test_a_cycle_is_allowed(api: Api) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    assert api.patch(first["url"], {"vorigContactmoment": second["url"]}).status_code == 200
    assert volgend(api, second) == first["url"]
    assert volgend(api, first) == second["url"]


def test_the_response_of_an_update_shows_the_successor(api: Api) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    assert api.patch(first["url"], {}).json()["volgendContactmoment"] == second["url"]


def test_a_new_successor_is_in_the_trail_of_its_predecessor(api: Api) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    create, row = api.trail(first)
    assert create["actie"] == "create"
    assert_row(row, first, None, second["url"])


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_move_is_in_the_trails_of_both_predecessors(api: Api, method: str) -> None:
    first, other = api.moment(), api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    body = {"vorigContactmoment": other["url"], "bronorganisatie": RSIN}
    api.request(method, second["url"], body)
    assert len(api.trail(first)) == 3
    assert len(api.trail(other)) == 2
    assert_row(api.trail(first)[-1], first, second["url"], None)
    assert_row(api.trail(other)[-1], other, None, second["url"])
    assert len(api.trail(second)) == 2


def test_an_unchanged_reference_leaves_no_row_at_the_predecessor(api: Api) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    api.patch(second["url"], {"vorigContactmoment": first["url"]})
    api.patch(second["url"], {"tekst": "anders"})
    assert len(api.trail(first)) == 2


def test_a_freed_predecessor_has_a_row(api: Api) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    api.patch(second["url"], {"vorigContactmoment": None})
    assert len(api.trail(first)) == 3
    assert_row(api.trail(first)[-1], first, second["url"], None)


def test_the_deletion_of_a_successor_is_at_most_one_row_at_the_predecessor(api: Api) -> None:
    """The text says of this case only that volgendContactmoment simply becomes null."""
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    api.delete(second["url"])
    rows = api.trail(first)
    assert len(rows) in {2, 3}
    for row in rows[2:]:
        assert_row(row, first, second["url"], None)


def test_a_refused_claim_leaves_no_row_at_the_predecessor(api: Api) -> None:
    first = api.moment()
    api.moment(vorigContactmoment=first["url"])
    api.post(PATH, api.moment_body(vorigContactmoment=first["url"]))
    assert len(api.trail(first)) == 2


def test_the_row_at_the_predecessor_names_the_caller(api: Api) -> None:
    first = api.moment()
    api.post(
        PATH,
        api.moment_body(vorigContactmoment=first["url"]),
        headers={"X-Audit-Toelichting": "vervolg"},
    )
    row = api.trail(first)[-1]
    assert (row["gebruikersId"], row["gebruikersWeergave"]) == ("u-1", "Uta Eén")
    assert row["applicatieId"] == api.trail(first)[0]["applicatieId"]
