"""The SQL of the floor: that of the program where it can be taken from there."""

import asyncio
from typing import Final, cast

from contactmomenten.contactmomenten import queries
from contactmomenten.contactmomenten.lists import CONTACTMOMENTEN
from contactmomenten.database.pool import Pool, Reader, Record
from contactmomenten.lists.finding import Finder
from contactmomenten.lists.selection import Selection
from contactmomenten.lists.wanted import Wanted

# $1 are the uuids of all that wait.
READ: Final = queries.READ_JSON

# Several moments, each with its line in the trail and its notification, in one commit. All
# parameters are arrays.
INSERT: Final = queries.INSERT


class _Listener(Reader):
    """Hears which statement is asked for, and answers nothing."""

    def __init__(self) -> None:
        super().__init__(cast("Pool", None), 0)
        self.sql = ""

    async def row(self, sql: str, *values: object) -> Record | None:
        assert not values
        self.sql = sql
        return cast("Record", {"aantal": 0, "rijen": None})


def first_page_sql() -> str:
    """Return the statement of the program for the first page: ``aantal`` and ``rijen``."""
    source = CONTACTMOMENTEN.source
    listener = _Listener()
    wanted = Wanted(Selection(source.table, source.all), (), 0)
    asyncio.run(Finder(source, listener).find(wanted))
    return listener.sql
