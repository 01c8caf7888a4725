"""The document as JSON and YAML is the same document, for every server."""

import json

import pytest
import yaml

from contactmomenten.openapi import Documents, document, documents
from tests.openapi.routes import ROUTES

SERVERS = (
    "https://example.nl/api/v1",
    "http://[::1]:8000/contactmomenten/api/v1",
    'https://example.nl/"#: é/api/v1',
)


@pytest.mark.parametrize("server", SERVERS)
def test_the_json_says_what_the_document_says(server: str) -> None:
    assert json.loads(Documents(ROUTES).json(server)) == document(ROUTES, server)


@pytest.mark.parametrize("server", SERVERS)
def test_the_yaml_says_what_the_document_says(server: str) -> None:
    assert yaml.safe_load(Documents(ROUTES).yaml(server)) == document(ROUTES, server)


def test_the_yaml_has_no_anchors() -> None:
    assert b"&id" not in Documents(ROUTES).yaml(SERVERS[0])


def test_long_texts_are_blocks_in_the_yaml() -> None:
    assert b"\n  description: |\n" in Documents(ROUTES).yaml(SERVERS[0])


def test_the_documents_of_one_route_table_are_made_once() -> None:
    assert documents(ROUTES) is documents(ROUTES)


def test_another_route_table_has_other_documents() -> None:
    less = ROUTES[:1]
    assert json.loads(documents(less).json(SERVERS[0]))["paths"].keys() == {"/contactmomenten"}
