"""The collection for Postman, each of its requests sent to the program by a client of our own."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from contactmomenten.app import ROUTES
from contactmomenten.autorisaties.tokens import make_token
from tests.examples.conftest import World

FOLDER: Final = Path(__file__).parents[2] / "examples/postman"
COLLECTION: Final[dict[str, Any]] = json.loads(
    (FOLDER / "contactmomenten.postman_collection.json").read_text("utf-8")
)
OPERATIONS: Final = {
    operation.operation_id: (method, route.path)
    for route in ROUTES
    for method, operation in route.operations.items()
}

_STATUS: Final = re.compile(r"pm\.response\.to\.have\.status\((\d+)\)")
_SET: Final = re.compile(
    r'pm\.collectionVariables\.set\("(?P<name>\w+)", pm\.response\.json\(\)(?P<path>[^)]+)\);'
)


def requests() -> Iterator[dict[str, Any]]:
    """Give the requests in order, out of their folders."""
    for folder in COLLECTION["item"]:
        yield from folder["item"]


def script(item: dict[str, Any]) -> str:
    """Give what is done with the answer to a request."""
    (event,) = item["event"]
    return "\n".join(event["script"]["exec"])


def picked(content: Any, path: str) -> str:  # noqa: ANN401 (any JSON)
    """Follow a path such as `.results[0].url`."""
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        content = content[name] if name else content[int(index)]
    return str(content)


def test_all_operations_are_in_it_once_with_their_method() -> None:
    named = [item for item in requests() if item["name"] in OPERATIONS]
    assert sorted(item["name"] for item in named) == sorted(OPERATIONS)
    assert len(named) == 16
    for item in named:
        assert item["request"]["method"] == OPERATIONS[item["name"]][0]


def test_every_request_gives_what_it_expects(world: World) -> None:
    variables = {one["key"]: one["value"] for one in COLLECTION["variable"]} | {
        "root": world.root,
        "neighbours": world.neighbours,
        "client_id": world.client_id,
        "secret": world.secret,
        "token": make_token(world.client_id, world.secret),
    }

    def filled(text: str) -> str:
        return re.sub(r"{{(\w+)}}", lambda name: variables[name[1]], text)

    with httpx.Client(trust_env=False, timeout=15) as http:
        for item in requests():
            request = item["request"]
            headers = {one["key"]: filled(one["value"]) for one in request["header"]}
            if "auth" not in request:
                (bearer,) = COLLECTION["auth"]["bearer"]
                headers["Authorization"] = f"Bearer {filled(bearer['value'])}"
            answer = http.request(
                request["method"],
                filled(request["url"]),
                headers=headers,
                content=filled(request["body"]["raw"]) if "body" in request else None,
            )
            done = script(item)
            expected = _STATUS.search(done)
            assert expected is not None, item["name"]
            assert answer.status_code == int(expected[1]), (item["name"], answer.text)
            for sets in _SET.finditer(done):
                variables[sets["name"]] = picked(answer.json(), sets["path"])


def test_it_makes_the_token_that_the_program_wants(world: World) -> None:
    """Its script is JavaScript; here it is only looked at for what must be in the token."""
    (event,) = COLLECTION["event"]
    text = "\n".join(event["script"]["exec"])
    assert event["listen"] == "prerequest"
    for part in ("HS256", "HmacSHA256", "iat", "client_id", "user_representation"):
        assert part in text
    with httpx.Client(trust_env=False) as http:
        assert http.get(f"{world.root}/contactmomenten").status_code == 403


def test_no_secret_is_in_it() -> None:
    values = {one["key"]: one["value"] for one in COLLECTION["variable"]}
    assert (values["secret"], values["token"]) == ("", "")


@pytest.mark.parametrize("path", [".url", "[0].uuid", ".results[0].url"])
def test_a_path_is_followed(path: str) -> None:
    content: Any = {"url": "x", "results": [{"url": "x"}]}
    assert picked([{"uuid": "x"}] if path.startswith("[") else content, path) == "x"
