"""The route table: which operation answers which method on which path.

The same table makes the OAS document, so an operation says here all that a client may know.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contactmomenten.http.context import Context
    from contactmomenten.http.response import Response

Handler = Callable[["Context"], Awaitable["Response"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the OAS.

    Attributes:
        operation_id: as in the standard.
        scope: what a client must have been granted.
        tag: the group in the OAS.
        success: the status of a success.
        answer: name of the schema that is answered, None for no body.
        many: ``"page"`` for a page object, ``"array"`` for a plain array, None for one resource.
        body: name of the schema that is sent, None for no body.
        parameters: the query parameters, as OAS parameter objects.
        audited: reads X-NLX-Logrecord-ID and X-Audit-Toelichting, and says so.
        cached: answers with an ETag and knows If-None-Match.
        problems: statuses that this operation answers besides those of every operation.
    """

    operation_id: str
    handler: Handler
    scope: str
    summary: str
    description: str
    tag: str
    success: int = 200
    answer: str | None = None
    many: str | None = None
    body: str | None = None
    parameters: Sequence[Mapping[str, Any]] = ()
    audited: bool = False
    cached: bool = False
    problems: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One path below the root of the API with its operations by method.

    `path` is written as in the OAS; a part in braces matches one segment without a dot.
    """

    path: str
    operations: Mapping[str, Operation]
    allow: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Derive the value of the header Allow."""
        methods = [*self.operations, "HEAD", "OPTIONS"]
        object.__setattr__(self, "allow", ", ".join(methods).encode())


# What no segment can be, so that a path cannot name it.
_VARIABLE = "/"


class Router:
    """Finds the route of a path in a time that does not depend on the number of routes."""

    def __init__(self, routes: Sequence[Route]) -> None:
        """Arrange `routes` as a tree of path segments."""
        self.routes = tuple(routes)
        self._tree: dict[str, Any] = {}
        for route in routes:
            node = self._tree
            for segment in route.path.strip("/").split("/"):
                node = node.setdefault(_VARIABLE if segment.startswith("{") else segment, {})
            node[""] = route

    def find(self, path: str) -> tuple[Route, list[str]] | None:
        """Return the route of `path` and its variable segments."""
        if not path.startswith("/"):
            return None
        node = self._tree
        variables = []
        for segment in path[1:].split("/"):
            if not segment:
                return None
            child = node.get(segment)
            if child is None:
                child = node.get(_VARIABLE)
                if child is None or "." in segment:
                    return None
                variables.append(segment)
            node = child
        route = node.get("")
        return None if route is None else (route, variables)
