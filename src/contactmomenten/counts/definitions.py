"""What is counted: for each table the dimensions, and the orders in which their rows lie in blocks.

A *dimension* sorts rows by a value: all with the kanaal ``balie`` belong together. An *order* puts
those rows in a row, and measures it in *units*: small fixed steps at which a block may start.
"""

from dataclasses import dataclass
from typing import Final

# Where the first block of each order starts, and a number beyond every unit.
FIRST: Final = -(2**62)
LAST: Final = 2**62

# Rows that a fine and a coarse block get when they are made. Twice as many and it is split.
FINE: Final = 1024
COARSE: Final = 64 * FINE


def part_of(order: str, size: int) -> str:
    """Return SQL: in which part something with ``aantal`` rows belongs, of all in an order.

    Parts have some `size` rows. Each thing goes by its middle row, so that one that is large by
    itself has a part of its own, and no other part has more than twice `size`.
    """
    return f"(sum(aantal) OVER ({order}) - aantal / 2)::bigint / {size}"


# There is one of each, so they are equal when they are the same; texts of SQL are kept by them.
@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """An order of rows by one column, which is unique or followed by ``id``.

    Attributes:
        name: the last part of ``telling_blok.reeks``.
        column: what is ordered by.
        unit: SQL: the unit of a row.
        start: SQL: the lowest value of `column` in a unit, with ``{}`` for the unit.
    """

    name: str
    column: str
    unit: str
    start: str


# SQL: the start of a value (`waarde`), short enough for the index by which values are ordered.
BEGIN_OF: Final = "ARRAY(SELECT left(deel, 100) FROM unnest(waarde[1:3]) deel)"

SECONDS_PER_UNIT: Final = 1024

BY_ID: Final = Order("id", "id", "id >> 10", "({} << 10)")
BY_TIME: Final = Order(
    "tijd",
    "registratiedatum",
    # A double holds a whole number of seconds exactly, so a unit has sharp ends.
    "floor(date_part('epoch', date_trunc('second', registratiedatum))"
    f" / {SECONDS_PER_UNIT})::bigint",
    f"to_timestamp(({{}} * {SECONDS_PER_UNIT})::double precision)",
)
BY_UUID: Final = Order(
    "uuid",
    "uuid",
    "(get_byte(uuid_send(uuid), 0) << 8 | get_byte(uuid_send(uuid), 1))::bigint",
    "(lpad(to_hex({}), 4, '0') || repeat('0', 28))::uuid",
)
BY_IDENTIFICATIE: Final = Order(
    "identificatie",
    "medewerker_identificatie_id",
    "medewerker_identificatie_id >> 10",
    "({} << 10)",
)

# A text has no units of its own: telling_grens gives each a start.
BY_TEKST: Final = Order(
    "tekst",
    "left(tekst, 100)",
    f"""coalesce((
        SELECT nummer FROM telling_grens WHERE begin <= left(tekst, 100)
        ORDER BY begin DESC LIMIT 1
    ), {FIRST})""",
    "(SELECT begin FROM telling_grens WHERE nummer = {})",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dimension:
    """One way to sort the rows of a table by a value.

    Attributes:
        name: ``telling.reeks``.
        table: whose rows.
        columns: what the value is made of.
        value: SQL: the value of a row, a text[].
        key: SQL: what `telling.sleutel` is for a row.
        has: SQL: whether a row has a value at all.
        match: SQL: whether a row has the value ``{0}``; of a row that has one.
        is_list: whether a value is a list of texts, and not one text.
        match_key: SQL: the sleutel of the value ``{0}``.
        orders: the orders in which its rows lie in blocks.
        in_blocks: whether its values lie in blocks, as there may be very many of them.
    """

    name: str
    table: str
    columns: tuple[str, ...] = ()
    value: str = "'{}'::text[]"
    key: str = "'00000000-0000-0000-0000-000000000000'::uuid"
    has: str = "true"
    match: str = "true"
    is_list: bool = False
    match_key: str = "'00000000-0000-0000-0000-000000000000'::uuid"
    orders: tuple[Order, ...] = (BY_ID,)
    in_blocks: bool = False

    def series(self, order: Order) -> str:
        """Return ``telling_blok.reeks`` of the blocks in `order`."""
        return f"{self.name}/{order.name}"


def _by_text(table: str, column: str, *orders: Order) -> Dimension:
    return Dimension(
        name=f"{table}.{column}",
        table=table,
        columns=(column,),
        value=f"ARRAY[{column}]",
        key=f"md5({column})::uuid",
        match=f"{column} = {{0}}",
        match_key="md5({0})::uuid",
        orders=orders,
    )


_MOMENT: Final = "contactmoment"

# SQL: whether a value is {0}, of rows whose md5 is that of {0}. PostgreSQL would take an equation
# for a second reason why there are few such rows, and sort all of them.
_IS_SAME: Final = "CASE {} WHEN {{0}} THEN true ELSE false END"

ALL: Final = Dimension(name=_MOMENT, table=_MOMENT, orders=(BY_ID, BY_TIME, BY_UUID))
BRONORGANISATIE: Final = _by_text(_MOMENT, "bronorganisatie", BY_ID, BY_TIME)
KANAAL: Final = _by_text(_MOMENT, "kanaal", BY_ID, BY_TIME)
VOORKEURSKANAAL: Final = _by_text(_MOMENT, "voorkeurskanaal", BY_ID)
VOORKEURSTAAL: Final = _by_text(_MOMENT, "voorkeurstaal", BY_ID)
INITIATIEFNEMER: Final = _by_text(_MOMENT, "initiatiefnemer", BY_ID)
MEDEWERKER: Final = Dimension(
    name=f"{_MOMENT}.medewerker",
    table=_MOMENT,
    columns=("medewerker",),
    value="ARRAY[medewerker]",
    key="md5(medewerker)::uuid",
    match=f"md5(medewerker)::uuid = md5({{0}})::uuid AND {_IS_SAME.format('medewerker')}",
    match_key="md5({0})::uuid",
    in_blocks=True,
)
ONDERWERP_LINKS: Final = Dimension(
    name=f"{_MOMENT}.onderwerp_links",
    table=_MOMENT,
    columns=("onderwerp_links",),
    value="onderwerp_links",
    key="sleutel_van(onderwerp_links)",
    match=(
        "sleutel_van(onderwerp_links) = sleutel_van({0})"
        f" AND {_IS_SAME.format('onderwerp_links')}"
    ),
    match_key="sleutel_van({0})",
    is_list=True,
    in_blocks=True,
)
WITH_TEKST: Final = Dimension(
    name=f"{_MOMENT}.met_tekst", table=_MOMENT, has="tekst <> ''", orders=(BY_TEKST,)
)
WITHOUT_TEKST: Final = Dimension(name=f"{_MOMENT}.zonder_tekst", table=_MOMENT, has="tekst = ''")
WITH_IDENTIFICATIE: Final = Dimension(
    name=f"{_MOMENT}.met_identificatie",
    table=_MOMENT,
    has="medewerker_identificatie_id IS NOT NULL",
    orders=(BY_IDENTIFICATIE,),
)
WITHOUT_IDENTIFICATIE: Final = Dimension(
    name=f"{_MOMENT}.zonder_identificatie",
    table=_MOMENT,
    has="medewerker_identificatie_id IS NULL",
)

_COMBINED: Final = (
    "bronorganisatie",
    "kanaal",
    "voorkeurskanaal",
    "voorkeurstaal",
    "initiatiefnemer",
)
# For filters on several of these at once: the sum of all combinations that fit.
COMBINATION: Final = Dimension(
    name=f"{_MOMENT}.combinatie",
    table=_MOMENT,
    columns=_COMBINED,
    value=f"ARRAY[{', '.join(_COMBINED)}]",
    key=f"sleutel_van(ARRAY[{', '.join(_COMBINED)}])",
    orders=(),
)

ALL_KLANTEN: Final = Dimension(name="klantcontactmoment", table="klantcontactmoment")
ROL: Final = _by_text("klantcontactmoment", "rol", BY_ID)
ALL_OBJECTEN: Final = Dimension(name="objectcontactmoment", table="objectcontactmoment")


@dataclass(frozen=True, slots=True)
class CountedTable:
    """A table whose rows are counted.

    Attributes:
        name: of the table; that of its corrections is this and ``_correctie``.
        columns: what is kept of a row in a correction, besides ``teken`` and ``id``.
        dimensions: by what its rows are counted; the first one has all rows.
        time: the column by which blocks know their first and last moment, if any.
    """

    name: str
    columns: tuple[str, ...]
    dimensions: tuple[Dimension, ...]
    time: str | None = None

    @property
    def corrections(self) -> str:
        """Return the table of the corrections."""
        return f"{self.name}_correctie"

    @property
    def numbers(self) -> str:
        """Return the sequence that numbers the rows."""
        return f"{self.name}_id_seq"

    @property
    def selected(self) -> str:
        """Return SQL: what a correction keeps, besides its sign."""
        return ", ".join(("id", *self.columns))


CONTACTMOMENTEN: Final = CountedTable(
    _MOMENT,
    columns=(
        "uuid",
        "bronorganisatie",
        "registratiedatum",
        "kanaal",
        "voorkeurskanaal",
        "voorkeurstaal",
        "initiatiefnemer",
        "medewerker",
        "onderwerp_links",
        "tekst",
        "medewerker_identificatie_id",
    ),
    dimensions=(
        ALL,
        BRONORGANISATIE,
        KANAAL,
        VOORKEURSKANAAL,
        VOORKEURSTAAL,
        INITIATIEFNEMER,
        MEDEWERKER,
        ONDERWERP_LINKS,
        WITH_TEKST,
        WITHOUT_TEKST,
        WITH_IDENTIFICATIE,
        WITHOUT_IDENTIFICATIE,
        COMBINATION,
    ),
    time="registratiedatum",
)
KLANTCONTACTMOMENTEN: Final = CountedTable(
    "klantcontactmoment", columns=("rol",), dimensions=(ALL_KLANTEN, ROL)
)
OBJECTCONTACTMOMENTEN: Final = CountedTable(
    "objectcontactmoment", columns=(), dimensions=(ALL_OBJECTEN,)
)

TABLES: Final = (CONTACTMOMENTEN, KLANTCONTACTMOMENTEN, OBJECTCONTACTMOMENTEN)
