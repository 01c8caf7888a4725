"""The OAS document as JSON and as YAML, at its old and its new address."""

import json

import pytest
import yaml

from contactmomenten.http.problems import Problem
from contactmomenten.openapi import document
from tests.openapi.routes import ROUTES
from tests.pages.asking import ask, headers_of

JSON = ("/api/v1/schema/openapi.json", "/api/v1/openapi.json")
YAML = ("/api/v1/schema/openapi.yaml", "/api/v1/openapi.yaml")

EXPECTED = document(ROUTES, "https://example.nl/kcc/api/v1")


@pytest.mark.parametrize("path", JSON)
def test_the_json_is_the_document_with_this_root_as_server(path: str) -> None:
    response = ask(path, subpath="/kcc")
    assert response.status == 200
    assert response.content_type == b"application/json; charset=utf-8"
    assert json.loads(response.body) == EXPECTED


@pytest.mark.parametrize("path", YAML)
def test_the_yaml_is_the_document_with_this_root_as_server(path: str) -> None:
    response = ask(path, subpath="/kcc")
    assert response.status == 200
    assert response.content_type == b"application/yaml; charset=utf-8"
    assert yaml.safe_load(response.body) == EXPECTED


@pytest.mark.parametrize("path", JSON + YAML)
def test_its_headers_are_those_of_the_standard(path: str) -> None:
    headers = headers_of(ask(path))
    assert headers["x-oas-version"] == "3.0.0"
    assert headers["vary"] == "Accept, Cookie, Authorization"
    assert headers["cache-control"] == "max-age=0, no-cache, no-store, must-revalidate"
    assert headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        (JSON[0], "text/html"),
        (JSON[0], "application/yaml"),
        (JSON[0], ""),
        (YAML[0], "application/json"),
        (YAML[1], "text/html;q=1, application/json"),
    ],
)
def test_another_format_is_not_acceptable(path: str, accept: str) -> None:
    with pytest.raises(Problem) as problem:
        ask(path, accept=accept)
    assert problem.value.kind.status == 406


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        (JSON[0], "application/json; version=3"),
        (JSON[0], "text/html, */*;q=0.1"),
        (YAML[0], "application/yaml"),
        (YAML[0], "application/*"),
        (YAML[0], "*/*"),
    ],
)
def test_its_own_format_is_acceptable(path: str, accept: str) -> None:
    assert ask(path, accept=accept).status == 200


@pytest.mark.parametrize("query", [b"v=3", b"v=2", b"v=2.0&format=openapi"])
def test_a_query_makes_no_difference(query: bytes) -> None:
    assert ask(JSON[0], query=query) == ask(JSON[0])


@pytest.mark.parametrize("path", JSON + YAML)
def test_head_answers_as_get(path: str) -> None:
    assert ask(path, method="HEAD") == ask(path)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE"])
def test_another_method_is_not_allowed(method: str) -> None:
    with pytest.raises(Problem) as problem:
        ask(JSON[0], method=method)
    assert problem.value.kind.status == 405
    assert problem.value.detail == f'Methode "{method}" niet toegestaan.'
    assert (b"allow", b"GET, HEAD, OPTIONS") in problem.value.headers


def test_another_format_weighs_more_than_another_method() -> None:
    with pytest.raises(Problem) as problem:
        ask(JSON[0], method="POST", accept="text/html")
    assert problem.value.kind.status == 406


def test_options_tells_the_methods() -> None:
    response = ask(JSON[0], method="OPTIONS")
    assert response.status == 204
    assert headers_of(response) == {"allow": "GET, HEAD, OPTIONS"}
