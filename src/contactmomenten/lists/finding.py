"""Finding a page of a list: how many rows there are, and the JSON of a hundred of them.

The cost of a page does not depend on the size of the table, as long as the rows are counted
(`contactmomenten.counts`). A page near the start is one statement. For one far from it, first a
block is looked up from which it is only some hundreds of rows away. Where that takes several
statements, they all see the database as it was at the first.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import msgspec

from contactmomenten.counts import reading
from contactmomenten.counts.definitions import (
    BY_ID,
    BY_TIME,
    BY_UUID,
    COMBINATION,
    FIRST,
    LAST,
    Dimension,
    Order,
)
from contactmomenten.counts.groups import groups_at
from contactmomenten.counts.periods import InPeriod
from contactmomenten.counts.reading import Counted
from contactmomenten.database.pool import Reads, Row
from contactmomenten.lists import in_period
from contactmomenten.lists.in_period import JOINED
from contactmomenten.lists.selection import Condition, HiddenParameters, Parameters, Selection
from contactmomenten.lists.wanted import ROW_ORDER, Found, Part, Source, Term, Wanted

# Rows that are passed over one by one rather than by looking up a block.
NEAR: Final = 1_000

# So few rows in a period are sorted; more are found by going through the blocks that have them.
FEW: Final = 2_000

# Parts of groups that are looked at first; if they are too few, eight times as many.
_PARTS: Final = 16


class _Group:
    """Rows with the same value, of which parts are counted apart.

    Attributes:
        waarde: the value, as a list.
        tot: how many rows there are up to and including it.
        size: how many rows it has, as far as its parts were added.
    """

    def __init__(self, part: Row) -> None:
        self.waarde: list[str] = part["waarde"]
        self.tot: int = part["tot"]
        self.size = 0


class Finder:
    """Finds pages of one list."""

    def __init__(self, source: Source, reader: Reads, *, at_one_moment: bool = False) -> None:
        """Find rows of `source` with `reader`, all of whose reads may be of one moment."""
        self._source = source
        self._reader = reader
        self._at_one_moment = at_one_moment

    async def find(self, wanted: Wanted) -> Found:
        """Return a page and the count of the whole list."""
        selection = wanted.selection
        terms = tuple(term for term in wanted.terms if not selection.fixes(term.sql))
        if terms != wanted.terms:
            wanted = replace(wanted, terms=terms)
        first = terms[0] if terms else None
        counted = selection.counted
        if counted is None:
            return await self._plain(wanted)
        if selection.period:
            return await self._in_period(wanted, counted)
        order = BY_ID if first is None else self._source.orders.get(first.sql)
        if order in counted.orders:
            return await self._in_order(wanted, order)
        if counted == self._source.all and first is not None:
            if first.sql in self._source.often_empty:
                return await self._in_parts(wanted, first)
            if first.sql in self._source.groups:
                return await self._in_groups(wanted, first)
        return await self._plain(wanted)

    async def _in_period(self, wanted: Wanted, counted: Dimension) -> Found:
        """Find a page of rows in a period, otherwise `counted`."""
        if BY_TIME in counted.orders:
            if not wanted.terms:
                return await self._created_in_period(wanted)
            if wanted.terms[0].sql == BY_TIME.column:
                return await self._by_time_in_period(wanted)
        return await self._plain(wanted)

    async def _find_at_one_moment(self, wanted: Wanted) -> Found:
        """Find a page that takes several statements: what others write meanwhile is not seen."""
        return await self._reader.in_snapshot(
            lambda reads: Finder(self._source, reads, at_one_moment=True).find(wanted)
        )

    # --- counting ---------------------------------------------------------------------------------

    def _counted(self, selection: Selection, parameters: Parameters) -> Counted:
        """Return the rows of a counted `selection`, whatever the period, in SQL."""
        dimension = selection.counted
        assert dimension is not None  # noqa: S101 (only asked of what is counted)
        if not dimension.columns:
            return Counted(dimension, dimension.match_key, dimension.has)
        place = parameters.bind(selection.value)
        return Counted(dimension, dimension.match_key.format(place), dimension.match.format(place))

    def _count(self, selection: Selection, parameters: Parameters) -> tuple[str, str]:
        """Return SQL: common table expressions (or none), and the count of `selection`."""
        if selection.counted is None or (
            selection.period and BY_TIME not in selection.counted.orders
        ):
            return self._count_others(selection, parameters)
        counted = self._counted(selection, parameters)
        if not selection.period:
            return "", reading.total(counted)
        first, until = reading.units_of_period(selection.low, selection.high)
        period = " AND ".join(one.bound(parameters) for one in selection.period)
        return reading.total_in_period(
            counted,
            _unit(first, FIRST, parameters),
            _unit(until, LAST, parameters),
            period,
        )

    def _count_others(self, selection: Selection, parameters: Parameters) -> tuple[str, str]:
        if selection.combined and not selection.period:
            columns = {
                one.dimension.columns[0]: parameters.bind(one.values[0])
                for one in selection.others
                if one.dimension is not None
            }
            rows = " AND ".join(one.bound(parameters) for one in selection.others)
            return "", reading.total_of_combinations(COMBINATION, rows, columns)
        return "", f"(SELECT count(*) FROM {self._source.table}{selection.where(parameters)})"

    # --- pages ------------------------------------------------------------------------------------

    async def _plain(self, wanted: Wanted) -> Found:
        """Find a page by going through the rows before it, or after it."""
        if wanted.size is None and wanted.offset > NEAR:
            if not self._at_one_moment:
                return await self._find_at_one_moment(wanted)
            count = await self._value(wanted.selection)
            if wanted.offset >= count:
                return Found(count, b"")
            limit = min(wanted.limit, count - wanted.offset)
            wanted = replace(wanted, size=count, limit=limit)
        return await self._through(wanted, key="id")

    async def _through(self, wanted: Wanted, key: str) -> Found:
        """Find a page by going through the rows before it; `key` as in `_rows`."""
        parameters = Parameters()
        if wanted.size is not None:
            rows = self._rows(wanted, parameters, key=key)
            return Found(wanted.size, await self._one(rows, parameters))
        expressions, count = self._count(wanted.selection, parameters)
        rows = self._rows(wanted, parameters, key=key)
        return await self._both(expressions, count, rows, parameters)

    async def _in_order(self, wanted: Wanted, order: Order) -> Found:
        """Find a page in an order in which the rows lie in blocks."""
        counted = wanted.selection.as_counted()
        if counted is not wanted.selection:
            wanted = replace(wanted, selection=counted)
        if wanted.nearest <= NEAR:
            return await self._through(wanted, key=_key_of(order))
        return await self._from_block(wanted, order)

    async def _from_block(self, wanted: Wanted, order: Order, before: int = 0) -> Found:
        """Find a page by a block near it.

        Args:
            wanted: the page; of rows in a period, if any.
            order: in which the rows lie in blocks.
            before: how many rows, whatever the period, come before those of the period.
        """
        descending = bool(wanted.terms) and wanted.terms[0].descending
        parameters = HiddenParameters()
        counted = self._counted(wanted.selection, parameters)
        position = parameters.bind(before + wanted.offset)
        place = reading.place(counted, order, position, descending=descending)
        start = order.start.format("(SELECT vanaf FROM vanaf)")
        from_block = replace(wanted, offset=1, size=None)
        rows = self._rows(
            from_block,
            parameters,
            key=_key_of(order),
            more=(f"{order.column} {'<' if descending else '>='} {start}",),
            offset="(SELECT over FROM vanaf)",
        )
        from_start = self._rows(
            from_block,
            parameters,
            key=_key_of(order),
            offset=parameters.bind(wanted.offset),
        )
        # A block that starts before the period does is no use: the period itself starts nearer.
        expressions = f"""{place}, vanaf AS MATERIALIZED (
    SELECT vanaf, greatest(0, {position} - voor) AS over
    FROM gevonden WHERE vanaf <> {FIRST} AND voor > {parameters.bind(before)}
)"""
        page = f"""CASE
WHEN {position} >= (SELECT aantal FROM gevonden) THEN NULL
WHEN EXISTS (SELECT FROM vanaf) THEN {rows}
ELSE {from_start}
END"""
        return await self._both(expressions, "(SELECT aantal FROM gevonden)", page, parameters)

    async def _by_time_in_period(self, wanted: Wanted) -> Found:
        """Find a page in the order of time, of rows in a period."""
        selection = wanted.selection
        if wanted.offset <= NEAR:
            return await self._plain(wanted)
        if not self._at_one_moment:
            return await self._find_at_one_moment(wanted)
        count = await self._value(selection)
        if wanted.offset >= count:
            return Found(count, b"")
        # In the order that is asked for, the rows beyond one end of the period come first.
        descending = wanted.terms[0].descending
        whole = Selection(selection.table, selection.all, selection.others)
        limits = [one.on_side(high=descending) for one in selection.period]
        limited = whole.within(*(one for one in limits if one is not None))
        before = await self._value(whole) - await self._value(limited)
        found = await self._from_block(wanted, BY_TIME, before)
        return Found(count, found.rows)

    async def _created_in_period(self, wanted: Wanted) -> Found:
        """Find a page in the order of creation, of rows in a period."""
        if wanted.offset <= NEAR:
            return await self._by(partial(in_period.near, few=FEW), wanted)
        # Only the count says where the end is. The second statement counts again, at its moment:
        # one for all pages far away needs so large a plan that starting it takes as long.
        found = await self._by(partial(in_period.near_end, near=NEAR), wanted)
        if found.rows or wanted.offset >= found.count:
            return found
        return await self._by(in_period.far, wanted)

    async def _by(
        self, statement: Callable[[in_period.Page], tuple[str, str]], wanted: Wanted
    ) -> Found:
        """Find a page of rows in a period by a statement of `in_period`."""
        parameters = HiddenParameters()
        expressions, counting = self._count(wanted.selection, parameters)
        more, rows = statement(
            in_period.Page(
                self._source.json,
                self._rows_in_period(wanted.selection, parameters),
                parameters.bind(wanted.offset),
                wanted.limit,
            )
        )
        head = f"{expressions}, totaal AS MATERIALIZED (SELECT {counting} AS aantal), {more}"
        return await self._both(head, in_period.COUNT, rows, parameters)

    def _rows_in_period(self, selection: Selection, parameters: Parameters) -> InPeriod:
        low, high = (
            None if moment is None else f"{parameters.bind(moment)}::timestamptz"
            for moment in (selection.low, selection.high)
        )
        period = " AND ".join(one.bound(parameters) for one in selection.period)
        begun = " AND ".join(one.bound(parameters) for one in selection.begun)
        return InPeriod(self._counted(selection, parameters), period, begun, low, high)

    # --- rows in parts ----------------------------------------------------------------------------

    async def _in_parts(self, wanted: Wanted, first: Term) -> Found:
        """Find a page of rows of which many have no value to order by."""
        if not self._at_one_moment:
            return await self._find_at_one_moment(wanted)
        column = self._source.often_empty[first.sql]
        parameters = Parameters()
        counts = ", ".join(
            f"{self._count(selection, parameters)[1]} AS {name}"
            for name, selection in (
                ("alles", wanted.selection),
                ("leeg", wanted.selection.within(column.empty)),
            )
        )
        found = await self._reader.row(f"SELECT {counts}", *parameters.values)
        assert found is not None  # noqa: S101 (a SELECT without FROM has one row)
        count, empty = found["alles"], found["leeg"]
        terms = column.terms
        if first.descending:
            terms = tuple(map(Term.reversed, terms))
        parts = [
            Part(column.empty, wanted.terms[1:], empty),
            Part(column.filled, (*terms, *wanted.terms[1:]), count - empty),
        ]
        if column.empty_first == first.descending:
            parts.reverse()
        return Found(count, await self._joined(wanted, parts))

    async def _in_groups(self, wanted: Wanted, first: Term) -> Found:
        """Find a page of rows that are ordered by a value that many of them share."""
        if not self._at_one_moment:
            return await self._find_at_one_moment(wanted)
        dimension = self._source.groups[first.sql]
        count, groups = await self._groups(wanted, dimension, first)
        groups = [group for group in groups if group[0] + group[2] > wanted.offset]
        if not groups:
            return Found(count, b"")
        start, value, size = groups[0]
        near = replace(wanted, offset=wanted.offset - start)
        rest = wanted.terms[1:]
        condition = Condition(dimension.match, (value,), dimension)
        rows = await self._joined(near, [Part(condition, rest, size)])
        left = wanted.limit - max(0, min(wanted.limit, size - near.offset))
        if left and len(groups) > 1:
            more = await self._of_groups(dimension, groups[1:], rest, left)
            rows = b",".join(filter(None, (rows, more)))
        return Found(count, rows)

    async def _groups(
        self, wanted: Wanted, dimension: Dimension, first: Term
    ) -> tuple[int, list[tuple[int, object, int]]]:
        """Return how many rows there are, and the groups on a page.

        Of each group: the rows before it, its value, and how many rows it has.
        """
        number = _PARTS * (8 if dimension.is_list else 1)  # lists are many, with few rows each
        while True:
            parameters = HiddenParameters()
            sql = groups_at(
                dimension,
                self._count(wanted.selection, parameters)[1],
                parameters.bind(wanted.offset),
                parameters.bind(wanted.limit),
                number,
                descending=first.descending,
            )
            rows = await self._reader.rows(sql, *parameters.values)
            count, from_end = rows[0]["alles"], rows[0]["van_eind"]
            parts = [row for row in rows if row["sleutel"] is not None]
            groups: dict[object, _Group] = {}
            for part in parts:
                groups.setdefault(part["sleutel"], _Group(part)).size += part["aantal"]
            if len(parts) == number:
                groups.popitem()  # of which there may be another part
            found = list(groups.values())
            position = max(0, count - wanted.offset - wanted.limit) if from_end else wanted.offset
            if len(parts) < number or (found and found[-1].tot >= position + wanted.limit):
                break
            number *= 8
        if from_end:
            found.reverse()
        return count, [
            (
                count - group.tot if from_end else group.tot - group.size,
                group.waarde if dimension.is_list else group.waarde[0],
                group.size,
            )
            for group in found
        ]

    async def _of_groups(
        self,
        dimension: Dimension,
        groups: Sequence[tuple[int, object, int]],
        terms: tuple[Term, ...],
        limit: int,
    ) -> bytes:
        """Return the first `limit` rows of several groups, each in the order of `terms`."""
        parameters = Parameters()
        order = ", ".join(map(str, (*terms, ROW_ORDER)))
        groups = groups[:limit]
        if dimension.is_list:
            # Lists of different lengths do not go into one array, so they go by their keys.
            keys = [msgspec.json.encode(value).decode() for _, value, _ in groups]
            given = f"""
                SELECT ARRAY(SELECT json_array_elements_text(een::json)) AS waarde, nr
                FROM unnest({parameters.bind(keys)}::text[]) WITH ORDINALITY AS gegeven(een, nr)"""
        else:
            values = [value for _, value, _ in groups]
            given = f"""
                SELECT waarde, nr
                FROM unnest({parameters.bind(values)}::text[])
                    WITH ORDINALITY AS gegeven(waarde, nr)"""
        match = dimension.match.format("groep.waarde")
        rows = f"""(
    SELECT {JOINED} FROM (
        SELECT rij.json FROM ({given}) groep
        CROSS JOIN LATERAL (
            SELECT {self._source.json} AS json, row_number() OVER (ORDER BY {order}) AS plek
            FROM {self._source.table} WHERE {match}
            ORDER BY {order} LIMIT {limit}
        ) rij
        ORDER BY groep.nr, rij.plek LIMIT {limit}
    ) gekozen
)"""
        return await self._one(rows, parameters)

    async def _joined(self, wanted: Wanted, parts: Sequence[Part]) -> bytes:
        """Return the rows of a page that lies across `parts`."""
        rows = []
        offset, left = wanted.offset, wanted.limit
        for part in parts:
            take = min(left, part.size - offset)
            if take > 0:
                selection = wanted.selection.within(part.condition)
                found = await self.find(Wanted(selection, part.terms, offset, take, part.size))
                rows.append(found.rows)
                left -= take
            offset = max(0, offset - part.size)
        return b",".join(filter(None, rows))

    # --- statements -------------------------------------------------------------------------------

    def _rows(
        self,
        wanted: Wanted,
        parameters: Parameters,
        *,
        key: str,
        more: tuple[str, ...] = (),
        offset: str = "",
    ) -> str:
        """Return SQL: the JSON of the rows of a page.

        Args:
            wanted: the page.
            parameters: for its values.
            key: a unique column, by which rows are looked up once it is known which they are.
            more: more conditions.
            offset: SQL: how many rows to pass over, where only the statement knows.
        """
        table, json = self._source.table, self._source.json
        condition = wanted.selection.where(parameters, *more)
        order = wanted.order
        inner = order
        if not offset:
            if not wanted.offset:
                return f"""(
    SELECT {JOINED} FROM (
        SELECT {json} AS json FROM {table}{condition} ORDER BY {order} LIMIT {wanted.limit}
    ) rij
)"""
            seen = wanted
            if wanted.is_nearer_to_the_end:
                seen = wanted.reversed()
                inner = f"{', '.join(map(str, (*seen.terms, ROW_ORDER.reversed())))}"
            offset = str(seen.offset)
        # Passing over rows costs little while only an index is read.
        return f"""(
    SELECT {JOINED} FROM (
        SELECT {json} AS json FROM {table} JOIN (
            SELECT {key} FROM {table}{condition}
            ORDER BY {inner} LIMIT {wanted.limit} OFFSET {offset}
        ) gekozen USING ({key}) ORDER BY {order}
    ) rij
)"""

    async def _both(self, expressions: str, count: str, rows: str, parameters: Parameters) -> Found:
        """Run the statement for both the count and the rows."""
        head = f"WITH {expressions}\n" if expressions else ""
        sql = f"{head}SELECT {count} AS aantal, {rows} AS rijen"
        found = await self._reader.row(sql, *parameters.values)
        assert found is not None  # noqa: S101 (a SELECT without FROM has one row)
        return Found(found["aantal"], found["rijen"] or b"")

    async def _one(self, rows: str, parameters: Parameters) -> bytes:
        found: bytes | None = await self._reader.value(f"SELECT {rows}", *parameters.values)
        return found or b""

    async def _value(self, selection: Selection) -> int:
        """Return the count of `selection`."""
        parameters = Parameters()
        expressions, count = self._count(selection, parameters)
        head = f"WITH {expressions}\n" if expressions else ""
        return int(await self._reader.value(f"{head}SELECT {count}", *parameters.values))


def _key_of(order: Order) -> str:
    """Return a unique column that the index of an order has."""
    return "uuid" if order == BY_UUID else "id"


def _unit(number: int, end: int, parameters: Parameters) -> str:
    """Return SQL: a unit; one that stands for no limit is part of the statement."""
    return str(end) if number == end else f"{parameters.bind(number)}::bigint"
