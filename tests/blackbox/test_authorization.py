"""Authorization (3.1): which scope opens which operation, and whose scopes count."""

import pytest

from .support import clients, expect
from .support.api import Api
from .support.operations import OPERATIONS, READS, Operation, named
from .support.tokens import Credentials

POWERLESS = {
    "no scopes": clients.GEEN,
    "no application": clients.ZONDER_APPLICATIE,
    "another component": clients.ANDER_COMPONENT,
}


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_nobody_may_do_nothing(api: Api, operation: Operation) -> None:
    path, body = operation.prepare(api)
    expect.forbidden(api.as_client(None).request(operation.method, path, body))


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
@pytest.mark.parametrize("who", POWERLESS.values(), ids=list(POWERLESS))
def test_a_client_without_scopes_here_may_do_nothing(
    api: Api, operation: Operation, who: Credentials
) -> None:
    path, body = operation.prepare(api)
    response = api.as_client(who).request(operation.method, path, body)
    expect.forbidden(response)
    expect.headers(response, operation.allow)


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_the_scope_of_the_operation_is_enough(api: Api, operation: Operation) -> None:
    path, body = operation.prepare(api)
    caller = api.as_client(clients.ALLEEN[operation.scope])
    response = caller.request(operation.method, path, body)
    assert response.status_code == operation.status, response.text


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
@pytest.mark.parametrize("scope", clients.SCOPES)
def test_every_other_scope_is_not_enough(api: Api, operation: Operation, scope: str) -> None:
    if scope == operation.scope:
        return
    path, body = operation.prepare(api)
    caller = api.as_client(clients.ALLEEN[scope])
    expect.forbidden(caller.request(operation.method, path, body))


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_all_rights_are_enough_for_everything(api: Api, operation: Operation) -> None:
    path, body = operation.prepare(api)
    assert api.request(operation.method, path, body).status_code == operation.status


@pytest.mark.parametrize("operation", READS, ids=named)
@pytest.mark.parametrize("scope", [None, *clients.SCOPES])
def test_head_needs_the_same_scope_as_get(
    api: Api, operation: Operation, scope: str | None
) -> None:
    """D-06."""
    path, _ = operation.prepare(api)
    caller = api.as_client(clients.ALLEEN[scope] if scope else None)
    response = caller.raw("HEAD", path)
    assert response.status_code == (200 if scope == operation.scope else 403)
    assert response.content == b""
    expect.headers(response, operation.allow)


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_the_scopes_of_two_applications_are_joined(api: Api, operation: Operation) -> None:
    path, body = operation.prepare(api)
    response = api.as_client(clients.UNIE).request(operation.method, path, body)
    if operation.scope in {clients.LEZEN, clients.AANMAKEN}:
        assert response.status_code == operation.status
    else:
        expect.forbidden(response)


def test_a_refused_write_changes_nothing(api: Api) -> None:
    reader = api.as_client(clients.ALLEEN[clients.LEZEN])
    moment = api.moment()
    expect.forbidden(reader.patch(moment["url"], {"tekst": "x"}))
    expect.forbidden(reader.put(moment["url"], {"bronorganisatie": "000000000"}))
    expect.forbidden(reader.delete(moment["url"]))
    assert api.read(moment["url"]) == moment
    assert len(api.trail(moment)) == 1


def test_a_reader_sees_every_row(api: Api) -> None:
    """There is no filtering by row."""
    moment = api.moment()
    reader = api.as_client(clients.ALLEEN[clients.LEZEN])
    assert reader.results("/contactmomenten", kanaal=moment["kanaal"]) == [moment]
