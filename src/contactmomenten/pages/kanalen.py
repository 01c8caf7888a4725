"""The kanaal on which notifications are published (behaviour 10), as its page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass

from contactmomenten.notificaties import outbox


@dataclass(frozen=True, slots=True)
class Kanaal:
    """One kanaal of the Notificaties API.

    Attributes:
        name: as it is registered.
        main_resource: the resource that every notification is about.
        kenmerken: what a subscriber may filter on, with its meaning.
        resources: the resources with the actions that are notified.
    """

    name: str
    main_resource: str
    kenmerken: Mapping[str, str]
    resources: Mapping[str, tuple[str, ...]]


KANAAL = Kanaal(
    name=outbox.KANAAL,
    main_resource=outbox.HOOFDRESOURCE,
    kenmerken={
        "bronorganisatie": "RSIN van de organisatie die het contactmoment vastlegde.",
        "kanaal": "Het communicatiekanaal van het contactmoment; kan leeg zijn.",
    },
    resources={outbox.HOOFDRESOURCE: ("create", "update", "destroy")},
)
