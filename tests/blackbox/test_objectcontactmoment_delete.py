"""DELETE /objectcontactmomenten/{uuid}, for relations that their source no longer has."""

import pytest

from .support import expect
from .support.api import Api
from .support.values import UNKNOWN, JsonObject


def test_anonymous_is_refused(api: Api, moment: JsonObject) -> None:
    relation = api.object(moment)
    api.standin.forget(relation["object"])
    expect.forbidden(api.as_client(None).delete(relation["url"]))
    assert api.read(relation["url"]) == relation


@pytest.mark.parametrize("segment", [UNKNOWN, "abc"])
def test_an_unknown_or_malformed_uuid_is_not_found(api: Api, segment: str) -> None:
    expect.not_found(api.delete(f"/objectcontactmomenten/{segment}"))


def test_it_gives_an_empty_204_and_only_the_relation_is_gone(api: Api, moment: JsonObject) -> None:
    relation = api.object(moment)
    api.standin.forget(relation["object"])
    expect.deleted(api.delete(relation["url"]), expect.RELATION)
    expect.not_found(api.get(relation["url"]))
    expect.not_found(api.delete(relation["url"]))
    assert api.urls("/objectcontactmomenten", object=relation["object"]) == []
    assert api.read(moment["url"]) == moment
