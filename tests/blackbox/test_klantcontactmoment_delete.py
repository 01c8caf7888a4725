"""DELETE /klantcontactmomenten/{uuid}."""

import pytest

from .support import expect
from .support.api import Api
from .support.values import UNKNOWN, JsonObject


def test_anonymous_is_refused(api: Api, moment: JsonObject) -> None:
    klant = api.klant(moment)
    expect.forbidden(api.as_client(None).delete(klant["url"]))
    assert api.read(klant["url"]) == klant


@pytest.mark.parametrize("segment", [UNKNOWN, "abc"])
def test_an_unknown_or_malformed_uuid_is_not_found(api: Api, segment: str) -> None:
    expect.not_found(api.delete(f"/klantcontactmomenten/{segment}"))


def test_it_gives_an_empty_204_and_only_the_relation_is_gone(api: Api, moment: JsonObject) -> None:
    klant = api.klant(moment)
    expect.deleted(api.delete(klant["url"]), expect.RELATION)
    expect.not_found(api.get(klant["url"]))
    expect.not_found(api.delete(klant["url"]))
    assert api.urls("/klantcontactmomenten", klant=klant["klant"]) == []
    assert api.read(moment["url"]) == moment
