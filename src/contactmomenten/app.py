"""The ASGI application: one request in, one answer out.

The order of the checks is that of the standard's behaviour (1.6): Accept, version, method, access;
what comes after is for the operation.
"""

import re
from collections.abc import Sequence
from traceback import format_tb
from typing import Final

import structlog

from contactmomenten.audittrail.routes import ROUTES as AUDITTRAIL
from contactmomenten.autorisaties import callbacks
from contactmomenten.autorisaties.scopes import NOTIFICATIES_PUBLICEREN
from contactmomenten.contactmomenten.routes import ROUTES as CONTACTMOMENTEN
from contactmomenten.database.pool import unavailable
from contactmomenten.http import cors
from contactmomenten.http.context import Context
from contactmomenten.http.hosts import Hosts
from contactmomenten.http.negotiation import check_accept
from contactmomenten.http.problems import (
    API_EXCEPTION,
    CONTENT_TYPE,
    METHOD_NOT_ALLOWED,
    PARSE_ERROR,
    VALIDATION_ERROR,
    Problem,
    not_found,
)
from contactmomenten.http.request import (
    API_PATH,
    ClientGoneError,
    Receive,
    Request,
    Scope,
    Send,
    headers_of,
)
from contactmomenten.http.response import Response, no_content
from contactmomenten.http.routing import Route, Router
from contactmomenten.klantcontactmomenten.routes import ROUTES as KLANTCONTACTMOMENTEN
from contactmomenten.objectcontactmomenten.routes import ROUTES as OBJECTCONTACTMOMENTEN
from contactmomenten.pages.routes import answer as page
from contactmomenten.services import Services

logger = structlog.get_logger(__name__)

API_VERSION: Final = (b"api-version", b"1.0.0")

# All operations, in the order of the standard.
ROUTES: Final[Sequence[Route]] = (
    *CONTACTMOMENTEN,
    *AUDITTRAIL,
    *KLANTCONTACTMOMENTEN,
    *OBJECTCONTACTMOMENTEN,
)

NOT_MODIFIED: Final = 304

_NO_HOST: Final = "invalid_host"
_VERSION: Final = re.compile(r"/api/v([0-9]+)(?:/|$)")
_SAFETY: Final = (
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-content-type-options", b"nosniff"),
    # Otherwise the HTTP server tells its own name.
    (b"server", b"contactmomenten"),
)


class Application:
    """Answers requests with the services of this worker."""

    def __init__(self, services: Services) -> None:
        """Serve with these services."""
        self._services = services
        self._settings = services.settings
        self._hosts = Hosts(services.settings)
        self._router = Router(ROUTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        headers = headers_of(scope)
        route = self._route(scope["path"])
        base = self._settings.public_base
        try:
            request = self._request(scope, headers, receive)
            base = request.base
            response = await self._answer(request, route)
        except Problem as problem:
            response = _problem_response(problem, base, scope["method"])
        except ClientGoneError:
            # Of a body in broken chunks we hear just this too, and then somebody waits.
            response = _problem_response(_unfinished(), base, scope["method"])
        except Exception as error:  # noqa: BLE001 (the one place where a bug becomes a 500)
            failure = unavailable(error) or Problem(API_EXCEPTION)
            _log_failure(error, failure)
            response = _problem_response(failure, base, scope["method"])
        allow = route[0].allow if route else None
        await _send(send, scope["method"], headers, response, allow)

    def _own_path(self, path: str) -> str | None:
        """Return the part of `path` below the mount path."""
        subpath = self._settings.subpath
        if not subpath:
            return path
        below = path.removeprefix(subpath)
        return below if path != below and below[:1] in {"", "/"} else None

    def _route(self, path: str) -> tuple[Route, list[str]] | None:
        own = self._own_path(path)
        if own is None or not own.startswith(API_PATH):
            return None
        return self._router.find(own[len(API_PATH) :])

    def _request(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Request:
        found = self._hosts.scheme_and_host(scope, headers)
        if found is None:
            raise Problem(
                VALIDATION_ERROR, "De header Host noemt geen host van deze API.", code=_NO_HOST
            )
        path = self._own_path(scope["path"])
        if path is None:
            raise not_found()
        return Request(scope, receive, headers, found, path, self._settings.subpath)

    async def _answer(self, request: Request, route: tuple[Route, list[str]] | None) -> Response:
        preflight = cors.preflight(request.method, request.headers)
        if preflight is not None:
            return preflight
        if route is not None:
            return await self._operate(request, *route)
        if request.path == API_PATH + callbacks.PATH:
            return await self._take_callback(request)
        shown = page(request, ROUTES)
        if shown is not None:
            return shown
        version = _VERSION.match(request.path)
        if version and version[1] != "1":
            check_accept(request)
            raise not_found("Ongeldige versie in URL-pad.")
        raise not_found()

    async def _operate(self, request: Request, route: Route, ids: list[str]) -> Response:
        check_accept(request)
        method = request.method
        if method == "OPTIONS":
            return no_content()
        operation = route.operations.get("GET" if method == "HEAD" else method)
        if operation is None:
            raise Problem(METHOD_NOT_ALLOWED, f'Methode "{method}" niet toegestaan.')
        caller = await self._services.access.check(request, operation.scope)
        return await operation.handler(Context(request, caller, ids, self._services))

    async def _take_callback(self, request: Request) -> Response:
        """Take in a notification, which is no operation of this API (behaviour 3.4)."""
        check_accept(request)
        if request.method != "POST":
            detail = f'Methode "{request.method}" niet toegestaan.'
            raise Problem(METHOD_NOT_ALLOWED, detail, headers=((b"allow", b"POST"),))
        services = self._services
        await services.access.check(request, NOTIFICATIES_PUBLICEREN, any_age=True)
        leeway = self._settings.time_leeway
        return await callbacks.receive(request, services.ac, services.outgoing, leeway=leeway)


def _problem_response(problem: Problem, base: str, method: str) -> Response:
    logger.info(
        "problem",
        status=problem.kind.status,
        code=problem.code,
        method=method,
        instance=problem.instance,
    )
    return Response(problem.kind.status, problem.document(base), CONTENT_TYPE, problem.headers)


def _unfinished() -> Problem:
    detail = "De body is niet volledig, of niet volgens HTTP verstuurd."
    return Problem(PARSE_ERROR, detail, headers=((b"connection", b"close"),))


def _log_failure(error: Exception, problem: Problem) -> None:
    """Log where it went wrong; the text of the error is left out, as it may tell of people."""
    logger.error(
        "request_failed",
        error=type(error).__name__,
        instance=problem.instance,
        where="".join(format_tb(error.__traceback__)),
    )


async def _send(
    send: Send,
    method: str,
    request_headers: dict[bytes, bytes],
    response: Response,
    allow: bytes | None,
) -> None:
    headers = [API_VERSION, *response.headers]
    if response.content_type is not None:
        headers.append((b"content-type", response.content_type))
    if response.status != NOT_MODIFIED:
        headers.append((b"content-length", b"%d" % len(response.body)))
    if allow is not None:
        headers.append((b"allow", allow))
    if b"origin" in request_headers:
        headers.append(cors.ALLOW_ORIGIN)
    headers += _SAFETY
    body = b"" if method == "HEAD" else response.body
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
