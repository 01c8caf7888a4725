"""One line in the log for each answered request.

Nothing in it is text of a caller, but an X-Request-ID that can be one: no path, query, header or
claim, only the client whose token was accepted and the route as the standard writes it.
"""

import logging

import structlog

from contactmomenten.http.request import API_PATH
from contactmomenten.settings import Settings

logger = structlog.get_logger(__name__)

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})

OTHER = "other"


class RequestLog:
    """Writes those lines."""

    def __init__(self, subpath: str) -> None:
        """Write the routes of an API that is mounted at `subpath`."""
        self._root = f"{subpath}{API_PATH}"

    def answered(  # noqa: PLR0913, PLR0917 (what the line tells)
        self,
        identity: str,
        client_id: str | None,
        operation: str,
        method: str,
        template: str | None,
        status: int,
        seconds: float,
    ) -> None:
        """Tell of one answer.

        Args:
            identity: the id of the request.
            client_id: of the client whose token was accepted.
            operation: the operationId, or `OTHER`.
            method: as it was sent.
            template: the path of the route; None when it has none.
            status: of the answer.
            seconds: from the head of the request until its answer was sent.
        """
        method = shown(method)
        logger.info(
            "request_finished",
            request_id=identity,
            client_id=client_id,
            operation=operation,
            request=f"{method} {self._root}{template}" if template else f"{method} {OTHER}",
            method=method,
            code=status,
            duration_ms=round(seconds * 1000, 3),
        )


def shown(method: str) -> str:
    """Return `method`; any that HTTP does not know is text of the caller."""
    return method if method in METHODS else OTHER


def request_log(settings: Settings) -> RequestLog | None:
    """Return what writes a line for each request; None when nobody would see it."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    if not settings.enable_structlog_requests or level > logging.INFO:
        return None
    return RequestLog(settings.subpath)
