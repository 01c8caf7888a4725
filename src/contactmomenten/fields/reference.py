"""URLs of contactmomenten of this API, resolved without a call (cm-001, behaviour 4.1.2)."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit
from uuid import UUID

from contactmomenten.fields.base import EMPTY, SURROGATE_REFUSED, Faults, Field
from contactmomenten.fields.text import has_surrogate, too_long
from contactmomenten.uuids import uuid_from

_MAX_LENGTH = 1000

NO_MATCH = "Ongeldige hyperlink - Geen overeenkomende URL."
OTHER_RESOURCE = "Ongeldige hyperlink - Ongeldige URL"
DOES_NOT_EXIST = "Ongeldige hyperlink - Object bestaat niet."

_OWN_PATH = re.compile(
    r"/api/v1/(?P<resource>contactmomenten|klantcontactmomenten|objectcontactmomenten)"
    r"(?:/(?P<id>[^/.]+)(?P<trail>/audittrail(?:/[^/.]+)?)?)?"
)
_UUID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def parse_uuid(text: str) -> UUID | None:
    """Return the UUID of `text` (any case, with or without dashes), or None."""
    return uuid_from(text) if _UUID.fullmatch(text) else None


def not_a_uuid(text: str) -> str:
    """Return the reason for a malformed UUID."""
    return f"'{text}' is geen geldige UUID."


@dataclass(frozen=True, slots=True)
class OwnPath:
    """A path of this API, taken apart."""

    resource: str
    id: str | None
    is_trail: bool


def own_path(path: str, subpath: str) -> OwnPath | None:
    """Return the parts of `path` when it is a path of this API, else None."""
    match = _OWN_PATH.fullmatch(path.removeprefix(subpath))
    if match is None or (match["trail"] and match["resource"] != "contactmomenten"):
        return None
    return OwnPath(match["resource"], match["id"], bool(match["trail"]))


def _path_of(text: str) -> str | None:
    if not text.startswith(("http:", "https:")):
        return text
    try:
        return unquote(urlsplit(text).path)
    except ValueError:  # such as an unfinished IPv6 address
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnUrl(Field):
    """The URL of a resource of this API in an answer."""

    read_only: bool = True
    oas_type: ClassVar[dict[str, object]] = {"type": "string", "format": "uri"}

    def limits(self) -> dict[str, Any]:
        """Return the lengths."""
        return {"maxLength": _MAX_LENGTH, "minLength": 1}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference(OwnUrl):
    """The URL of a contactmoment of this API; its clean form is the uuid.

    Only the path counts, so that a caller may come through another host (NLX). Whether the
    contactmoment exists is for the rules to find out.
    """

    read_only: bool = False

    def accept(self, value: object, name: str, faults: Faults) -> UUID | None:
        """Return the uuid of the contactmoment; null and "" mean none."""
        if value is None or value == "":
            if not self.nullable:
                faults.add(name, "null", EMPTY)
            return None
        if not isinstance(value, str):
            kind = type(value).__name__
            reason = f"Ongeldig type. Verwacht een URL, ontving {kind}."
            faults.add(name, "incorrect_type", reason)
            return None
        if len(value) > _MAX_LENGTH:
            faults.add(name, "max_length", too_long(_MAX_LENGTH))
            return None
        if has_surrogate(value):
            faults.add(name, "invalid", SURROGATE_REFUSED)
            return None
        return self._resolve(value, name, faults)

    def _resolve(self, text: str, name: str, faults: Faults) -> UUID | None:
        path = _path_of(text) if text == text.strip() else None
        found = own_path(path, faults.subpath) if path is not None else None
        if found is None:
            faults.add(name, "no_match", NO_MATCH)
        elif found.resource != "contactmomenten" or found.id is None or found.is_trail:
            faults.add(name, "incorrect_match", OTHER_RESOURCE)
        else:
            uuid = parse_uuid(found.id)
            if uuid is None:
                faults.add(name, "invalid", not_a_uuid(found.id))
            return uuid
        return None
