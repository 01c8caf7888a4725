"""Asking the Autorisaties API for the applications of a client (behaviour 3.2)."""

from typing import Any, Final
from urllib.parse import urlencode

from contactmomenten.autorisaties.applicaties import Applicatie, from_ac
from contactmomenten.outgoing import CallFailed, OutgoingClient, Served

_HEADERS: Final = {"accept": "application/json", "content-type": "application/json"}
_OK: Final = 200
_FORBIDDEN: Final = 403
_CLIENT_ERRORS: Final = range(400, 500)


class AcRefusesUsError(Exception):
    """The AC does not accept our own credentials."""


class AcUnreachableError(Exception):
    """The AC gave no usable answer; the text says why."""


async def applicaties_of_client(
    client: OutgoingClient, root: str, client_id: str, served: Served | None
) -> list[Applicatie]:
    """Return the applications of `client_id` at the AC with the given `root`.

    Raises:
        AcRefusesUsError: 403 with code ``not_authenticated``.
        AcUnreachableError: no answer, or one that says nothing about the client.
    """
    url = f"{root}applicaties?{urlencode({'clientIds': client_id})}"
    try:
        answer = await client.get(url, headers=_HEADERS, served=served)
        body = answer.json()
    except CallFailed as error:
        raise AcUnreachableError(error.reason) from None
    if answer.status == _OK and isinstance(body, dict) and isinstance(body.get("results"), list):
        results: list[Any] = body["results"]
        return [applicatie for result in results if (applicatie := from_ac(result))]
    if answer.status == _FORBIDDEN and _code(body) == "not_authenticated":
        raise AcRefusesUsError
    if answer.status in _CLIENT_ERRORS and isinstance(body, dict):
        return []
    message = f"HTTP {answer.status}"
    raise AcUnreachableError(message)


def _code(body: object) -> object:
    return body.get("code") if isinstance(body, dict) else None


async def applicatie_at(client: OutgoingClient, url: str) -> dict[str, Any]:
    """Return the application at `url` as the AC answers it.

    Raises:
        AcUnreachableError: it could not be fetched.
    """
    try:
        answer = await client.get(url, headers=_HEADERS)
        body = answer.json()
    except CallFailed as error:
        raise AcUnreachableError(error.reason) from None
    if answer.status != _OK or not isinstance(body, dict):
        message = f"HTTP {answer.status}"
        raise AcUnreachableError(message)
    return body
