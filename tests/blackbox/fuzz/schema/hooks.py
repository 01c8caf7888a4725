"""What schemathesis loads: values for the formats of `document`, and checks of our own."""

import os
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import schemathesis
from hypothesis import strategies as st

from tests.blackbox.fuzz.judging import fault
from tests.blackbox.fuzz.schema.tolerance import must_be_refused
from tests.blackbox.fuzz.wire import Answer

_STANDIN: Final = os.environ.get("FUZZ_STANDIN", "http://localhost")
_MOMENT: Final = os.environ.get("FUZZ_MOMENT", "http://localhost")
_STORED: Final = {"does_not_exist", "unique", "remote-relation-exists"}
_RSINS: Final = ("000000000", "000000012", "423182687", "517439943")


def _below(path: str) -> st.SearchStrategy[str]:
    return st.uuids(version=4).map(lambda uuid: f"{_STANDIN}{path}{uuid}")


_moments = st.datetimes(timezones=st.just(UTC))

for name, strategy in {
    "rsin": st.sampled_from(_RSINS),
    "moment": _moments.map(datetime.isoformat),
    "medewerker": _below("/medewerkers/"),
    "klant": _below("/klanten/api/v1/klanten/"),
    "zaak": _below("/zaken/api/v1/zaken/"),
    "contactmoment": st.just(_MOMENT),
    "web": st.from_regex(r"\Ahttps?://[a-z]{1,20}\.nl(:8[0-9]{3})?(/[A-Za-z0-9]{0,20}){0,3}\Z"),
}.items():
    schemathesis.openapi.format(name, strategy)


@schemathesis.hook
def before_call(
    ctx: schemathesis.HookContext, case: schemathesis.Case[Any], _: dict[str, Any]
) -> None:
    """Relate to somebody new each time: no schema says that a relation exists only once."""
    if isinstance(case.body, dict):
        for name in ("klant", "object"):
            value = case.body.get(name)
            if isinstance(value, str) and value.startswith(_STANDIN):
                case.body[name] = f"{value.rsplit('/', 1)[0]}/{uuid4()}"


@schemathesis.check
def answers_like_all_others(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Expect no 5xx, errors as problem documents, and nothing of our inside."""
    headers = {k.lower().encode(): v[0].encode("latin-1") for k, v in response.headers.items()}
    request = response.request
    asked = f"{request.method} {request.url} {dict(request.headers)}".encode()
    body: Any = request.body or b""
    asked += body if isinstance(body, bytes) else str(body).encode()
    wrong = fault(Answer(response.status_code, headers, response.content), asked)
    assert wrong is None, wrong


@schemathesis.check
def refuses_what_the_standard_refuses(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Expect that what was accepted is right, once what the standard takes too is set right.

    It stands for `negative_data_rejection`, which knows of no such tolerance.
    """
    if response.status_code in {200, 201}:
        wrong = must_be_refused(case.operation.definition.raw["operationId"], response.request)
        assert wrong is None, f"accepted: {wrong}"


@schemathesis.check
def accepts_what_is_right(
    ctx: schemathesis.CheckContext,
    response: schemathesis.Response,
    case: schemathesis.Case[Any],
) -> None:
    """Expect that a right request is refused only for what is stored, or not any more."""
    if case.meta and case.meta.generation.mode.is_positive and response.status_code == 400:
        codes = {entry["code"] for entry in response.json().get("invalidParams", [])}
        assert codes, "a refusal without a reason"
        assert codes <= _STORED, codes
