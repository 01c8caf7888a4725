"""The operations of a relation."""

from dataclasses import dataclass

import msgspec

from contactmomenten.http.conditional import cached
from contactmomenten.http.context import Context
from contactmomenten.http.response import Response, no_content
from contactmomenten.lists import ListDefinition, list_answer
from contactmomenten.relaties import rules
from contactmomenten.relaties.definition import Relatie


@dataclass(frozen=True, slots=True)
class RelatieHandlers:
    """Answers the four operations of one kind of relation."""

    relatie: Relatie
    listing: ListDefinition

    async def list_relations(self, context: Context) -> Response:
        """Answer a page of relations."""
        return await list_answer(self.listing, context)

    async def create(self, context: Context) -> Response:
        """Register a relation."""
        body = await context.body()
        uuid, created = await rules.create(self.relatie, context, body)
        location = self.relatie.url(context.request.root, uuid).encode()
        return Response(201, created, headers=((b"location", location),))

    async def read(self, context: Context) -> Response:
        """Answer one relation."""
        row = await rules.find(self.relatie, context)
        shown = self.relatie.show(row, context.request.root)
        return cached(context.request, msgspec.json.encode(shown))

    async def delete(self, context: Context) -> Response:
        """Remove a relation."""
        row = await rules.find(self.relatie, context)
        await rules.delete(self.relatie, context, row)
        return no_content()
