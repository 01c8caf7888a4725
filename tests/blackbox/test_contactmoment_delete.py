"""DELETE /contactmomenten/{uuid}."""

import uuid

from .support import expect
from .support.api import Api
from .support.values import JsonObject


def test_anonymous_is_refused(api: Api, moment: JsonObject) -> None:
    expect.forbidden(api.as_client(None).delete(moment["url"]))
    assert api.read(moment["url"]) == moment


def test_an_unknown_uuid_is_not_found(api: Api) -> None:
    expect.not_found(api.delete(f"/contactmomenten/{uuid.uuid4()}"))


def test_it_gives_an_empty_204_and_the_resource_is_gone(api: Api, moment: JsonObject) -> None:
    expect.deleted(api.delete(moment["url"]), expect.MOMENT)
    expect.not_found(api.get(moment["url"]))
    expect.not_found(api.delete(moment["url"]))
    assert api.urls("/contactmomenten", kanaal=moment["kanaal"]) == []


def test_a_body_is_ignored(api: Api, moment: JsonObject) -> None:
    response = api.request("DELETE", moment["url"], content=b"{kapot")
    expect.deleted(response, expect.MOMENT)


def test_its_relations_go_with_it(api: Api, moment: JsonObject) -> None:
    klant, object_ = api.klant(moment), api.object(moment)
    other = api.klant(api.moment())
    expect.deleted(api.delete(moment["url"]), expect.MOMENT)
    expect.not_found(api.get(klant["url"]))
    expect.not_found(api.get(object_["url"]))
    assert api.read(other["url"]) == other


def test_its_audit_trail_goes_with_it(api: Api, moment: JsonObject) -> None:
    [row] = api.trail(moment)
    api.delete(moment["url"])
    expect.not_found(api.get(f"{moment['url']}/audittrail"))
    expect.not_found(api.get(f"{moment['url']}/audittrail/{row['uuid']}"))


def test_an_identificatie_does_not_keep_it(api: Api) -> None:
    moment = api.moment(medewerkerIdentificatie={"achternaam": "Vries"})
    expect.deleted(api.delete(moment["url"]), expect.MOMENT)


def test_deleting_a_successor_frees_its_predecessor(api: Api) -> None:
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    expect.deleted(api.delete(second["url"]), expect.MOMENT)
    assert api.read(first["url"])["volgendContactmoment"] is None
    third = api.moment(vorigContactmoment=first["url"])
    assert api.read(first["url"])["volgendContactmoment"] == third["url"]


def test_deleting_a_predecessor_frees_its_successor(api: Api) -> None:
    """D-04."""
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    expect.deleted(api.delete(first["url"]), expect.MOMENT)
    assert api.read(second["url"]) == second | {"vorigContactmoment": None}


def test_deleting_a_predecessor_is_in_the_trail_of_its_successor(api: Api) -> None:
    """D-04: one row, partial_update, 200."""
    first = api.moment()
    second = api.moment(vorigContactmoment=first["url"])
    before = api.trail(second)
    api.delete(first["url"])
    after = api.trail(second)
    assert after[:-1] == before
    row = after[-1]
    assert (row["actie"], row["resultaat"]) == ("partial_update", 200)
    assert row["wijzigingen"] == {
        "oud": second,
        "nieuw": second | {"vorigContactmoment": None},
    }


def test_deleting_the_middle_of_a_chain_frees_both_ends(api: Api) -> None:
    first = api.moment()
    middle = api.moment(vorigContactmoment=first["url"])
    last = api.moment(vorigContactmoment=middle["url"])
    expect.deleted(api.delete(middle["url"]), expect.MOMENT)
    assert api.read(first["url"])["volgendContactmoment"] is None
    assert api.read(last["url"])["vorigContactmoment"] is None


def test_a_contactmoment_that_refers_to_itself_can_be_deleted(api: Api, moment: JsonObject) -> None:
    api.patch(moment["url"], {"vorigContactmoment": moment["url"]})
    expect.deleted(api.delete(moment["url"]), expect.MOMENT)
    expect.not_found(api.get(moment["url"]))
