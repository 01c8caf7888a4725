"""The headers of a call: our own, the sign-in of a service, and those passed on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contactmomenten.autorisaties.tokens import make_token
from contactmomenten.configuration.model.services import Service

# Which transaction a request belongs to, for FSC, NLX and tracing.
_TRANSACTION: Final = frozenset(
    {
        "fsc-transaction-id",
        "traceparent",
        "tracestate",
        "x-correlation-id",
        "x-nlx-logrecord-id",
        "x-nlx-request-id",
        "x-request-id",
    }
)
_TRACE: Final = frozenset({"traceparent", "tracestate"})
# The rest of NLX tells of the user and the application: for configured services only.
_NLX: Final = "x-nlx-request-"

# Ours to decide, whatever a caller of this package gives.
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "host",
        "proxy-authorization",
        "te",
        "transfer-encoding",
        "upgrade",
    }
)

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[!-~](?:[ -~]{0,1022}[!-~])?")


@dataclass(frozen=True, slots=True)
class Served:
    """The incoming request for which a call is made.

    Attributes:
        request_id: how that request is known in the log.
        passed_on: its transaction headers, see `passed_on`.
    """

    request_id: str
    passed_on: Mapping[str, str]


def passed_on(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """Pick the headers of an incoming request that calls made for it pass on, in lower case.

    One that is empty, overlong or not plain ASCII is left out, as it could be no such id.
    """
    picked = {}
    for raw_name, raw_value in headers.items():
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip(" \t")
        if (name in _TRANSACTION or name.startswith(_NLX)) and _is_header(name, value):
            picked[name] = value
    return picked


def request_headers(
    given: Mapping[str, str],
    served: Served | None,
    sign_in: Service | None,
    trace: Mapping[str, str] | None = None,
    *,
    trusted: bool,
) -> dict[str, str]:
    """Return the headers of a call, by their names in lower case; Host and length are to follow.

    Args:
        given: those that the caller of this package asks for.
        served: the request for which the call is made.
        sign_in: the service whose credentials to show.
        trace: the headers of our own trace, which come instead of those passed on; None when this
            program makes none.
        trusted: whether the call goes to a configured service.

    Raises:
        ValueError: one of `given` is no header.
    """
    headers = {"accept": "application/json", "user-agent": "contactmomenten"}
    if served is not None:
        headers |= {
            name: value
            for name, value in served.passed_on.items()
            if (name.lower() in _TRANSACTION or (trusted and name.lower().startswith(_NLX)))
            and _is_header(name, value)
        }
    if trace is not None:
        headers = {name: value for name, value in headers.items() if name not in _TRACE}
        headers |= trace
    for name, value in given.items():
        if not _is_header(name, value):
            raise ValueError(f"{name!r} is no header, or has no value that one may have.")
        if name.lower() not in _OURS:
            headers[name.lower()] = value
    # No compression: bodies are small, and a small one cannot turn out to be huge.
    headers |= {"accept-encoding": "identity"}
    if sign_in is not None:
        headers |= _credentials(sign_in)
    return {name.lower(): value for name, value in headers.items()}


def _credentials(service: Service) -> dict[str, str]:
    if service.auth_type == "zgw":
        token = make_token(
            service.client_id,
            service.secret,
            user_id=service.user_id,
            user_representation=service.user_representation,
        )
        return {"authorization": f"Bearer {token}"}
    if service.auth_type == "api_key":
        return {service.header_key.lower(): service.header_value.strip()}
    return {}


def _is_header(name: str, value: str) -> bool:
    return bool(_NAME.fullmatch(name) and _VALUE.fullmatch(value))
