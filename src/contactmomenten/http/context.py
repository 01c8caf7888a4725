"""What an operation gets: the request, who asks, and the services of the program."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contactmomenten.http.request import Request

if TYPE_CHECKING:
    from contactmomenten.autorisaties.access import Caller
    from contactmomenten.database.pool import Database
    from contactmomenten.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """One authorised request on its way through an operation.

    Attributes:
        request: the request.
        caller: the client, with the rights that it showed.
        ids: the variable segments of the path, in order.
        database: where reads and writes go.
        settings: the settings of the program.
    """

    request: Request
    caller: "Caller"
    ids: list[str]
    database: "Database"
    settings: "Settings"
