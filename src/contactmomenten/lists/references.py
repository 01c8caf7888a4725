"""The filter on the URL of a contactmoment of this API (behaviour 6.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

from contactmomenten.fields.base import Faults
from contactmomenten.fields.reference import OwnPath, not_a_uuid, own_path, parse_uuid
from contactmomenten.fields.url import NOT_A_URL, is_url
from contactmomenten.http.context import Context
from contactmomenten.lists.filters import Filter
from contactmomenten.lists.selection import NOTHING, Condition

_EXISTS: Final = {
    "klantcontactmomenten": "SELECT true FROM klantcontactmoment WHERE uuid = $1",
    "objectcontactmomenten": "SELECT true FROM objectcontactmoment WHERE uuid = $1",
}

_OTHER_RESOURCE: Final = "Invalide resourcetype opgegeven, verwachtte een contactmoment."


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceFilter(Filter):
    """A contactmoment, by its URL at the host that the client calls."""

    oas_schema: ClassVar[Mapping[str, Any]] = {"type": "string", "format": "uri"}

    async def condition(self, text: str, context: Context, faults: Faults) -> Condition | None:
        """Return the condition; a URL that cannot be one of ours matches nothing."""
        text = text.strip()
        if not is_url(text) or "\x00" in text:
            faults.add(self.name, "invalid", NOT_A_URL)
            return None
        parts = urlsplit(text)
        request = context.request
        if parts.netloc.lower() != request.host.lower():
            return NOTHING
        path = own_path(unquote(parts.path), request.subpath)
        if path is None or path.id is None:
            return NOTHING
        uuid = parse_uuid(path.id)
        if path.resource != "contactmomenten" or path.is_trail:
            return await self._other(context, path, uuid, faults)
        if uuid is None:
            faults.add(self.name, "invalid", not_a_uuid(path.id))
            return None
        return Condition(self.sql, (uuid,))

    async def _other(
        self, context: Context, path: OwnPath, uuid: UUID | None, faults: Faults
    ) -> Condition | None:
        sql = _EXISTS.get(path.resource)
        # Something that was made just now exists, also when a replica has not heard of it.
        if sql and uuid and await context.database.writer.value(sql, uuid):
            faults.add(self.name, "invalid-type", _OTHER_RESOURCE)
            return None
        return NOTHING
