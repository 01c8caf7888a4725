"""Rules that are looked at in the document of the API."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from .rule import Subject, rule

_SEMVER: Final = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")
_KEBAB: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*|\{\w+\}")
_CAMEL: Final = re.compile(r"[a-z][a-z0-9]*([A-Z][a-z0-9]*)*")
_DUTCH: Final = re.compile(r"\b(een|de|het|van|op|met|alle|haal|geef)\b", re.IGNORECASE)
_METHODS: Final = {"get", "post", "put", "patch", "delete"}
_PLACES: Final = {"geometrie", "geometry", "bbox", "coordinates", "crs"}
_SENSITIVE: Final = {"bsn", "burgerservicenummer", "naam", "geboortedatum", "token", "secret"}
_CHANGELOG: Final = Path(__file__).parents[3] / "CHANGELOG.md"


def segments(subject: Subject) -> set[str]:
    """Return the names in the paths."""
    parts = {part for path in subject.document["paths"] for part in path.strip("/").split("/")}
    return {part for part in parts if not part.startswith("{")}


def nodes(node: object) -> Iterator[dict[str, Any]]:
    """Return every object in a document."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from nodes(value)


@rule(
    "naming-resources",
    "Resources are named by nouns",
    "the four names are nouns of the information model",
)
def _nouns(subject: Subject) -> Iterable[str]:
    known = {"contactmomenten", "klantcontactmomenten", "objectcontactmomenten", "audittrail"}
    return (f"new name: {name}" for name in segments(subject) - known)


@rule("naming-collections", "Collections are named in the plural")
def _plural(subject: Subject) -> Iterable[str]:
    for path, method, operation in subject.operations():
        name = path.rpartition("/")[2]
        if method == "get" and not name.startswith("{") and not name.endswith(("en", "s")):
            yield f"{name} ({operation['operationId']})"


@rule(
    "interface-language", "The interface is in Dutch", "the names are those of the Dutch standard"
)
def _dutch_names(subject: Subject) -> Iterable[str]:
    english = {"page", "ordering", "url", "detail", "code", "status", "title", "type", "instance"}
    names = {
        parameter["name"]
        for node in nodes(subject.document)
        for parameter in node.get("parameters", ())
        if parameter.get("in") == "query"
    }
    return sorted(f"query key {name}" for name in names & english)


@rule("path-segments-kebab-case", "Paths are in kebab-case")
def _kebab(subject: Subject) -> Iterable[str]:
    return (name for name in segments(subject) if not _KEBAB.fullmatch(name))


@rule("query-keys-camel-case", "Query keys are in camelCase")
def _camel(subject: Subject) -> Iterable[str]:
    found = {
        parameter["name"]
        for _, _, operation in subject.operations()
        for parameter in operation.get("parameters", ())
        if parameter.get("in") == "query" and not _CAMEL.fullmatch(parameter["name"])
    }
    return sorted(found)


@rule("nested-child", "A resource that only exists within another one is nested below it")
def _nested(subject: Subject) -> Iterable[str]:
    for path, method, operation in subject.operations():
        if method != "post":
            continue
        body = subject.resolved(operation["requestBody"])
        schema = subject.resolved(body["content"]["application/json"]["schema"])
        if "contactmoment" in schema.get("required", ()) and "{" not in path:
            yield path


@rule(
    "resource-operations",
    "What is no resource is modelled as one",
    "there is no such operation in the standard",
)
def _operations(subject: Subject) -> Iterable[str]:
    return (name for name in segments(subject) if name.startswith("_"))


@rule("hide-implementation", "No detail of the implementation shows", "no field is of a technology")
def _hidden(subject: Subject) -> Iterable[str]:
    answer = subject.api.get("/contactmomenten")
    shown = [answer.headers.get("Server", ""), answer.headers.get("X-Powered-By", "")]
    return (text for text in shown if text not in {"", "contactmomenten"})


@rule("doc-openapi", "The API is described by an OpenAPI document (3 or later)")
def _openapi(subject: Subject) -> Iterable[str]:
    if not re.fullmatch(r"3(\.\d+){1,2}", subject.document["openapi"]):
        yield f"openapi {subject.document['openapi']}"
    if not subject.document["paths"]:
        yield "no paths"
    for node in nodes(subject.document):
        if "$ref" in node:
            subject.resolved(node)  # a KeyError is a broken reference


@rule("doc-openapi-contact", "The document says whom to ask")
def _contact(subject: Subject) -> Iterable[str]:
    contact = subject.document["info"].get("contact", {})
    return (f"no contact {name}" for name in ("name", "email", "url") if not contact.get(name))


@rule("doc-language", "The document is in Dutch", "all texts in it were written in Dutch")
def _dutch_document(subject: Subject) -> Iterable[str]:
    for path, method, operation in subject.operations():
        words = f"{operation.get('summary', '')} {operation.get('description', '')}"
        if not _DUTCH.search(words):
            yield f"{method} {path}"


@rule("publish-openapi", "The document is at a place that all know, for everybody")
def _published(subject: Subject) -> Iterable[str]:
    nobody = subject.api.as_client(None)
    origin = {"Origin": "https://elders.example"}
    answer = nobody.get("/openapi.json", origin)
    if answer.status_code != 200 or answer.json() != subject.document:
        yield "openapi.json"
    if answer.headers.get("Access-Control-Allow-Origin") != "*":
        yield "openapi.json for other origins"
    if nobody.get("/openapi.yaml").status_code not in {200, 404}:
        yield "openapi.yaml"


@rule("deprecation-schedule", "What will go is announced", "nothing is deprecated")
def _deprecated(subject: Subject) -> Iterable[str]:
    return (json.dumps(node)[:60] for node in nodes(subject.document) if node.get("deprecated"))


@rule(
    "transition-period",
    "An old major version stays for a while",
    "version 1 is the only one that there ever was",
)
def _transition(subject: Subject) -> Iterable[str]:
    major = subject.document["info"]["version"].split(".")[0]
    return () if major == "1" else (f"version {major} without the one before it",)


@rule("changelog", "Changes of the API are published")
def _changelog(_: Subject) -> Iterable[str]:
    return () if "### For clients" in _CHANGELOG.read_text() else ("no changes for clients",)


@rule("semver", "Versions follow SemVer")
def _semver(subject: Subject) -> Iterable[str]:
    version = subject.document["info"]["version"]
    return () if _SEMVER.fullmatch(version) else (version,)


@rule("uri-version", "The major version, and no more of it, is in the URI")
def _in_uri(subject: Subject) -> Iterable[str]:
    major = subject.document["info"]["version"].split(".")[0]
    urls = [server["url"] for server in subject.document["servers"]]
    return (url for url in urls if f"v{major}" not in url.split("/"))


@rule("error-handling/problem-details", "Errors are problem documents")
def _problems(subject: Subject) -> Iterable[str]:
    for where, response in subject.responses("45"):
        content = response["content"].get("application/problem+json")
        if content is None:
            yield where
        elif (
            not {"status", "title", "detail"}
            <= subject.resolved(content["schema"])["properties"].keys()
        ):
            yield f"{where}: members"


@rule("error-handling/invalid-input", "Wrong input is answered with 400, and documented")
def _invalid(subject: Subject) -> Iterable[str]:
    for path, method, operation in subject.operations():
        asks = operation.get("requestBody") or operation.get("parameters")
        queries = [one for one in operation.get("parameters", ()) if one.get("in") == "query"]
        if "400" not in operation["responses"] and (
            method in {"post", "put", "patch"} or (asks and queries)
        ):
            yield f"{method} {path}"


@rule("date-time/timezone", "Moments have a time zone, and are answered in UTC")
def _time_zone(subject: Subject) -> Iterable[str]:
    formats = {node.get("format") for node in nodes(subject.document)}
    yield from (f"format {name}" for name in ("time", "date-time-local") if name in formats)
    made = subject.api.moment(registratiedatum="2025-06-01T12:00:00+02:00")
    if made["registratiedatum"] != "2025-06-01T10:00:00Z":
        yield f"answered as {made['registratiedatum']}"
    body = subject.api.moment_body(registratiedatum="2025-06-01T12:00:00")
    plain = subject.api.post("/contactmomenten", body)
    if plain.status_code != 400:
        yield "a moment without a time zone is accepted"


@rule("date-time/date-omit-time-portion", "What is a date has no time")
def _dates(subject: Subject) -> Iterable[str]:
    for node in nodes(subject.document):
        for name, schema in node.get("properties", {}).items():
            named = isinstance(schema, dict) and re.search(r"[Dd]at(e|um)$", name)
            if named and schema.get("format") == "date-time":
                yield name


@rule("transport/no-sensitive-uris", "URIs hold nothing that is sensitive")
def _sensitive(subject: Subject) -> Iterable[str]:
    for path, _, operation in subject.operations():
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query" and parameter["name"].lower() in {*_SENSITIVE, "klant"}:
                yield f"{path}?{parameter['name']}="


@rule("geospatial", "Places follow the geospatial module", "there are no places in this API")
def _places(subject: Subject) -> Iterable[str]:
    for node in nodes(subject.document):
        yield from _PLACES & node.get("properties", {}).keys()


@rule("http-methods", "Only the usual methods of HTTP")
def _methods(subject: Subject) -> Iterable[str]:
    for path, method, _ in subject.operations():
        if method not in _METHODS:
            yield f"{method} {path}"
    answer = subject.api.request("PROPFIND", "/contactmomenten")
    if answer.status_code != 405 or "GET" not in answer.headers.get("Allow", ""):
        yield f"PROPFIND is answered with {answer.status_code}"
