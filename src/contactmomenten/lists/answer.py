"""From a query string to a page object: the one way in which every list is answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count as count_from
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from contactmomenten.database.pool import Row
from contactmomenten.fields.base import NON_FIELD, Fault, Faults
from contactmomenten.http.context import Context
from contactmomenten.http.problems import PARSE_ERROR, Problem, validation_error
from contactmomenten.http.response import Response
from contactmomenten.lists import pages
from contactmomenten.lists.filters import Condition, Filter, Ordering

_MAX_PARAMETERS = 100


class Page(msgspec.Struct):
    """The page object (behaviour 4.6)."""

    count: int
    next: str | None
    previous: str | None
    results: Sequence[msgspec.Struct]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDefinition:
    """One list: its filters, its ordering, and how its rows are read and shown.

    Attributes:
        path: of the list, below the root of the API.
        table: where the rows are.
        columns: what is selected.
        filters: in the order in which faults are reported.
        ordering: when the list can be ordered.
        show: turns a row into what is answered, given the root.
    """

    path: str
    table: str
    columns: str
    filters: tuple[Filter, ...]
    show: Callable[[Row, str], msgspec.Struct]
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
    _refuse_unknown(query, definition.known())
    conditions, order = await _conditions(definition, dict(query), context)
    page = pages.page_number(query)

    where, values = _where(conditions)
    reader = context.database.reader
    # Nothing is built from what a client sent: fragments come from the definitions, values go
    # as parameters.
    count = await reader.value(f"SELECT count(*) FROM {definition.table}{where}", *values)
    if page > 1 and (page - 1) * pages.SIZE >= count:
        raise pages.no_such_page()
    rows = await reader.rows(
        f"SELECT {definition.columns} FROM {definition.table}{where}"
        f" ORDER BY {', '.join([*order, 'id'])} LIMIT {pages.SIZE}"
        f" OFFSET {(page - 1) * pages.SIZE}",
        *values,
    )
    following, previous = pages.links(request.root + definition.path, query, page, count)
    results = [definition.show(row, request.root) for row in rows]
    return Response(200, msgspec.json.encode(Page(count, following, previous, results)))


def _parse(query: bytes) -> pages.Query:
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
) -> tuple[list[Condition], list[str]]:
    """Return the conditions and the terms of the order; of a repeated parameter the last."""
    faults = Faults(context.request.subpath)
    conditions = []
    for filter_ in definition.filters:
        if filter_.name in given:
            condition = await filter_.condition(given[filter_.name], context, faults)
            if condition is not None:
                conditions.append(condition)
    ordering = definition.ordering
    order = ordering.terms(given.get(ordering.name, ""), faults) if ordering else []
    if faults:
        raise validation_error(faults.entries)
    return conditions, order


def _where(conditions: Sequence[Condition]) -> tuple[str, list[object]]:
    if not conditions:
        return "", []
    numbers = count_from(1)
    fragments = [
        condition.sql.format(*(f"${next(numbers)}" for _ in condition.values))
        for condition in conditions
    ]
    values = [value for condition in conditions for value in condition.values]
    return f" WHERE {' AND '.join(fragments)}", values
