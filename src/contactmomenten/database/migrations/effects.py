"""What each migration does to a database that serves: told before it runs, checked by a test.

A test runs every step on a database with rows in it, and compares what PostgreSQL shows of it
(locks, tables that are written anew, what is gone) with what is declared here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final


class Kind(Enum):
    """Whether a step only adds, or also takes away or writes anew."""

    # Nothing goes, no table is written anew, nothing more is asked of a row: the service does not
    # notice it.
    EXPAND = "expand"
    # Something goes or is made anew. Requests wait for it as long as it takes.
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Requirement:
    """What the rows must be like before a step, as it adds a rule to them.

    Attributes:
        since: the step that made what the query looks at; before it there are no such rows.
        query: counts the rows that are not.
        text: what is wrong with those rows, and what to do; goes after their number.
    """

    since: int
    query: str
    text: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a step does, besides making what is new.

    Attributes:
        kind: whether it only adds.
        older_serve: whether programs of the step before it can go on serving on what it leaves.
        locks: the heaviest lock on each table that was there already, as LOCK TABLE calls it.
        rewrites: tables that are written anew.
        builds: how many indexes are made on tables that were there already.
        requires: what is asked of the rows, for each rule that is added to such a table.
    """

    kind: Kind = Kind.EXPAND
    older_serve: bool = True
    locks: Mapping[str, str] = field(default_factory=dict)
    rewrites: tuple[str, ...] = ()
    builds: Mapping[str, int] = field(default_factory=dict)
    requires: tuple[Requirement, ...] = ()


# Nobody else reads or writes; nobody else writes.
_ALL_USE: Final = "ACCESS EXCLUSIVE"
_WRITES: Final = "SHARE ROW EXCLUSIVE"

EFFECTS: Final[Mapping[int, Effect]] = {
    1: Effect(),
    2: Effect(locks={"notificatie": _ALL_USE}, builds={"notificatie": 3}),
    3: Effect(locks={"configuratie": _ALL_USE}),
    # The JSON of every contactmoment is made.
    4: Effect(
        kind=Kind.CONTRACT,
        locks={"contactmoment": _ALL_USE},
        rewrites=("contactmoment",),
    ),
    # Indexes of the lists are made anew, in another form.
    5: Effect(
        kind=Kind.CONTRACT,
        locks={
            "contactmoment": _ALL_USE,
            "klantcontactmoment": _WRITES,
            "objectcontactmoment": _WRITES,
        },
        builds={"contactmoment": 15, "klantcontactmoment": 1},
    ),
    # Keys of keten and notificatie are replaced.
    6: Effect(
        kind=Kind.CONTRACT,
        locks={
            "contactmoment": _ALL_USE,
            "keten": _ALL_USE,
            "notificatie": _ALL_USE,
        },
        builds={"keten": 1, "notificatie": 2},
        requires=(
            Requirement(
                1,
                "SELECT count(*) FROM (SELECT FROM notificatie GROUP BY contactmoment, id "
                "HAVING count(*) > 1) twice",
                "notifications have the number of another one of their contactmoment. Remove "
                "those that were sent (table notificatie).",
            ),
        ),
    ),
    7: Effect(locks={"audittrail": _ALL_USE}),
    8: Effect(locks={"telling": _WRITES}),
    # Indexes of the lists are made anew, with more in them.
    9: Effect(kind=Kind.CONTRACT, locks={"contactmoment": _ALL_USE}, builds={"contactmoment": 1}),
    10: Effect(kind=Kind.CONTRACT, locks={"contactmoment": _ALL_USE}, builds={"contactmoment": 1}),
}
