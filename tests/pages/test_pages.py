"""The pages: what is on them, their addresses and their headers."""

from urllib.parse import urldefrag

import pytest

from contactmomenten.autorisaties.scopes import SCOPES
from contactmomenten.http.problems import PROBLEM_CLASSES, Problem, ProblemClass
from contactmomenten.pages import answer
from contactmomenten.pages.advice import ADVICE
from tests.openapi.routes import ROUTES
from tests.pages.asking import ask, headers_of, request
from tests.pages.markup import Markup, read

PAGES = ("/", "/ref/fouten/", "/ref/scopes/", "/ref/kanalen/", "/api/v1/schema/")
FOUT_PAGES = tuple(f"/ref/fouten/{name}/" for name in PROBLEM_CLASSES)
OPERATIONS = [operation for route in ROUTES for operation in route.operations.values()]


def page(path: str) -> Markup:
    return read(ask(path).body)


@pytest.mark.parametrize("path", [*PAGES, *FOUT_PAGES])
def test_every_page_is_html_in_dutch(path: str) -> None:
    response = ask(path)
    assert response.status == 200
    assert response.content_type == b"text/html; charset=utf-8"
    assert response.body.startswith(b'<!doctype html>\n<html lang="nl">')


@pytest.mark.parametrize("path", [*PAGES, "/ref/fouten/NotFound/", "/ref/fouten/onzin/"])
def test_every_page_may_load_nothing_but_its_own_style_and_icon(path: str) -> None:
    response = ask(path)
    policy = headers_of(response)["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self';")
    assert "unsafe" not in policy
    markup = read(response.body)
    assert all(name.startswith("/static/") for name in markup.loaded)
    assert not markup.elements & {"script", "style", "iframe", "form", "img"}
    assert "style" not in markup.attributes


@pytest.mark.parametrize("path", PAGES)
def test_no_page_tells_another_site_where_its_reader_came_from(path: str) -> None:
    assert headers_of(ask(path))["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("accept", ["application/json", "image/png", ""])
def test_what_the_client_accepts_makes_no_difference(accept: str) -> None:
    assert ask("/", accept=accept) == ask("/")


@pytest.mark.parametrize("path", [*PAGES, FOUT_PAGES[0]])
def test_head_answers_as_get(path: str) -> None:
    assert ask(path, method="HEAD") == ask(path)


@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/ref/scopes/", "/ref/fouten", "/ref/fouten/onzin/"])
def test_another_method_is_not_allowed(path: str, method: str) -> None:
    with pytest.raises(Problem) as problem:
        ask(path, method=method)
    assert problem.value.kind.status == 405
    assert (b"allow", b"GET, HEAD") in problem.value.headers


@pytest.mark.parametrize("path", [*PAGES, *FOUT_PAGES])
def test_without_final_slash_a_page_sends_on_to_the_one_with(path: str) -> None:
    response = ask(path.removesuffix("/"), subpath="/kcc", query=b"a=1")
    assert response.status == 301
    assert headers_of(response) == {"location": f"https://example.nl/kcc{path}?a=1"}


@pytest.mark.parametrize(
    "path",
    ["/ref/", "/ref/scopes/x", "/static/", "/static/pages.css", "/api/v1/", "/api/v2/schema"],
)
def test_other_paths_are_left_to_others(path: str) -> None:
    assert answer(request(path), ROUTES) is None


@pytest.mark.parametrize("path", ["/ref/fouten/Onzin/", "/ref/fouten/Onzin", "/ref/fouten/a/b/"])
def test_an_unknown_class_of_errors_is_not_found(path: str) -> None:
    assert ask(path).status == 404


@pytest.mark.parametrize("kind", PROBLEM_CLASSES.values(), ids=lambda kind: kind.name)
def test_a_class_of_errors_is_explained(kind: ProblemClass) -> None:
    text = page(f"/ref/fouten/{kind.name}/").text
    for shown in (kind.name, str(kind.status), kind.title, kind.code, "Wat te doen"):
        assert shown in text


def test_there_is_advice_on_each_class_of_errors_and_no_other() -> None:
    assert ADVICE.keys() == PROBLEM_CLASSES.keys()


def test_all_classes_of_errors_are_listed() -> None:
    links = page("/ref/fouten/").links
    assert {f"/ref/fouten/{name}/" for name in PROBLEM_CLASSES} <= links


def test_all_scopes_are_described_with_their_operations() -> None:
    markup = page("/ref/scopes/")
    assert SCOPES.keys() <= markup.ids
    for description in SCOPES.values():
        assert description in markup.text
    for operation in OPERATIONS:
        assert f"/api/v1/schema/#{operation.operation_id}" in markup.links


def test_every_operation_has_a_scope_that_is_described() -> None:
    assert {operation.scope for operation in OPERATIONS} == SCOPES.keys()


def test_the_kanaal_is_described_where_its_registration_points() -> None:
    markup = page("/ref/kanalen/")
    assert "contactmomenten" in markup.ids
    for word in ("contactmoment", "bronorganisatie", "kanaal", "create", "update", "destroy"):
        assert f" {word} " in markup.text


def test_the_schema_page_shows_every_operation() -> None:
    markup = page("/api/v1/schema/")
    for operation in OPERATIONS:
        assert operation.operation_id in markup.ids
        assert operation.summary in markup.text
        assert f"#{operation.operation_id}" in markup.links


def test_the_schema_page_shows_the_root_of_this_request() -> None:
    body = ask("/api/v1/schema/", subpath="/kcc", origin=("http", "a.nl:81")).body
    assert b"<code>http://a.nl:81/kcc/api/v1</code>" in body


def test_text_of_a_caller_is_not_used_as_html() -> None:
    assert b"<script>" not in ask("/", origin=("https", "<script>")).body


def test_every_link_leads_to_a_page_or_document_and_every_fragment_to_an_element() -> None:
    seen: dict[str, Markup] = {}
    waiting = {"/"}
    while waiting:
        path = waiting.pop()
        response = ask(path, subpath="/kcc")
        assert response.status == 200, path
        html = response.content_type == b"text/html; charset=utf-8"
        seen[path] = read(response.body) if html else Markup()
        targets = seen[path].links | seen[path].loaded
        assert all(target.startswith(("/kcc/", "#")) for target in targets), path
        paths = {urldefrag(target).url.removeprefix("/kcc") for target in targets}
        waiting |= paths - seen.keys() - {""}
    assert seen.keys() >= {*PAGES, *FOUT_PAGES, "/api/v1/openapi.json", "/api/v1/openapi.yaml"}
    for path, markup in seen.items():
        for target in markup.links:
            url, fragment = urldefrag(target)
            if fragment:
                assert fragment in seen[url.removeprefix("/kcc") or path].ids, target


def test_a_file_may_be_kept_forever_because_its_name_follows_its_content() -> None:
    for path in page("/").loaded:
        response = ask(path)
        assert headers_of(response)["cache-control"] == "public, max-age=31536000, immutable"
        assert response.content_type in {b"text/css; charset=utf-8", b"image/svg+xml"}


def test_no_file_refers_to_another_host() -> None:
    for path in page("/").loaded:
        content = ask(path).body.replace(b'xmlns="http://www.w3.org/2000/svg"', b"")
        assert b"//" not in content
        assert b"url(" not in content
        assert b"@import" not in content
