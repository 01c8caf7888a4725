"""The security headers, on every kind of answer."""

import httpx
import pytest

from contactmomenten.http.problems import PROBLEM_CLASSES
from contactmomenten.pages.assets import ASSETS
from contactmomenten.settings import Settings
from tests.application import MOMENT, Api, api_on

NO_STORE = "no-store"
REVALIDATE = "private, no-cache"
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGES = [
    "/",
    "/ref/fouten/",
    "/ref/fouten/onbekend/",
    "/ref/scopes/",
    "/ref/kanalen/",
    "/api/v1/schema/",
    *(f"/ref/fouten/{kind.name}/" for kind in PROBLEM_CLASSES.values()),
]
PREFLIGHT = {"Origin": "https://x.nl", "Access-Control-Request-Method": "POST"}


def at(path: str) -> str:
    """Return where `path` is: below the root of the API, or of the host if it starts with a /."""
    return f"http://localhost{path}" if path.startswith("/") else path


def check(answer: httpx.Response, *, status: int, cache: str, policy: str = DATA_POLICY) -> None:
    """Check everything that makes an answer safe."""
    headers = answer.headers
    assert answer.status_code == status
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == cache
    assert headers["content-security-policy"] == policy
    assert headers["api-version"] == "1.0.0"
    # By http it means nothing.
    assert "strict-transport-security" not in headers
    names = [name for name, _ in answer.headers.raw]
    assert len(names) == len(set(names)), names


async def test_answers_of_operations(api: Api) -> None:
    made = await api.send("POST", "contactmomenten", MOMENT)
    check(made, status=201, cache=NO_STORE)
    url = made.json()["url"]
    for method in ("GET", "HEAD"):
        check(await api.send(method, url), status=200, cache=REVALIDATE)
        check(await api.send(method, "contactmomenten"), status=200, cache=NO_STORE)
        check(await api.send(method, "klantcontactmomenten"), status=200, cache=NO_STORE)
        check(await api.send(method, "objectcontactmomenten"), status=200, cache=NO_STORE)
        check(await api.send(method, f"{url}/audittrail"), status=200, cache=NO_STORE)
    tag = {"If-None-Match": "*"}
    check(await api.send("GET", url, headers=tag), status=304, cache=REVALIDATE)
    line = f"{url}/audittrail/{(await api.trail(url))[0]['uuid']}"
    check(await api.send("GET", line), status=200, cache=REVALIDATE)
    check(await api.send("GET", line, headers=tag), status=304, cache=REVALIDATE)
    check(await api.send("PUT", url, MOMENT), status=200, cache=NO_STORE)
    check(await api.send("PATCH", url, {}), status=200, cache=NO_STORE)
    check(await api.send("OPTIONS", url), status=204, cache=NO_STORE)
    check(await api.send("OPTIONS", url, headers=PREFLIGHT), status=200, cache=NO_STORE)
    check(await api.send("DELETE", url), status=204, cache=NO_STORE)


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("POST", "contactmomenten", {}, {}, 400),
        ("POST", "contactmomenten", {}, b"{", 400),
        ("GET", "contactmomenten?x=1", {}, None, 400),
        ("GET", "contactmomenten", {"Host": "elders"}, None, 400),
        ("GET", "contactmomenten", {"Authorization": ""}, None, 403),
        ("GET", "contactmomenten", {"Authorization": "Bearer x"}, None, 403),
        ("GET", "contactmomenten/8a6a1d3c-6e1b-4f0e-9d0a-2f6f0a9b6c11", {}, None, 404),
        ("GET", "contactmomenten/x", {}, None, 404),
        ("GET", "/nergens", {}, None, 404),
        ("GET", "/api/v2/contactmomenten", {}, None, 404),
        ("DELETE", "contactmomenten", {}, None, 405),
        ("POST", "/", {}, {}, 405),
        ("GET", "/api/v1/callbacks", {}, None, 405),
        ("GET", "contactmomenten", {"Accept": "text/html"}, None, 406),
        ("POST", "contactmomenten", {"Content-Length": "99999999999"}, {}, 413),
        ("POST", "contactmomenten", {"Content-Type": "text/plain"}, b"x", 415),
        ("GET", "/ref/scopes", {}, None, 301),
    ],
)
async def test_errors_and_redirects(  # noqa: PLR0917 (a row of the table)
    api: Api, method: str, path: str, headers: dict[str, str], body: object, status: int
) -> None:
    check(await api.send(method, at(path), body, headers), status=status, cache=NO_STORE)


async def test_a_500_and_a_503(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("contactmomenten.autorisaties.access.Access.check", broken)
    error: Exception = RuntimeError("x")
    check(await api.send("GET", "contactmomenten"), status=500, cache=NO_STORE)
    error = OSError("x")
    check(await api.send("GET", "contactmomenten"), status=503, cache=NO_STORE)


@pytest.mark.parametrize("path", PAGES)
async def test_pages_load_nothing_but_our_style(api: Api, path: str) -> None:
    answer = await api.send("GET", at(path))
    policy = answer.headers["content-security-policy"]
    check(answer, status=404 if "onbekend" in path else 200, cache="no-cache", policy=policy)
    for rule in ("default-src 'none'", "style-src 'self'", "frame-ancestors 'self'"):
        assert rule in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("asset", ASSETS.values(), ids=lambda asset: asset.path)
async def test_files_of_the_pages(api: Api, asset: object) -> None:
    answer = await api.send("GET", at(asset.path))  # type: ignore[attr-defined]
    check(
        answer,
        status=200,
        cache="public, max-age=31536000, immutable",
        policy="default-src 'none'; style-src 'unsafe-inline'",
    )


@pytest.mark.parametrize("ending", ["json", "yaml"])
@pytest.mark.parametrize("folder", ["", "schema/"])
async def test_schema_documents(api: Api, folder: str, ending: str) -> None:
    answer = await api.send("GET", f"{folder}openapi.{ending}")
    check(answer, status=200, cache="max-age=0, no-cache, no-store, must-revalidate")


@pytest.mark.parametrize("path", ["contactmomenten", "/nergens", "/", "openapi.json"])
async def test_who_comes_by_https_is_to_stay_there(api: Api, path: str) -> None:
    settings = Settings(trusted_proxies="*", site_domain="localhost")
    async with api_on(api.database, settings) as behind_proxy:
        headers = {"X-Forwarded-Proto": "https"}
        answer = await behind_proxy.send("GET", at(path), headers=headers)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        for plain in ({}, {"Host": "elders"}):
            answer = await behind_proxy.send("GET", at(path), headers=plain)
            assert "strict-transport-security" not in answer.headers
