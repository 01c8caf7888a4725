"""Subscribing to changes of rights at the Notificaties API (behaviour 3.4)."""

from typing import Final

import msgspec

from contactmomenten.autorisaties.callbacks import KANAAL, PATH
from contactmomenten.autorisaties.tokens import make_token
from contactmomenten.database.pool import Writer
from contactmomenten.http.request import API_PATH
from contactmomenten.outgoing import CallFailed, OutgoingClient

_NAME: Final = "abonnement_autorisaties"
_CREATED: Final = 201

_READ: Final = "SELECT waarde::text FROM instelling WHERE naam = $1"
_STORE: Final = """
INSERT INTO instelling (naam, waarde) VALUES ($1, $2::text::json)
ON CONFLICT (naam) DO UPDATE SET waarde = excluded.waarde
"""


class SubscriptionError(Exception):
    """The Notificaties API did not take the subscription; the text says why."""


class Subscription(msgspec.Struct):
    """A subscription: its URL at the Notificaties API, and what it calls."""

    url: str
    callback: str


async def subscribe(  # noqa: PLR0913 (what a subscription consists of)
    writer: Writer,
    client: OutgoingClient,
    *,
    nrc_root: str,
    public_base: str,
    client_id: str,
    secret: str,
) -> tuple[Subscription, bool]:
    """Subscribe, unless that was done for the same callback; tell whether it is new.

    Args:
        writer: where the subscription is kept.
        client: calls the Notificaties API.
        nrc_root: of the Notificaties API.
        public_base: of this API.
        client_id: with which the Notificaties API will sign in here.
        secret: of that client.

    Raises:
        SubscriptionError: no answer, or not a 201 with a URL.
    """
    callback = f"{public_base}{API_PATH}{PATH}"
    stored = await writer.value(_READ, _NAME)
    if stored is not None:
        known = msgspec.json.decode(stored, type=Subscription)
        if known.callback == callback and known.url.startswith(nrc_root):
            return known, False
    body = {
        "callbackUrl": callback,
        "auth": f"Bearer {make_token(client_id, secret)}",
        "kanalen": [{"naam": KANAAL, "filters": {}}],
    }
    try:
        answer = await client.post(f"{nrc_root}abonnement", msgspec.json.encode(body))
        created = answer.json() if answer.status == _CREATED else None
    except CallFailed as error:
        message = f"The Notificaties API cannot be reached: {error.reason}."
        raise SubscriptionError(message) from None
    if not isinstance(created, dict) or not isinstance(created.get("url"), str):
        message = f"The Notificaties API refused the subscription: HTTP {answer.status}."
        raise SubscriptionError(message)
    subscription = Subscription(url=created["url"], callback=callback)
    await writer.row(_STORE, _NAME, msgspec.json.encode(subscription).decode())
    return subscription, True
