import asyncio
import json
from collections.abc import MutableMapping
from typing import Any, cast

import pytest

from contactmomenten.app import ROUTES, Application
from contactmomenten.database.pool import Database
from contactmomenten.settings import Settings, SettingsError
from tests.application import MOMENT, ROOT, Api, api_on, services_of

NOBODY = {"Authorization": ""}
UUID = "00000000-0000-4000-8000-000000000000"
PATHS = [
    route.path.replace("{uuid}", UUID).replace("{contactmoment_uuid}", UUID) for route in ROUTES
]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "FOO"]


async def asked(api: Api, method: str, path: str, **headers: str) -> tuple[int, str]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await api.send(method, path, None, sent)
    code = answer.json().get("code", "") if answer.content else ""
    return answer.status_code, code


@pytest.fixture(scope="module")
async def no_database() -> Any:  # noqa: ANN401 (an async generator)
    """Return an API that has no database, and so must not ask for it."""
    async with api_on(cast("Database", None)) as api:
        yield api


async def test_the_checks_come_in_the_order_of_the_standard(no_database: Api) -> None:
    api, path = no_database, "contactmomenten"
    html, anonymous = {"accept": "text/html"}, {"authorization": "x"}
    for method, where, headers, expected in (
        ("FOO", path, html | anonymous | {"host": "evil.nl"}, (400, "invalid_host")),
        ("FOO", path, html | anonymous, (406, "not_acceptable")),
        ("GET", "http://localhost/api/v2/contactmomenten", html, (406, "not_acceptable")),
        ("GET", "http://localhost/api/v2/contactmomenten", anonymous, (404, "not_found")),
        ("FOO", path, anonymous, (405, "method_not_allowed")),
        ("PUT", path, anonymous, (405, "method_not_allowed")),
        ("POST", path, anonymous | {"content-type": "text/plain"}, (403, "permission_denied")),
        ("GET", f"{path}?x=y", anonymous, (403, "permission_denied")),
        ("GET", f"{path}?x=y", {}, (400, "invalid")),
        ("GET", f"{path}/abc?x=y", {}, (404, "not_found")),
        ("PUT", f"{path}/abc", {"content-type": "text/plain"}, (404, "not_found")),
    ):
        assert await asked(api, method, where, **headers) == expected


@pytest.mark.parametrize("path", PATHS)
async def test_a_path_answers_its_methods_and_tells_which(no_database: Api, path: str) -> None:
    for method in METHODS:
        answer = await no_database.send(method, f"{ROOT}{path}", headers=NOBODY)
        allowed = answer.headers["allow"].split(", ")
        expected = 405 if method not in allowed else 204 if method == "OPTIONS" else 403
        assert answer.status_code == expected
        assert answer.headers["api-version"] == "1.0.0"
        if expected == 405 and method != "HEAD":
            assert answer.json()["detail"] == f'Methode "{method}" niet toegestaan.'


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1",
        "/api/v1x",
        "/api/v1xcontactmomenten",
        "/api/v1.contactmomenten",
        "/api/v10contactmomenten",
        "/api/v1//contactmomenten",
        "/api/v1/contactmomenten/",
        "/api/v1/contactmomenten.json",
        "/api/v1/zaken",
        "/api/v1/callbacks/",
        "/api/v1/jwtsecret/",
        "/api/vx/contactmomenten",
        "/api/contactmomenten",
        "/contactmomenten",
        "/api/v1/contactmomenten/%2e%2e",
        "/api/v1/contactmomenten/a%2Fb",
        "/%00",
    ],
)
async def test_any_other_path_is_not_found(no_database: Api, path: str) -> None:
    answer = await no_database.send("GET", f"http://localhost{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.headers["api-version"] == "1.0.0"
    assert "allow" not in answer.headers


@pytest.mark.parametrize("version", ["0", "2", "01", "10", "99999999999999999999"])
async def test_another_version_is_told_to_be_wrong(no_database: Api, version: str) -> None:
    for path in (f"/api/v{version}", f"/api/v{version}/contactmomenten"):
        answer = await no_database.send("GET", f"http://localhost{path}")
        assert (answer.status_code, answer.json()["detail"]) == (
            404,
            "Ongeldige versie in URL-pad.",
        )


async def test_each_answer_has_the_headers_that_every_answer_has(api: Api) -> None:
    made = await api.send("POST", "contactmomenten", MOMENT)
    url = made.json()["url"]
    for answer in (
        made,
        await api.send("GET", url),
        await api.send("GET", url, headers={"If-None-Match": "*"}),
        await api.send("GET", f"{url}x"),
        await api.send("DELETE", url),
    ):
        headers = answer.headers
        assert headers["api-version"] == "1.0.0"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["allow"]
        length = None if answer.status_code == 304 else str(len(answer.content))
        assert headers.get("content-length") == length
        has_body = answer.status_code not in {204, 304}
        assert ("content-type" in headers) is has_body
        assert "access-control-allow-origin" not in headers


async def test_an_answer_to_a_page_elsewhere_may_be_read_by_it(no_database: Api) -> None:
    answer = await no_database.send("GET", "contactmomenten", headers=NOBODY | {"Origin": "x"})
    assert answer.headers["access-control-allow-origin"] == "*"
    asks = {"Origin": "x", "Access-Control-Request-Method": "PUT", "Accept": "text/html"}
    preflight = await no_database.send("OPTIONS", "anything", headers=asks)
    assert (preflight.status_code, preflight.content) == (200, b"")
    assert preflight.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["contactmomenten/{}", "klantcontactmomenten", "x"])
async def test_head_has_the_headers_of_get(api: Api, path: str) -> None:
    made = await api.moment()
    url = made["url"] if "{}" in path else path
    got, head = await api.send("GET", url), await api.send("HEAD", url)
    assert head.content == b""
    volatile = {"instance"}
    assert head.status_code == got.status_code
    assert set(head.headers.items()) - volatile == set(got.headers.items()) - volatile


async def test_the_mount_path_comes_before_everything(database: Database) -> None:
    settings = Settings(subpath="/cm", site_domain="a.nl")
    async with api_on(database, settings, "http://localhost/cm/api/v1") as api:
        made = await api.moment()
        assert made["url"].startswith("http://localhost/cm/api/v1/contactmomenten/")
        assert (await api.change(made["url"], vorigContactmoment=made["url"]))["url"] == made["url"]
        for path in ("/api/v1/contactmomenten", "/cmx/api/v1/contactmomenten", "/", "/cm/cm/"):
            answer = await api.send("GET", f"http://localhost{path}")
            assert answer.status_code == 404
        problem = (await api.send("GET", "x")).json()
        assert problem["type"] == "http://localhost/cm/ref/fouten/NotFound/"


async def test_a_host_that_is_not_ours_gets_the_public_name_at_most(database: Database) -> None:
    settings = Settings(site_domain="a.nl", subpath="/cm")
    async with api_on(database, settings, "http://evil.nl/cm/api/v1") as api:
        answer = await api.send("GET", "contactmomenten")
        assert answer.status_code == 400
        assert "evil" not in answer.text
        assert answer.json()["type"] == "https://a.nl/cm/ref/fouten/ValidationError/"


async def test_own_urls_and_tags_follow_the_host(api: Api) -> None:
    made = await api.moment()
    answer = await api.send("GET", made["url"])
    other = await api.send("GET", made["url"], headers={"Host": "127.0.0.1:8000"})
    assert other.json()["url"] == made["url"].replace("localhost", "127.0.0.1:8000")
    assert answer.headers["etag"] != other.headers["etag"]
    again = await api.send("GET", made["url"])
    assert again.headers["etag"] == answer.headers["etag"]


async def test_the_tag_changes_with_the_successor(api: Api) -> None:
    made = await api.moment()
    before = (await api.send("GET", made["url"])).headers["etag"]
    successor = await api.moment(vorigContactmoment=made["url"])
    assert (await api.send("GET", made["url"])).headers["etag"] != before
    await api.send("DELETE", successor["url"])
    assert (await api.send("GET", made["url"])).headers["etag"] == before


class Broken(Exception):  # noqa: N818 (a test)
    """Tells of a person."""


async def test_a_bug_is_a_500_that_tells_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    name = "Jansen"

    async def fail(*_: object) -> None:
        raise Broken(name)

    monkeypatch.setattr(api.database.reader, "row", fail)
    answer = await api.send("GET", "contactmomenten")
    assert (answer.status_code, answer.json()["detail"]) == (500, "Internal Server Error")
    logged = "".join(capfd.readouterr())
    assert answer.json()["instance"].removeprefix("urn:uuid:") in logged
    assert "Broken" in logged
    assert name not in answer.text + logged


async def test_nothing_of_a_person_is_logged(api: Api, capfd: pytest.CaptureFixture[str]) -> None:
    canary = "Canarie-Jansen"
    body = MOMENT | {"tekst": canary, "medewerkerIdentificatie": {"achternaam": canary}}
    headers = {"X-Audit-Toelichting": canary}
    await api.send("POST", "contactmomenten", body, headers)
    await api.send("POST", "contactmomenten", body | {"initiatiefnemer": canary}, headers)
    await api.send("POST", "contactmomenten", canary.encode(), headers)
    await api.send("GET", f"contactmomenten?{canary}={canary}", headers=headers)
    await api.send("GET", f"contactmomenten/{canary}")
    await api.send("GET", "contactmomenten", headers={"Authorization": f"Bearer {canary}"})
    assert canary not in "".join(capfd.readouterr())


async def test_a_body_that_breaks_off_is_refused_and_nothing_is_written(database: Database) -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async with api_on(database) as api:
        transport = cast("Any", api.http._transport)
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/v1/contactmomenten",
            "query_string": b"",
            "scheme": "http",
            "client": None,
            "headers": [
                (b"host", b"localhost"),
                (b"authorization", api.http.headers["authorization"].encode()),
                (b"content-type", b"application/json"),
            ],
        }
        await transport.app(scope, receive, send)
    start, body = sent
    assert (start["status"], json.loads(body["body"])["code"]) == (400, "parse_error")
    assert (b"connection", b"close") in start["headers"]
    assert await database.reader.value("SELECT count(*) FROM contactmoment") == 0


async def test_an_answer_does_not_tell_what_serves_it(api: Api) -> None:
    answer = await api.send("GET", "contactmomenten")
    assert answer.headers["server"] == "contactmomenten"


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(database: Database) -> None:
    async with api_on(database, Settings(max_body_size=1024)) as api:
        answer = await api.send("POST", "contactmomenten", MOMENT | {"tekst": "x" * 2000})
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert answer.headers["connection"] == "close"


async def test_many_requests_at_once_share_few_connections(api: Api) -> None:
    answers = await asyncio.gather(
        *(api.send("POST", "contactmomenten", MOMENT) for _ in range(99))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert (await api.get("contactmomenten"))["count"] == 99


def test_a_wrong_setting_shows_at_the_start() -> None:
    with pytest.raises(SettingsError, match="TRUSTED_PROXIES"):
        Application(services_of(None, Settings(trusted_proxies="x")))
