"""Rules that are looked at in what the API answers."""

from collections.abc import Iterable
from typing import Final

from tests.blackbox.support.values import UNKNOWN

from .rule import Subject, rule

# Each header that the rules ask for in every answer, with what it must hold.
_SECURITY: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Content-Type": "json",
    "Strict-Transport-Security": "max-age",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@rule("no-trailing-slash", "No URI ends in a slash, and one that does is not found")
def _slash(subject: Subject) -> Iterable[str]:
    for path in subject.document["paths"]:
        if path.endswith("/"):
            yield path
        asked = path.replace("{contactmoment_uuid}", UNKNOWN).replace("{uuid}", UNKNOWN)
        status = subject.api.get(f"{asked}/").status_code
        if status != 404:
            yield f"{path}/ is answered with {status}"


@rule("http-safety", "GET changes nothing; PUT and DELETE may be sent again")
def _safety(subject: Subject) -> Iterable[str]:
    api = subject.api
    made = api.moment()
    path = made["url"].removeprefix(api.root)
    if api.get(path).content != api.get(path).content or len(api.trail(made)) != 1:
        yield "GET"
    body = api.moment_body()
    once, again = api.put(path, body).json(), api.put(path, body).json()
    if once != again:
        yield "PUT"
    if [api.delete(path).status_code for _ in range(2)] != [204, 404]:
        yield "DELETE"


@rule("http-response-code", "Each answer has the status that says what happened")
def _statuses(subject: Subject) -> Iterable[str]:
    api = subject.api
    made = api.post("/contactmomenten", api.moment_body())
    path = made.json()["url"].removeprefix(api.root)
    missing = f"/contactmomenten/{UNKNOWN}"
    plain = {"Content-Type": "text/plain"}
    found = {
        "created: 201": made,
        "not changed: 304": api.get(path, {"If-None-Match": api.get(path).headers["ETag"]}),
        "deleted: 204": api.delete(path),
        "gone: 404": api.get(path),
        "unknown: 404": api.get(missing),
        "wrong input: 400": api.post("/contactmomenten", {}),
        "another media type asked: 406": api.get(missing, {"Accept": "text/html"}),
        "another media type sent: 415": api.request(
            "POST", "/contactmomenten", content=b"x", headers=plain
        ),
        "another method: 405": api.request("PATCH", "/contactmomenten", {}),
        "without a token: 401": api.as_client(None).get("/contactmomenten"),
    }
    for text, answer in found.items():
        if not text.endswith(str(answer.status_code)):
            yield f"{text}, here {answer.status_code}"


@rule("stateless", "The server keeps no session")
def _stateless(subject: Subject) -> Iterable[str]:
    answers = [subject.api.get("/contactmomenten"), subject.api.get("/openapi.json")]
    return ("a cookie" for answer in answers if "Set-Cookie" in answer.headers)


@rule("version-header", "The full version is in a header of each answer")
def _version(subject: Subject) -> Iterable[str]:
    version = subject.document["info"]["version"]
    for path in ("/contactmomenten", f"/contactmomenten/{UNKNOWN}", "/niets", "/openapi.json"):
        shown = subject.api.get(path).headers.get("API-Version")
        if shown != version:
            yield f"{path}: {shown}"
    for where, response in subject.responses("23"):
        if not {name.lower() for name in response.get("headers", {})} & {"api-version"}:
            yield f"not documented: {where}"


@rule("transport/tls", "All goes over TLS")
def _tls(subject: Subject) -> Iterable[str]:
    return () if subject.api.origin.startswith("https://") else ("the program itself",)


@rule("transport/security-headers", "Each answer has the headers that make a browser careful")
def _headers(subject: Subject) -> Iterable[str]:
    answers = [subject.api.get("/contactmomenten"), subject.api.get(f"/contactmomenten/{UNKNOWN}")]
    for name, wanted in _SECURITY.items():
        if any(wanted not in answer.headers.get(name, "") for answer in answers):
            yield name


@rule("transport/cors", "Only known other origins may call")
def _cors(subject: Subject) -> Iterable[str]:
    answer = subject.api.get("/contactmomenten", {"Origin": "https://elders.example"})
    if answer.headers.get("Access-Control-Allow-Origin") in {"*", "https://elders.example"}:
        yield "every origin"
