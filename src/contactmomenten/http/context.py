"""What an operation gets: the request, who asks, and the services of the program."""

from typing import TYPE_CHECKING, Any, NamedTuple

from contactmomenten.http.negotiation import read_object
from contactmomenten.http.request import Request
from contactmomenten.outgoing import Served, passed_on

if TYPE_CHECKING:
    from contactmomenten.autorisaties.access import Caller
    from contactmomenten.database.pool import Database
    from contactmomenten.existence import Existence
    from contactmomenten.outgoing import OutgoingClient
    from contactmomenten.services import Services
    from contactmomenten.settings import Settings


class Context(NamedTuple):
    """One authorised request on its way through an operation.

    Attributes:
        request: the request.
        caller: the client, with the rights that it showed.
        ids: the variable segments of the path, in order.
        services: those of this worker.
    """

    request: Request
    caller: "Caller"
    ids: list[str]
    services: "Services"

    @property
    def database(self) -> "Database":
        """Return where reads and writes go."""
        return self.services.database

    @property
    def settings(self) -> "Settings":
        """Return the settings of the program."""
        return self.services.settings

    async def body(self) -> dict[str, Any]:
        """Return the JSON object that was sent.

        Raises:
            Problem: see `read_object`.
        """
        settings = self.settings
        return await read_object(self.request, settings.max_body_size, settings.max_json_depth)

    @property
    def outgoing(self) -> "OutgoingClient":
        """Return what calls other APIs."""
        return self.services.outgoing

    @property
    def existence(self) -> "Existence":
        """Return what asks other APIs whether a URL exists."""
        return self.services.existence

    @property
    def served(self) -> Served:
        """Return what an outgoing call must know of this request."""
        return Served(self.request.id, passed_on(self.request.headers))
