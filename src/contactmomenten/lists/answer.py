"""From a query string to a page object: the one way in which every list is answered."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from contactmomenten.fields.base import NON_FIELD, Fault, Faults
from contactmomenten.http.context import Context
from contactmomenten.http.problems import PARSE_ERROR, Problem, validation_error
from contactmomenten.http.response import Response
from contactmomenten.lists import pages
from contactmomenten.lists.filters import Filter, Ordering
from contactmomenten.lists.finding import Finder
from contactmomenten.lists.selection import Condition, Selection
from contactmomenten.lists.wanted import Source, Term, Wanted
from contactmomenten.stored_json import filled

_MAX_PARAMETERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDefinition:
    """One list: its filters, its ordering, and where its rows are.

    Attributes:
        path: of the list, below the root of the API.
        source: where the rows are, and their JSON.
        filters: in the order in which faults are reported.
        ordering: when the list can be ordered.
    """

    path: str
    source: Source
    filters: tuple[Filter, ...]
    ordering: Ordering | None = None

    def parameters(self) -> list[dict[str, Any]]:
        """Return the query parameters as OAS parameter objects."""
        ordering = [self.ordering.parameter()] if self.ordering else []
        filters = [filter_.parameter() for filter_ in self.filters]
        return [*filters, *ordering, pages.OAS_PARAMETER]

    def known(self) -> set[str]:
        """Return the names of all parameters."""
        names = {filter_.name for filter_ in self.filters} | {pages.PARAMETER}
        return names | {self.ordering.name} if self.ordering else names


async def list_answer(definition: ListDefinition, context: Context) -> Response:
    """Answer one page of a list.

    Raises:
        Problem: 400 for unknown parameters or wrong filter values, 404 for a page beyond the end.
    """
    request = context.request
    query = _parse(request.query)
    if query:
        _refuse_unknown(query, definition.known())
    conditions, order = await _conditions(definition, dict(query), context)
    page = pages.page_number(query)

    source = definition.source
    selection = Selection(source.table, source.all, tuple(conditions))
    offset = (page - 1) * pages.SIZE
    found = await Finder(source, context.database.reader).find(
        Wanted(selection, order, offset, pages.SIZE)
    )
    if page > 1 and offset >= found.count:
        raise pages.no_such_page()
    following, previous = pages.links(request.root + definition.path, query, page, found.count)
    body = b'{"count":%d,"next":%s,"previous":%s,"results":[%s]}' % (
        found.count,
        msgspec.json.encode(following),
        msgspec.json.encode(previous),
        filled(found.rows, request.root),
    )
    return Response(200, body)


def _parse(query: bytes) -> pages.Query:
    if not query:
        return []
    try:
        return parse_qsl(
            # Some clients send é as it is, unencoded; the server passes on UTF-8 only.
            query.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=_MAX_PARAMETERS,
        )
    except ValueError:
        raise Problem(PARSE_ERROR, "Te veel query parameters.") from None


def _refuse_unknown(query: pages.Query, known: set[str]) -> None:
    unknown = [name for name in dict(query) if name not in known]
    if unknown:
        reason = f"Onbekende query parameters: {', '.join(unknown)}"
        raise validation_error([Fault(NON_FIELD, "unknown-parameters", reason)])


async def _conditions(
    definition: ListDefinition, given: dict[str, str], context: Context
) -> tuple[list[Condition], tuple[Term, ...]]:
    """Return the conditions and the terms of the order; of a repeated parameter the last."""
    faults = Faults(context.request.subpath)
    conditions = []
    for filter_ in definition.filters:
        if filter_.name in given:
            condition = await filter_.condition(given[filter_.name], context, faults)
            if condition is not None:
                conditions.append(condition)
    ordering = definition.ordering
    order = ordering.terms(given.get(ordering.name, ""), faults) if ordering else ()
    if faults:
        raise validation_error(faults.entries)
    return conditions, order
