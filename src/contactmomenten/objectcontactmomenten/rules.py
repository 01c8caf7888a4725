"""The rules of objectcontactmomenten that ask the source of the object (cm-005, cm-006)."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from contactmomenten.contactmomenten.rendering import moment_url
from contactmomenten.database.pool import Row
from contactmomenten.fields.base import NON_FIELD, Fault
from contactmomenten.http.context import Context
from contactmomenten.http.problems import validation_error
from contactmomenten.http.request import API_PATH
from contactmomenten.objectcontactmomenten.zaken import (
    LookupFailedError,
    is_related,
    zaak_fault,
)

_STILL_RELATED: Final = (
    "The canonical remote relation still exists, this relation cannot be deleted."
)


def keep_literal(body: Mapping[str, object], values: dict[str, Any]) -> None:
    """Keep the contactmoment as its creator wrote it: the source compares it as text."""
    values["contactmoment_url"] = body["contactmoment"]


async def check_source(context: Context, values: Mapping[str, Any]) -> None:
    """Make sure that the object is a zaak, and that it knows the contactmoment (cm-005, cm-006).

    Both questions go out side by side.

    Raises:
        Problem: the 400 with what is wrong.
    """
    zaak = values["object"]
    fault, related = await asyncio.gather(
        zaak_fault(context.existence, zaak, context.served),
        _look_up(context, zaak, values["contactmoment"], values["contactmoment_url"]),
    )
    if fault:
        raise validation_error([fault])
    if isinstance(related, LookupFailedError):
        raise validation_error([Fault(NON_FIELD, "relation-validation-error", str(related))])
    if not related:
        reason = f"The contactmoment has no relations to {values['object_type']}"
        raise validation_error([Fault(NON_FIELD, "inconsistent-relation", reason)])


async def check_source_has_none(context: Context, row: Row) -> None:
    """Make sure that the source has no such relation any more, before ours is deleted.

    Raises:
        Problem: the 400 when it has, or when it does not tell.
    """
    related = await _look_up(context, row["object"], row["contactmoment"], row["contactmoment_url"])
    if isinstance(related, LookupFailedError):
        raise validation_error([Fault(NON_FIELD, "relation-lookup-error", str(related))])
    if related:
        raise validation_error([Fault(NON_FIELD, "remote-relation-exists", _STILL_RELATED)])


async def _look_up(
    context: Context, zaak: str, contactmoment: UUID, literal: str
) -> bool | LookupFailedError:
    spellings = spellings_of(contactmoment, literal, context.settings.public_base)
    spellings.append(moment_url(context.request.root, contactmoment))
    try:
        return await is_related(context.outgoing, zaak, spellings, context.served)
    except LookupFailedError as error:
        return error


def spellings_of(contactmoment: UUID, literal: str, public_base: str) -> list[str]:
    """Return the URLs by which the source may know a contactmoment, the likeliest first."""
    spellings = [literal] if literal.startswith(("http:", "https:")) else []
    if public_base:
        spellings.append(moment_url(public_base + API_PATH, contactmoment))
    return spellings
