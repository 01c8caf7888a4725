"""What a list is asked for: the conditions on its rows, and what is known of their count."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from contactmomenten.counts.definitions import COMBINATION, Dimension


class Parameters:
    """The values of a statement, numbered as they come."""

    def __init__(self) -> None:
        """Start without values."""
        self.values: list[object] = []

    def bind(self, value: object) -> str:
        """Return the place of `value`."""
        self.values.append(value)
        return f"${len(self.values)}"


class HiddenParameters(Parameters):
    """Values that PostgreSQL does not look at before it runs the statement.

    It then has no reason to plan the statement for each value anew, which takes longer than to run
    it. For statements whose plan is right for any value. A value that comes twice is sent once.
    """

    def bind(self, value: object) -> str:
        """Return the place of `value`, in a query of its own."""
        for number, known in enumerate(self.values, start=1):
            if known is value:
                place = f"${number}"
                break
        else:
            place = super().bind(value)
        return f"(SELECT {place}::{_sql_type(value)})"


def _sql_type(value: object) -> str:
    match value:
        case int():
            return "bigint"
        case datetime():
            return "timestamptz"
        case list():
            return "text[]"
        case UUID():
            return "uuid"
        case _:
            return "text"


class Condition(NamedTuple):
    """A condition on the rows of a list.

    Attributes:
        sql: with one ``{}`` for each of `values`.
        values: what it compares with.
        dimension: by which the rows with this value are counted, if they are.
        low: where it limits registratiedatum: the moment below.
        high: where it limits registratiedatum: the moment above.
    """

    sql: str
    values: tuple[object, ...] = ()
    dimension: Dimension | None = None
    low: datetime | None = None
    high: datetime | None = None

    @property
    def is_period(self) -> bool:
        """Tell whether it limits registratiedatum."""
        return self.low is not None or self.high is not None

    def on_side(self, *, high: bool) -> "Condition | None":
        """Return what it says of one end of a period; None when that is nothing."""
        moment = self.high if high else self.low
        if moment is None:
            return None
        if self.low is not None and self.high is not None:  # exactly one moment
            sql = f"registratiedatum {'<=' if high else '>='} {{}}"
            low = None if high else moment
            return Condition(sql, (moment,), low=low, high=moment if high else None)
        return self

    def bound(self, parameters: Parameters) -> str:
        """Return SQL: the condition with its values bound."""
        return self.sql.format(*(parameters.bind(value) for value in self.values))


NOTHING = Condition("false")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of a table are meant: those for which all `conditions` hold.

    Attributes:
        table: whose rows.
        all: the dimension that has all rows of the table.
        conditions: of which all must hold.
        period: those that limit registratiedatum.
        others: those that do not.
    """

    table: str
    all: Dimension
    conditions: tuple[Condition, ...] = ()
    period: tuple[Condition, ...] = field(init=False, compare=False)
    others: tuple[Condition, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Tell the conditions apart; every list asks for them several times."""
        period = tuple([one for one in self.conditions if one.is_period])
        others = self.conditions
        if period:
            others = tuple([one for one in others if not one.is_period])
        object.__setattr__(self, "period", period)
        object.__setattr__(self, "others", others)

    @property
    def low(self) -> datetime | None:
        """Return the latest of the moments below."""
        return max((one.low for one in self.period if one.low is not None), default=None)

    @property
    def high(self) -> datetime | None:
        """Return the earliest of the moments above."""
        return min((one.high for one in self.period if one.high is not None), default=None)

    @property
    def begun(self) -> tuple[Condition, ...]:
        """Return what the period says of its low end."""
        sides = (one.on_side(high=False) for one in self.period)
        return tuple(side for side in sides if side is not None)

    @property
    def counted(self) -> Dimension | None:
        """Return by what its rows, whatever the period, are counted; None when they are not."""
        if not self.others:
            return self.all
        return self.others[0].dimension if len(self.others) == 1 else None

    @property
    def combined(self) -> bool:
        """Tell whether its count is the sum of some combinations of values."""
        return bool(self.others) and all(
            one.dimension is not None and set(one.dimension.columns) & set(COMBINATION.columns)
            for one in self.others
        )

    @property
    def value(self) -> object:
        """Return the value by which its rows are counted; None for all rows."""
        return self.others[0].values[0] if self.others and self.others[0].values else None

    def as_counted(self) -> "Selection":
        """Return the same rows of a counted selection, asked for as they are counted.

        What a filter says besides may lead PostgreSQL to an index in another order.
        """
        dimension = self.counted
        if dimension is None or not dimension.columns or self.period:
            return self
        condition = Condition(dimension.match, (self.value,), dimension)
        return Selection(self.table, self.all, (condition,))

    def fixes(self, column: str) -> bool:
        """Tell whether all its rows have the same value in `column`."""
        return any(
            one.dimension is not None and one.dimension.columns == (column,) for one in self.others
        )

    def within(self, *conditions: Condition) -> "Selection":
        """Return the rows for which these conditions hold too."""
        return Selection(self.table, self.all, (*self.conditions, *conditions))

    def where(self, parameters: Parameters, *more: str) -> str:
        """Return SQL: WHERE all conditions and these hold; empty without any."""
        return where([*(one.bound(parameters) for one in self.conditions), *more])


def where(conditions: Sequence[str]) -> str:
    """Return SQL: WHERE all of these hold; empty without any."""
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
