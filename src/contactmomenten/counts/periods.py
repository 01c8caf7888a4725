"""SQL by which lists find the rows in a period, in the order of creation.

Blocks in that order know their first and last registratiedatum, so those that have no such rows are
passed over, and those that lie wholly in the period are counted as they are.
"""

from dataclasses import dataclass
from typing import Final

from contactmomenten.counts.definitions import BY_ID, BY_TIME, FIRST, LAST
from contactmomenten.counts.reading import Counted, last

# SQL: the registratiedatum of a row, as the indexes by number have it, and those by time do not:
# rows of a block lie together by number, and scattered by time, of which PostgreSQL knows nothing.
MOMENT_IN_BLOCK: Final = f"greatest({BY_TIME.column}, '-infinity'::timestamptz)"


@dataclass(frozen=True, slots=True)
class InPeriod:
    """Rows in a period, in the order of creation, in SQL.

    Attributes:
        counted: the rows, whatever the period.
        period: whether the registratiedatum of a row is in it.
        begun: what `period` says of the low end; empty where it has none.
        low: the moment below, if any.
        high: the moment above, if any.
    """

    counted: Counted
    period: str
    begun: str
    low: str | None
    high: str | None

    @property
    def rows(self) -> str:
        """Return SQL: which rows they are."""
        return f"{self.counted.rows} AND {self.period}"

    @property
    def rows_by_number(self) -> str:
        """Return SQL: which rows they are, for going through them by number."""
        return f"{self.counted.rows} AND {_by_number(self.period)}"

    @property
    def table(self) -> str:
        """Return the table that they are in."""
        return self.counted.dimension.table

    def first_block(self) -> str:
        """Return SQL: where the first coarse block starts that may have such rows."""
        coarse = self.counted.blocks(BY_ID, coarse=True)
        return f"""CASE WHEN {self._corrected} THEN {FIRST} ELSE coalesce(
            (SELECT vanaf FROM {coarse} AND {self._touching} ORDER BY vanaf LIMIT 1), {FIRST}
        ) END"""

    def last_block(self) -> str:
        """Return SQL, common table expressions: the end of the last coarse block with such rows.

        That is ``einde``, with one row: ``tot``, LAST when no block follows on it. The block may
        turn out to have none.
        """
        coarse = self.counted.blocks(BY_ID, coarse=True)
        found = f"""(SELECT vanaf FROM {coarse} AND {self._touching} ORDER BY vanaf DESC LIMIT 1)"""
        return f"""
einde AS MATERIALIZED (
    SELECT CASE WHEN {self._corrected} THEN {LAST} ELSE coalesce(
        (SELECT min(vanaf) FROM {coarse} AND vanaf > {found}), {LAST}
    ) END AS tot
)"""

    def blocks(
        self, start: str, end: str = str(LAST), *, coarse: bool = False, descending: bool = False
    ) -> str:
        """Return SQL: the blocks that may have such rows, as a query, in their order.

        ``vanaf`` and ``volgende`` are the units where a block and the next one start; ``aantal`` is
        the number of such rows where that is known, which it is of blocks that lie wholly in the
        period; else null. ``tot_eind`` is the same with those from before the period.

        Args:
            start: SQL: the unit of the first block that is looked at.
            end: SQL: the unit of the first one that is not.
            coarse: whether coarse blocks are meant.
            descending: whether they come from the last one on.
        """
        known = f"NOT {self._corrected}" + (f" AND jongste < {self.high}" if self.high else "")
        inside = known + (f" AND oudste > {self.low}" if self.low else "")
        # Either way the next block is known while going through them once.
        following = f"lead(vanaf, 1, {end}) OVER (ORDER BY vanaf)"
        if descending:
            following = f"lag(vanaf, 1, {end}) OVER (ORDER BY vanaf DESC)"
        return f"""
SELECT vanaf, volgende,
    CASE WHEN {inside} THEN aantal END AS aantal, CASE WHEN {known} THEN aantal END AS tot_eind
FROM (
    SELECT vanaf, aantal, oudste, jongste, {following} AS volgende
    FROM {self.counted.blocks(BY_ID, coarse=coarse)} AND vanaf >= {start} AND vanaf < {end}
) blok
-- While there are corrections, a block may have moments that it does not know of.
WHERE {self._touching} OR {self._corrected}"""

    def of_block(self, block: str) -> str:
        """Return SQL: WHERE a row is one of these, counted, and in `block`."""
        return f"{self.rows_by_number} AND {self.in_block(block)}"

    def in_block(self, block: str) -> str:
        """Return SQL: whether a row is counted, and in `block`."""
        tot = last(self.counted.dimension)
        # The first block starts before the lowest number, and the last one ends after the highest.
        begin = BY_ID.start.format(f"greatest({block}.vanaf, 0)")
        end = BY_ID.start.format(f"nullif({block}.volgende, {LAST})")
        return f"id >= {begin} AND id < coalesce({end}, {tot} + 1) AND id <= {tot}"

    def place(self, position: str) -> str:
        """Return SQL, common table expressions: the fine block with the row at `position`.

        That is ``plaats``, with ``vanaf`` and ``voor``, the rows before it; empty where no block
        is. Coarse blocks are gone through first.
        """
        start, end = "(SELECT vanaf FROM vanuit)", "(SELECT volgende FROM vanuit)"
        chosen = f"WHERE voor <= {position} ORDER BY vanaf DESC LIMIT 1"
        coarse = self._coarse_with_count(position)
        return f"""
ruw AS MATERIALIZED (
    SELECT vanaf, volgende, voor FROM ({_with_rows_before(coarse)}) blok
    {chosen}
), vanuit AS MATERIALIZED (
    SELECT coalesce(vanaf, {FIRST}) AS vanaf, coalesce(volgende, {LAST}) AS volgende,
        coalesce(voor, 0) AS voor
    FROM (SELECT) een LEFT JOIN ruw ON true
), plaats AS MATERIALIZED (
    SELECT vanaf, voor FROM (
        SELECT blok.vanaf, vanuit.voor + blok.voor AS voor
        FROM vanuit, ({_with_rows_before(self._with_count(start, end))}) blok
    ) blok
    {chosen}
)"""

    def _coarse_with_count(self, position: str) -> str:
        """Return SQL: coarse blocks, with the number of these rows in each.

        What does not lie wholly in the period is the sum of its fine blocks. Where the blocks
        before it have more than `position` rows without that, it does not matter: 0 then.
        """
        fine = self._with_count("raak.vanaf", "raak.volgende", "deel")
        return f"""
            SELECT vanaf, volgende, coalesce(aantal, CASE WHEN bekend <= {position} THEN
                (SELECT sum(deel.aantal) FROM ({fine}) deel)
            END, 0) AS aantal
            FROM (
                SELECT vanaf, volgende, aantal,
                    coalesce(sum(aantal) OVER (ORDER BY vanaf), 0) AS bekend
                FROM ({self.blocks(str(FIRST), str(LAST), coarse=True)}) raak
            ) raak
            OFFSET 0"""

    def _with_count(self, start: str, end: str, name: str = "fijnblok") -> str:
        """Return SQL: fine blocks, with the number of these rows in each; counted once each."""
        counted = f"SELECT count(*) FROM {self.table} WHERE {{}} AND {self.in_block(name)}"
        here = f"({counted.format(self.rows_by_number)})"
        if self.begun:
            # What is entered late stands after the start of a period: there it is fewer rows.
            before = counted.format(f"{self.counted.rows} AND NOT ({_by_number(self.begun)})")
            here = f"CASE WHEN tot_eind IS NULL THEN {here} ELSE tot_eind - ({before}) END"
        return f"""
            SELECT vanaf, volgende, coalesce(aantal, {here}) AS aantal
            FROM ({self.blocks(start, end)}) {name}
            OFFSET 0"""

    @property
    def _touching(self) -> str:
        return " AND ".join(
            ["true"]
            + ([f"jongste >= {self.low}"] if self.low else [])
            + ([f"oudste <= {self.high}"] if self.high else [])
        )

    @property
    def _corrected(self) -> str:
        return f"EXISTS (SELECT FROM {self.table}_correctie)"


def _by_number(period: str) -> str:
    """Return SQL: a condition on the moment of rows that are gone through by number."""
    return period.replace(BY_TIME.column, MOMENT_IN_BLOCK)


def _with_rows_before(blocks: str) -> str:
    """Return SQL: ``vanaf``, ``volgende`` and, in ``voor``, the rows in the blocks before it."""
    return f"""
        SELECT vanaf, volgende, (sum(aantal) OVER (ORDER BY vanaf) - aantal)::bigint AS voor
        FROM ({blocks}) gemeten"""
