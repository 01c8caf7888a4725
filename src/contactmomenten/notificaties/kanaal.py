"""Registering our kanaal at the Notificaties API, once (behaviour 10)."""

from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from contactmomenten.notificaties import sending
from contactmomenten.notificaties.outbox import KANAAL, KENMERKEN
from contactmomenten.outgoing import Answer, CallFailed

_ADVICE: Final[Mapping[int, str]] = {
    401: "Check client_id and secret of its service on both sides.",
    403: "Check client_id and secret of its service, and that it has the scope "
    "notificaties.publiceren there.",
    404: "Check api_root of its service.",
}
_OK: Final = 200
_CREATED: Final = 201


class KanaalError(Exception):
    """The kanaal could not be registered; the text says why, and what to do."""


class Client(sending.Client, Protocol):
    """What calls the Notificaties API; it can ask as well as send."""

    async def get(self, url: str) -> Answer:
        """Return the answer to GET `url`; raises CallFailed if there is none."""


async def register_kanaal(client: Client, nrc_root: str, documentation_link: str) -> bool:
    """Register the kanaal if it is not there; return False if it was.

    Args:
        client: what calls.
        nrc_root: the root of the Notificaties API, with a slash at its end.
        documentation_link: where people read about the kanaal.

    Raises:
        KanaalError: the Notificaties API cannot be reached, or refuses.
    """
    url = f"{nrc_root}kanaal"
    try:
        if await _exists(client, url):
            return False
        kanaal = {
            "naam": KANAAL,
            "documentatieLink": documentation_link,
            "filters": list(KENMERKEN),
        }
        answer = await client.post(url, msgspec.json.encode(kanaal))
        # A refusal may mean that somebody else was faster.
        if answer.status != _CREATED and not await _exists(client, url):
            raise _refused("POST", url, answer)
    except CallFailed as failure:
        message = f"The Notificaties API at {nrc_root} cannot be used: {failure.reason}."
        raise KanaalError(message) from None
    return answer.status == _CREATED


async def _exists(client: Client, url: str) -> bool:
    answer = await client.get(f"{url}?naam={KANAAL}")
    if answer.status != _OK:
        raise _refused("GET", url, answer)
    found = answer.json()
    if isinstance(found, Mapping):  # a page, as later versions of the API may answer
        found = found.get("results")
    if not isinstance(found, list):
        raise KanaalError(f"GET {url} gives no list of kanalen. Check api_root of its service.")
    return any(isinstance(one, Mapping) and one.get("naam") == KANAAL for one in found)


def _refused(method: str, url: str, answer: Answer) -> KanaalError:
    advice = _ADVICE.get(answer.status, "")
    return KanaalError(f"{method} {url} answers HTTP {answer.status}. {advice}".rstrip())
