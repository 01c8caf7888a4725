"""Which page or schema document answers which path (behaviour 1.4, 1.8); all are for everybody."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial

from contactmomenten.autorisaties.scopes import SCOPES
from contactmomenten.http.negotiation import accepts
from contactmomenten.http.problems import (
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    PROBLEM_CLASSES,
    Problem,
    ProblemClass,
)
from contactmomenten.http.request import API_PATH, Request
from contactmomenten.http.response import Response
from contactmomenten.http.routing import Route
from contactmomenten.openapi import OAS_VERSION, Documents, document, documents
from contactmomenten.pages.advice import ADVICE
from contactmomenten.pages.assets import ASSETS
from contactmomenten.pages.kanalen import KANAAL
from contactmomenten.pages.reference import Reference, reference_of
from contactmomenten.pages.rendering import html

Page = Callable[[Request, Sequence[Route]], Response]

_PAGE_ALLOW = b"GET, HEAD"
_API_ALLOW = b"GET, HEAD, OPTIONS"


def answer(request: Request, routes: Sequence[Route]) -> Response | None:
    """Return the answer to a request for a page or schema document; None: no path of ours.

    Args:
        request: the request; its path is that below the mount path.
        routes: the route table that the schema documents describe.

    Raises:
        Problem: 405 for another method, 406 for a schema document that the client refuses.
    """
    path = request.path
    page = _PAGES.get(path) or _missing_page(path)
    if page is None:
        return None
    allow = _API_ALLOW if path.startswith(API_PATH) else _PAGE_ALLOW
    if path in _MEDIA_TYPES:
        _check_accept(request)
    if request.method == "OPTIONS" and allow is _API_ALLOW:
        return Response(204, content_type=None, headers=((b"allow", allow),))
    if request.method not in {"GET", "HEAD"}:
        detail = f'Methode "{request.method}" niet toegestaan.'
        raise Problem(METHOD_NOT_ALLOWED, detail, headers=((b"allow", allow),))
    return page(request, routes)


def _missing_page(path: str) -> Page | None:
    if f"{path}/" in _PAGES:
        return _with_slash
    return _no_such_fout if path.startswith("/ref/fouten/") else None


def _with_slash(request: Request, _: Sequence[Route]) -> Response:
    location = f"{request.base}{request.path}/".encode()
    if request.query:
        location += b"?" + request.query
    return Response(301, content_type=None, headers=((b"location", location),))


def _home(request: Request, _: Sequence[Route]) -> Response:
    return html(request, "home.html")


def _fouten(request: Request, _: Sequence[Route]) -> Response:
    return html(request, "fouten.html", classes=PROBLEM_CLASSES.values())


def _fout(kind: ProblemClass, request: Request, _: Sequence[Route]) -> Response:
    return html(request, "fout.html", kind=kind, advice=ADVICE[kind.name])


def _no_such_fout(request: Request, _: Sequence[Route]) -> Response:
    return html(request, "fout_onbekend.html", status=404)


def _scopes(request: Request, routes: Sequence[Route]) -> Response:
    operations = [operation for route in routes for operation in route.operations.values()]
    return html(request, "scopes.html", scopes=SCOPES, operations=operations)


def _kanalen(request: Request, _: Sequence[Route]) -> Response:
    return html(request, "kanalen.html", kanaal=KANAAL)


def _schema(request: Request, routes: Sequence[Route]) -> Response:
    return html(request, "schema.html", reference=_reference(documents(routes)))


@lru_cache(maxsize=1)
def _reference(served: Documents) -> Reference:
    return reference_of(document(served.routes, ""))


def _json(request: Request, routes: Sequence[Route]) -> Response:
    return _schema_document(documents(routes).json(request.root), b"application/json")


def _yaml(request: Request, routes: Sequence[Route]) -> Response:
    return _schema_document(documents(routes).yaml(request.root), b"application/yaml")


def _schema_document(body: bytes, media_type: bytes) -> Response:
    headers = (
        (b"x-oas-version", OAS_VERSION.encode()),
        (b"vary", b"Accept, Cookie, Authorization"),
        (b"cache-control", b"max-age=0, no-cache, no-store, must-revalidate"),
        (b"allow", _API_ALLOW),
    )
    return Response(200, body, media_type + b"; charset=utf-8", headers)


def _check_accept(request: Request) -> None:
    media_type = _MEDIA_TYPES[request.path]
    if not accepts(request.headers.get(b"accept"), frozenset({"*/*", "application/*", media_type})):
        raise Problem(NOT_ACCEPTABLE)


def _asset(response: Response, _request: Request, _: Sequence[Route]) -> Response:
    return response


_DOCUMENTS: Mapping[str, tuple[str, Page]] = {
    f"{API_PATH}{folder}/openapi.{ending}": (media_type, page)
    for folder in ("", "/schema")
    for ending, media_type, page in (
        ("json", "application/json", _json),
        ("yaml", "application/yaml", _yaml),
    )
}
_MEDIA_TYPES = {path: media_type for path, (media_type, _) in _DOCUMENTS.items()}

_PAGES: Mapping[str, Page] = {
    "/": _home,
    "/ref/fouten/": _fouten,
    **{f"/ref/fouten/{kind.name}/": partial(_fout, kind) for kind in PROBLEM_CLASSES.values()},
    "/ref/scopes/": _scopes,
    "/ref/kanalen/": _kanalen,
    f"{API_PATH}/schema/": _schema,
    **{path: page for path, (_, page) in _DOCUMENTS.items()},
    **{asset.path: partial(_asset, asset.response) for asset in ASSETS.values()},
}
