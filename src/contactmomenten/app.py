"""The ASGI application: one request in, one answer out.

The order of the checks is that of the standard's behaviour (1.6): Accept, version, method, access;
what comes after is for the operation.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from traceback import format_tb
from typing import Final

import structlog

from contactmomenten import health
from contactmomenten.audittrail.routes import ROUTES as AUDITTRAIL
from contactmomenten.autorisaties import callbacks
from contactmomenten.autorisaties.scopes import NOTIFICATIES_PUBLICEREN
from contactmomenten.contactmomenten.routes import ROUTES as CONTACTMOMENTEN
from contactmomenten.database.pool import database_unavailable, unavailable
from contactmomenten.http.body import Body, ClientGoneError, Receive
from contactmomenten.http.context import Context
from contactmomenten.http.cors import OPEN, Cors
from contactmomenten.http.deadlines import Deadlines
from contactmomenten.http.gate import OVERLOADED, Gate
from contactmomenten.http.hosts import Hosts
from contactmomenten.http.negotiation import check_accept
from contactmomenten.http.problems import (
    API_EXCEPTION,
    CONTENT_TYPE,
    LATER,
    METHOD_NOT_ALLOWED,
    PARSE_ERROR,
    REQUEST_TIMEOUT,
    SERVICE_UNAVAILABLE,
    VALIDATION_ERROR,
    Problem,
    not_found,
)
from contactmomenten.http.request import (
    API_PATH,
    Request,
    Scope,
    Send,
    headers_of,
    id_of,
)
from contactmomenten.http.request_log import request_log, shown
from contactmomenten.http.response import CLOSE, Response, no_content
from contactmomenten.http.routing import Operation, Route, Router
from contactmomenten.http.safety import safety
from contactmomenten.klantcontactmomenten.routes import ROUTES as KLANTCONTACTMOMENTEN
from contactmomenten.metrics import OTHER
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
_TOO_SLOW: Final = "too_slow"
_NOTHING_DONE: Final = "Het verzoek duurde te lang en is afgebroken; er is niets vastgelegd."
_NOT_SURE: Final = (
    "Het verzoek duurde te lang en is afgebroken. Het is niet zeker of de wijziging is vastgelegd: "
    "kijk dat na voordat u haar opnieuw stuurt."
)
_READING: Final = frozenset({"GET", "HEAD"})
_REFUSED: Final = frozenset({401, 403, 429})
_VERSION: Final = re.compile(r"/api/v([0-9]+)(?:/|$)")


class Application:
    """Answers requests with the services of this worker."""

    def __init__(self, services: Services) -> None:
        """Serve with these services."""
        self._services = services
        self._settings = services.settings
        self._hosts = Hosts(services.settings)
        self._router = Router(ROUTES)
        settings = services.settings
        self._gate = Gate(
            places=settings.max_requests,
            queue=settings.max_queue,
            patience=settings.queue_timeout,
        )
        self._deadlines = Deadlines(settings.request_timeout)
        self._closing = False
        self._metrics = services.metrics
        self._cors = settings.cors
        self._log = request_log(settings)
        self._health = health.Health(
            services.database, max_outbox_age=settings.ready_max_outbox_age
        )

    def close_connections(self) -> None:
        """Have each connection end with its next answer, as this worker is about to stop."""
        self._closing = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        began = time.perf_counter()
        headers = headers_of(scope)
        body = Body(headers, receive)
        method: str = scope["method"]
        route = self._route(scope["path"])
        base, secure = self._settings.public_base, False
        request, probe, failed_as = None, None, ""
        try:
            response = probe = await self._health_of(scope) if route is None else None
            if response is None:
                request = self._request(scope, headers, body)
                base, secure = request.base, request.base.startswith("https:")
                response = await self._answer(request, route)
        except Exception as error:  # noqa: BLE001 (the one place where an error becomes an answer)
            failed_as = _id(request, headers)
            response = self._failure(error, base, method, failed_as)
        response = await body.let_pass(response)
        if self._closing and scope["http_version"].startswith("1"):
            response = response.closing()
        allow = route[0].allow if route else None
        await _send(send, method, headers, response, allow, self._cors, secure=secure)
        operation = _operation_id(route, method)
        seconds = time.perf_counter() - began
        # Who looks at our health asks every few seconds.
        if probe is None:
            self._metrics.request(operation, response.status, seconds)
        if self._log is not None and (probe is None or response.status != health.GOOD):
            self._log.answered(
                failed_as or _id(request, headers),
                request.client_id if request else None,
                operation,
                method,
                route[0].path if route else None,
                response.status,
                seconds,
            )

    def _failure(self, error: Exception, base: str, method: str, request_id: str) -> Response:
        """Return the answer to a request that raised `error`."""
        if isinstance(error, Problem):
            if error.kind.status in _REFUSED:
                self._metrics.refusal(error.code)
            return _problem_response(error, base, method, request_id)
        if isinstance(error, ClientGoneError):
            # Of a body in broken chunks we hear just this too, and then somebody waits.
            return _problem_response(_unfinished(), base, method, request_id)
        problem = unavailable(error) or Problem(API_EXCEPTION)
        _log_failure(error, problem, request_id)
        return _problem_response(problem, base, method, request_id)

    def template(self, path: str) -> str | None:
        """Return the route of `path` as the standard writes it, below the mount path."""
        route = self._route(path)
        return None if route is None else f"{self._settings.subpath}{API_PATH}{route[0].path}"

    async def _health_of(self, scope: Scope) -> Response | None:
        """Return the answer to who looks after the program; None: it is asked something else."""
        path: str = scope["path"]
        if health.ALL not in f"{path}/":
            return None
        return await self._health.answer(scope["method"], self._own_path(path) or path)

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

    def _request(self, scope: Scope, headers: dict[bytes, bytes], body: Body) -> Request:
        found = self._hosts.scheme_and_host(scope, headers)
        if found is None:
            raise Problem(
                VALIDATION_ERROR, "De header Host noemt geen host van deze API.", code=_NO_HOST
            )
        path = self._own_path(scope["path"])
        if path is None:
            raise not_found()
        return Request(scope, body, headers, found, path, self._settings.subpath)

    async def _answer(self, request: Request, route: tuple[Route, list[str]] | None) -> Response:
        preflight = self._cors.preflight(request.method, request.headers)
        if preflight is not None:
            return preflight
        if route is not None:
            operation = self._operation(request, route[0])
            if operation is None:
                return no_content()
            return await self._in_turn(request, operation, route[1])
        if request.path == API_PATH + callbacks.PATH:
            check_accept(request)
            if request.method != "POST":
                detail = f'Methode "{request.method}" niet toegestaan.'
                raise Problem(METHOD_NOT_ALLOWED, detail, headers=((b"allow", b"POST"),))
            return await self._in_turn(request, _CALLBACK, [], any_age=True)
        shown = page(request, ROUTES)
        if shown is not None:
            return shown
        version = _VERSION.match(request.path)
        if version and version[1] != "1":
            check_accept(request)
            raise not_found("Ongeldige versie in URL-pad.")
        raise not_found()

    @staticmethod
    def _operation(request: Request, route: Route) -> Operation | None:
        """Return which operation is meant; None for OPTIONS."""
        check_accept(request)
        method = request.method
        if method == "OPTIONS":
            return None
        operation = route.operations.get("GET" if method == "HEAD" else method)
        if operation is None:
            raise Problem(METHOD_NOT_ALLOWED, f'Methode "{method}" niet toegestaan.')
        return operation

    async def _in_turn(
        self, request: Request, operation: Operation, ids: list[str], *, any_age: bool = False
    ) -> Response:
        """Return the answer of `operation`, once it is the turn of this request.

        Raises:
            Problem: it was refused, it took too long, or what the operation raises.
        """
        services, gate = self._services, self._gate
        gate.enter()
        task = self._deadlines.begin()
        client = None
        try:
            caller = await services.access.check(request, operation.scope, any_age=any_age)
            request.client_id = caller.client_id
            if not gate.take(caller.client_id):
                await gate.wait(caller.client_id)
            client = caller.client_id
            return await operation.handler(Context(request, caller, ids, services))
        except asyncio.CancelledError:
            if not self._deadlines.missed(task):
                raise
            raise _too_late(request, working=client is not None) from None
        finally:
            self._deadlines.end(task)
            gate.leave(client)


async def _take_callback(context: Context) -> Response:
    """Take in a notification, which is no operation of this API (behaviour 3.4)."""
    services = context.services
    leeway = services.settings.time_leeway
    return await callbacks.receive(context.request, services.ac, services.outgoing, leeway=leeway)


_CALLBACK: Final = Operation(
    operation_id="callback",
    handler=_take_callback,
    scope=NOTIFICATIES_PUBLICEREN,
    summary="",
    description="",
    tag="",
)


def _too_late(request: Request, *, working: bool) -> Problem:
    """Return what a request is told that took too long, and what is certain about it."""
    if request.body.reading:
        return Problem(REQUEST_TIMEOUT, headers=(CLOSE,))
    if not working:
        return Problem(SERVICE_UNAVAILABLE, _NOTHING_DONE, code=OVERLOADED, headers=LATER)
    detail = _NOTHING_DONE if request.method in _READING else _NOT_SURE
    return Problem(SERVICE_UNAVAILABLE, detail, code=_TOO_SLOW, headers=LATER)


async def answer_unavailable(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one HTTP request while there is no database to work with yet."""
    method, headers = scope["method"], headers_of(scope)
    if health.is_live(scope["path"]):
        response = health.LIVING
    else:
        response = _problem_response(database_unavailable(), "", method, id_of(headers))
    response = await Body(headers, receive).let_pass(response)
    # Nothing but that it is not there yet, so that any page may know it.
    await _send(send, method, headers, response, None, OPEN, secure=False)


def _id(request: Request | None, headers: dict[bytes, bytes]) -> str:
    return request.id if request is not None else id_of(headers)


def _operation_id(route: tuple[Route, list[str]] | None, method: str) -> str:
    """Return what a request is counted as."""
    if route is None:
        return OTHER
    operation = route[0].operations.get("GET" if method == "HEAD" else method)
    return OTHER if operation is None else operation.operation_id


def _problem_response(problem: Problem, base: str, method: str, request_id: str) -> Response:
    if problem.logged:
        logger.info(
            "api.handled_exception",
            title=problem.kind.title,
            code=problem.code,
            status=problem.kind.status,
            exception_id=problem.id,
            request_id=request_id,
            method=shown(method),
        )
    return Response(problem.kind.status, problem.document(base), CONTENT_TYPE, problem.headers)


def _unfinished() -> Problem:
    detail = "De body is niet volledig, of niet volgens HTTP verstuurd."
    return Problem(PARSE_ERROR, detail, headers=(CLOSE,))


def _log_failure(error: Exception, problem: Problem, request_id: str) -> None:
    """Log where it went wrong; the text of the error is left out, as it may tell of people."""
    logger.error(
        "api.uncaught_exception",
        error=type(error).__name__,
        exception_id=problem.id,
        request_id=request_id,
        exception="".join(format_tb(error.__traceback__)),
    )


async def _send(  # noqa: PLR0913, PLR0917 (what makes the headers of an answer)
    send: Send,
    method: str,
    request_headers: dict[bytes, bytes],
    response: Response,
    allow: bytes | None,
    cors: Cors,
    *,
    secure: bool,
) -> None:
    headers = [API_VERSION, *response.headers, *cors.always]
    if response.content_type is not None:
        headers.append((b"content-type", response.content_type))
    if response.status != NOT_MODIFIED:
        headers.append((b"content-length", b"%d" % len(response.body)))
    if allow is not None:
        headers.append((b"allow", allow))
    if b"origin" in request_headers:
        headers += cors.headers(request_headers[b"origin"])
    headers += safety(response.headers, secure=secure)
    body = b"" if method == "HEAD" else response.body
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
