"""The OAS documents (1.4, D-29)."""

from typing import Any

import httpx
import pytest

from .support import expect
from .support.api import Api
from .support.values import (
    AUDIT_KEYS,
    CONTACTMOMENT_KEYS,
    KLANT_KEYS,
    MEDEWERKER_KEYS,
    OBJECT_KEYS,
    JsonObject,
)

YAML = "/schema/openapi.yaml"
JSON = "/schema/openapi.json"

COMMON = {"401", "403", "406", "409", "410", "415", "429", "500"}
BODY = ["Content-Type"]
AUDIT = ["X-NLX-Logrecord-ID", "X-Audit-Toelichting"]
ETAG = ["If-None-Match"]
FILTERS = [
    "vorigContactmoment",
    "volgendContactmoment",
    "bronorganisatie",
    "registratiedatum",
    "registratiedatum__gt",
    "registratiedatum__gte",
    "registratiedatum__lt",
    "registratiedatum__lte",
    "kanaal",
    "voorkeurskanaal",
    "voorkeurstaal",
    "initiatiefnemer",
    "medewerker",
    "ordering",
    "page",
]
ONE = ["uuid"]
PARENT = ["contactmoment_uuid"]

# operationId: method, path, parameters, statuses beside the common ones (D-29's included)
OPERATIONS: dict[str, tuple[str, str, list[str], set[str]]] = {
    "contactmoment_list": ("get", "/contactmomenten", FILTERS, {"200", "400", "404"}),
    "contactmoment_create": ("post", "/contactmomenten", BODY + AUDIT, {"201", "400"}),
    "contactmoment_read": ("get", "/contactmomenten/{uuid}", ETAG + ONE, {"200", "404"}),
    "contactmoment_update": (
        "put",
        "/contactmomenten/{uuid}",
        BODY + AUDIT + ONE,
        {"200", "400", "404"},
    ),
    "contactmoment_partial_update": (
        "patch",
        "/contactmomenten/{uuid}",
        BODY + AUDIT + ONE,
        {"200", "400", "404"},
    ),
    "contactmoment_delete": ("delete", "/contactmomenten/{uuid}", AUDIT + ONE, {"204", "404"}),
    "audittrail_list": (
        "get",
        "/contactmomenten/{contactmoment_uuid}/audittrail",
        PARENT,
        {"200", "404"},
    ),
    "audittrail_read": (
        "get",
        "/contactmomenten/{contactmoment_uuid}/audittrail/{uuid}",
        ETAG + PARENT + ONE,
        {"200", "404"},
    ),
    "klantcontactmoment_list": (
        "get",
        "/klantcontactmomenten",
        ["contactmoment", "klant", "rol", "page"],
        {"200", "400", "404"},
    ),
    "klantcontactmoment_create": ("post", "/klantcontactmomenten", BODY, {"201", "400"}),
    "klantcontactmoment_read": ("get", "/klantcontactmomenten/{uuid}", ETAG + ONE, {"200", "404"}),
    "klantcontactmoment_delete": ("delete", "/klantcontactmomenten/{uuid}", ONE, {"204", "404"}),
    "objectcontactmoment_list": (
        "get",
        "/objectcontactmomenten",
        ["object", "contactmoment", "objectType", "page"],
        {"200", "400", "404"},
    ),
    "objectcontactmoment_create": ("post", "/objectcontactmomenten", BODY, {"201", "400"}),
    "objectcontactmoment_read": (
        "get",
        "/objectcontactmomenten/{uuid}",
        ETAG + ONE,
        {"200", "404"},
    ),
    "objectcontactmoment_delete": (
        "delete",
        "/objectcontactmomenten/{uuid}",
        ONE,
        {"204", "400", "404"},
    ),
}
SCOPES = {
    "list": "contactmomenten.lezen",
    "read": "contactmomenten.lezen",
    "create": "contactmomenten.aanmaken",
    "update": "contactmomenten.bijwerken",
    "delete": "contactmomenten.verwijderen",
}


@pytest.fixture(scope="module")
def document(api: Api) -> JsonObject:
    """Give the served document, read by nobody."""
    response = api.as_client(None).get(JSON)
    assert response.status_code == 200
    content: JsonObject = response.json()
    return content


def resolve(document: JsonObject, node: JsonObject) -> JsonObject:
    """Follow a reference inside the document."""
    while "$ref" in node:
        target: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def schema(document: JsonObject, name: str) -> JsonObject:
    found: JsonObject = document["components"]["schemas"][name]
    return found


def check_headers(response: httpx.Response) -> None:
    found = {
        name: response.headers.get(name)
        for name in ("x-oas-version", "api-version", "vary", "cache-control", "allow")
    }
    assert found == {
        "x-oas-version": "3.0.0",
        "api-version": "1.0.0",
        "vary": "Accept, Cookie, Authorization",
        "cache-control": "max-age=0, no-cache, no-store, must-revalidate",
        "allow": "GET, HEAD, OPTIONS",
    }


@pytest.mark.parametrize(
    ("path", "media_type"),
    [(YAML, "application/yaml; charset=utf-8"), (JSON, "application/json; charset=utf-8")],
)
def test_a_document_with_its_headers(api: Api, path: str, media_type: str) -> None:
    response = api.as_client(None).get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    check_headers(response)


@pytest.mark.parametrize("path", [YAML, JSON])
@pytest.mark.parametrize("query", ["?v=3", "?v=2", "?v=x", "?v=", "?onbekend=1"])
def test_parameters_are_ignored(api: Api, path: str, query: str) -> None:
    nobody = api.as_client(None)
    assert nobody.get(f"{path}{query}").content == nobody.get(path).content


@pytest.mark.parametrize("path", [YAML, JSON])
def test_head_has_the_headers_of_get(api: Api, path: str) -> None:
    nobody = api.as_client(None)
    head, get = nobody.raw("HEAD", path), nobody.raw("GET", path)
    assert (head.status_code, head.content) == (200, b"")
    check_headers(head)
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize(
    ("path", "accept"),
    [(YAML, "text/html"), (JSON, "text/html"), (YAML, "application/json"), (YAML, "image/png")],
)
def test_an_accept_that_does_not_match_is_refused(api: Api, path: str, accept: str) -> None:
    response = api.as_client(None).get(path, {"Accept": accept})
    expect.problem(response, expect.NOT_ACCEPTABLE)


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        (YAML, "*/*"),
        (JSON, "*/*"),
        (YAML, "application/*"),
        (JSON, "application/json"),
        (YAML, "application/yaml"),
        (JSON, "text/html, */*;q=0.1"),
    ],
)
def test_an_accept_that_matches(api: Api, path: str, accept: str) -> None:
    response = api.as_client(None).get(path, {"Accept": accept})
    assert response.status_code == 200


@pytest.mark.parametrize("path", [YAML, JSON])
def test_without_accept(api: Api, path: str) -> None:
    assert api.as_client(None).raw("GET", path).status_code == 200


@pytest.mark.parametrize("path", [YAML, JSON])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_it_can_only_be_read(api: Api, path: str, method: str) -> None:
    response = api.as_client(None).request(method, path)
    detail = f'Methode "{method}" niet toegestaan.'
    expect.problem(response, expect.METHOD, detail=detail)
    expect.headers(response, expect.TRAIL)


def test_a_page_for_people_reads_the_document(api: Api) -> None:
    response = api.as_client(None).get("/schema/", {"Accept": "text/html"})
    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == "text/html"


def test_without_the_final_slash_it_redirects(api: Api) -> None:
    response = api.as_client(None).get("/schema")
    assert response.status_code == 301
    target = httpx.URL(f"{api.root}/schema").join(response.headers["location"])
    assert str(target) == f"{api.root}/schema/"


@pytest.mark.parametrize("name", ["openapi.json", "openapi.yaml"])
def test_the_place_of_the_later_standard_is_the_same_or_not_there(api: Api, name: str) -> None:
    nobody = api.as_client(None)
    response = nobody.get(f"/{name}")
    if response.status_code == 200:
        assert response.content == nobody.get(f"/schema/{name}").content
    else:
        expect.not_found(response)


def test_yaml_and_json_say_the_same(api: Api, document: JsonObject) -> None:
    yaml = pytest.importorskip("yaml")
    assert yaml.safe_load(api.as_client(None).get(YAML).text) == document


def test_the_server_is_the_root_of_the_request(api: Api, document: JsonObject) -> None:
    assert [server["url"] for server in document["servers"]] == [api.root]
    headers = {"Host": "inway.example.nl"}
    other = api.as_client(None).get(JSON, headers).json()
    assert [server["url"] for server in other["servers"]] == ["http://inway.example.nl/api/v1"]


def test_it_is_oas_3_0_0_of_version_1_0_0(document: JsonObject) -> None:
    assert document["openapi"] == "3.0.0"
    assert document["info"]["version"] == "1.0.0"
    assert document["info"]["title"] == "Contactmomenten API"


def test_it_has_exactly_the_sixteen_operations(document: JsonObject) -> None:
    found = {
        operation["operationId"]: (method, path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
    }
    assert found == {name: facts[:2] for name, facts in OPERATIONS.items()}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_the_parameters_of_the_standard(document: JsonObject, name: str) -> None:
    method, path, parameters, _ = OPERATIONS[name]
    item = document["paths"][path]
    nodes = item[method].get("parameters", []) + item.get("parameters", [])
    assert sorted(resolve(document, node)["name"] for node in nodes) == sorted(parameters)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_the_statuses_of_the_standard(document: JsonObject, name: str) -> None:
    method, path, _, statuses = OPERATIONS[name]
    assert set(document["paths"][path][method]["responses"]) == statuses | COMMON


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_names_its_scope(document: JsonObject, name: str) -> None:
    method, path, _, _ = OPERATIONS[name]
    kind = name.rsplit("_", 1)[1]
    scope = "audittrails.lezen" if name.startswith("audit") else SCOPES[kind]
    assert document["paths"][path][method]["security"] == [{"JWT-Claims": [scope]}]


@pytest.mark.parametrize(
    ("name", "keys", "required"),
    [
        ("ContactMoment", CONTACTMOMENT_KEYS, ["bronorganisatie"]),
        ("Medewerker", MEDEWERKER_KEYS, []),
        ("KlantContactMoment", KLANT_KEYS, ["contactmoment", "klant", "rol"]),
        ("ObjectContactMoment", OBJECT_KEYS, ["contactmoment", "object", "objectType"]),
        (
            "AuditTrail",
            AUDIT_KEYS,
            [
                "bron",
                "actie",
                "resultaat",
                "hoofdObject",
                "resource",
                "resourceUrl",
                "resourceWeergave",
                "wijzigingen",
            ],
        ),
        ("Wijzigingen", ["oud", "nieuw"], []),
        (
            "Fout",
            ["type", "code", "title", "status", "detail", "instance"],
            ["code", "title", "status", "detail", "instance"],
        ),
        (
            "ValidatieFout",
            ["type", "code", "title", "status", "detail", "instance", "invalidParams"],
            ["code", "title", "status", "detail", "instance", "invalidParams"],
        ),
        ("FieldValidationError", ["name", "code", "reason"], ["name", "code", "reason"]),
    ],
)
def test_a_schema_has_its_properties(
    document: JsonObject, name: str, keys: list[str], required: list[str]
) -> None:
    found = schema(document, name)
    assert list(found["properties"]) == keys
    assert found.get("required", []) == required


LENGTHS = {
    "ContactMoment": {
        "url": 1000,
        "vorigContactmoment": 1000,
        "volgendContactmoment": 1000,
        "bronorganisatie": 9,
        "kanaal": 50,
        "voorkeurskanaal": 50,
        "voorkeurstaal": 3,
        "medewerker": 1000,
    },
    "Medewerker": {
        "identificatie": 24,
        "achternaam": 200,
        "voorletters": 20,
        "voorvoegselAchternaam": 10,
    },
    "KlantContactMoment": {"url": 1000, "contactmoment": 1000, "klant": 1000},
    "ObjectContactMoment": {"url": 1000, "contactmoment": 1000, "object": 1000},
    "AuditTrail": {
        "applicatieId": 100,
        "applicatieWeergave": 200,
        "gebruikersId": 255,
        "gebruikersWeergave": 255,
        "actie": 50,
        "actieWeergave": 200,
        "hoofdObject": 1000,
        "resource": 50,
        "resourceUrl": 1000,
        "resourceWeergave": 200,
    },
}


@pytest.mark.parametrize("name", LENGTHS)
def test_a_schema_has_its_lengths(document: JsonObject, name: str) -> None:
    found = {
        key: node["maxLength"]
        for key, node in schema(document, name)["properties"].items()
        if "maxLength" in node
    }
    assert found == LENGTHS[name]


def test_initiatiefnemer_may_be_empty(document: JsonObject) -> None:
    """D-29."""
    node = resolve(document, schema(document, "ContactMoment")["properties"]["initiatiefnemer"])
    assert sorted(node["enum"]) == ["", "gemeente", "klant"]


def test_both_sides_of_a_change_may_be_null(document: JsonObject) -> None:
    """D-29."""
    for node in schema(document, "Wijzigingen")["properties"].values():
        assert node["nullable"] is True


def test_what_may_be_null_is_declared_so(document: JsonObject) -> None:
    properties = schema(document, "ContactMoment")["properties"]
    nullable = {
        name for name, node in properties.items() if resolve(document, node).get("nullable")
    }
    assert nullable == {"vorigContactmoment", "volgendContactmoment", "medewerkerIdentificatie"}


def test_errors_are_problem_documents(document: JsonObject) -> None:
    for item in document["paths"].values():
        for method, operation in item.items():
            if method == "parameters":
                continue
            for status, node in operation["responses"].items():
                if status >= "400":
                    assert list(resolve(document, node)["content"]) == ["application/problem+json"]
