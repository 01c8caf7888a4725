"""The tables in which the counts are kept, for who empties a database or fills it anew."""

from typing import Final

_STATE: Final = "telling_stand"

# By the migration that made them.
_KEPT: Final = {
    5: (
        "telling",
        "telling_blok",
        "telling_grens",
        "contactmoment_correctie",
        "klantcontactmoment_correctie",
        "objectcontactmoment_correctie",
    ),
    8: ("telling_waardeblok",),
}

COUNTING_TABLES: Final = frozenset({_STATE, *(name for names in _KEPT.values() for name in names)})


def emptying_counts(step: int | None = None) -> str:
    """Return SQL, statements: forget all counts, so that they are as the migrations made them.

    Args:
        step: the last migration that the tables have, when that may be an older one; there may be
            no counts yet, and then there is no statement.
    """
    names = [name for made in _KEPT if step is None or made <= step for name in _KEPT[made]]
    if not names:
        return ""
    return f"""
TRUNCATE {", ".join(names)};
UPDATE {_STATE} SET tot = DEFAULT, kandidaat = DEFAULT, transactie = DEFAULT;
"""
