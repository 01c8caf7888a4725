"""Whether an answer is the expected one, to the letter."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.blackbox.support import expect
from tests.blackbox.support.values import JsonObject

from .asking import Ask, Expected, New
from .program import Answer

_CLASSES = {
    "parse_error": expect.PARSE,
    "permission_denied": expect.FORBIDDEN,
    "not_found": expect.NOT_FOUND,
    "method_not_allowed": expect.METHOD,
    "not_acceptable": expect.NOT_ACCEPTABLE,
    "unsupported_media_type": expect.MEDIA_TYPE,
    "invalid": expect.VALIDATION,
}
_SLACK = timedelta(seconds=30)


def new_in(answer: Answer) -> New:
    """Return what the program chose for a resource that it has made."""
    if answer.status != 201:
        return New()
    content = json.loads(answer.body)
    found = re.search(f"/({expect.UUID4})$", content["url"])
    assert found, content["url"]
    return New(found[1], content.get("registratiedatum", ""))


class Comparer:
    """Compares answers; remembers which tag stands for which representation."""

    def __init__(self) -> None:
        self.tags: dict[str, str] = {}
        self._meanings: dict[str, str] = {}
        self._lines: set[str] = set()

    def compare(self, ask: Ask, answer: Answer, expected: Expected) -> None:
        """Fail unless `answer` is what was expected of `ask`."""
        headers = answer.headers
        assert headers["api-version"] == "1.0.0"
        assert headers.get("allow", "") == expected.allow
        assert headers.get("location", "") == expected.location
        if self._unchanged(ask, expected):
            assert (answer.status, answer.body) == (304, b"")
            self._compare_tag(headers["etag"], as_text(expected.content))
            assert "content-type" not in headers
            return
        assert answer.status == expected.status, answer.body.decode()
        if expected.status == 204:
            assert answer.body == b""
            assert "content-type" not in headers
        elif ask.method == "HEAD":
            assert answer.body == b""
        elif expected.code:
            _compare_problem(ask, json.loads(answer.body), expected)
            assert headers["content-type"] == "application/problem+json"
        else:
            content = json.loads(answer.body)
            self._learn(expected.content, content)
            assert as_text(content) == as_text(expected.content)
            chosen = expected.status == 201 and b"registratiedatum" not in ask.body
            if chosen and "registratiedatum" in content:
                assert_now(content["registratiedatum"])
            assert headers["content-type"] == "application/json"
        if expected.cached:
            self._compare_tag(headers["etag"], as_text(expected.content))
        else:
            assert "etag" not in headers

    def _unchanged(self, ask: Ask, expected: Expected) -> bool:
        if not (expected.cached and ask.if_none_match):
            return False
        tags = [tag.strip().removeprefix("W/") for tag in ask.if_none_match.split(",")]
        return ask.if_none_match == "*" or self.tags.get(as_text(expected.content)) in tags

    def _compare_tag(self, tag: str, text: str) -> None:
        """Fail unless one tag always stands for one representation, and the other way round."""
        assert re.fullmatch(r'"[0-9a-f]+"', tag)
        assert self.tags.setdefault(text, tag) == tag
        assert self._meanings.setdefault(tag, text) == text

    def _learn(self, expected: object, content: object) -> None:
        """Take over the uuid and the moment of lines that are seen for the first time."""
        if not isinstance(expected, list) or not isinstance(content, list):
            return
        before = ""
        for row, found in zip(expected, content, strict=False):
            if row["uuid"] is None:
                assert re.fullmatch(expect.UUID4, found["uuid"])
                assert found["uuid"] not in self._lines
                self._lines.add(found["uuid"])
                assert_now(found["aanmaakdatum"])
                row["uuid"], row["aanmaakdatum"] = found["uuid"], found["aanmaakdatum"]
            padded = row["aanmaakdatum"].replace("Z", "" if "." in row["aanmaakdatum"] else ".0")
            assert padded >= before
            before = padded


def _compare_problem(ask: Ask, content: JsonObject, expected: Expected) -> None:
    kind = _CLASSES[expected.code]
    keys = ["type", "code", "title", "status", "detail", "instance"]
    assert list(content) == (keys if expected.code != "invalid" else [*keys, "invalidParams"])
    assert content["type"] == f"http://{ask.host}/ref/fouten/{kind.name}/"
    assert (content["code"], content["title"]) == (kind.code, kind.title)
    assert content["status"] == expected.status
    assert content["detail"]
    assert expected.detail in {"", content["detail"]}
    found = [tuple(entry.values()) for entry in content.get("invalidParams", [])]
    wanted = [tuple(entry) for entry in expected.entries]
    free = [tuple(entry[:2]) for entry in wanted if not entry[2]]
    assert all(reason for _, _, reason in found)
    assert [(*one[:2], "") if one[:2] in free else one for one in found] == wanted


def assert_now(text: str) -> None:
    """Fail unless `text` is a date-time of just now."""
    assert re.fullmatch(expect.MOMENT_OUT, text)
    assert abs(datetime.fromisoformat(text) - datetime.now(UTC)) < _SLACK


def as_text(content: Any) -> str:  # noqa: ANN401 (JSON)
    """Return JSON as text, in which the order of keys counts."""
    return json.dumps(content)
