"""What the standard takes although its schemas do not say so (behaviour 4.0, 4.1.5 and 6)."""

import json
import re
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from requests import PreparedRequest

_URL: Final = re.compile(r"(?i)(https?|ftps?)://[^\s/?#]+[^\s]*")
_MOMENT: Final = re.compile(r"\d{4}-\d\d?-\d\d?[T ]\d\d?:\d\d?.*")
_FILTERS: Final = {
    "kanaal": re.compile(r"[^\0]+\Z"),
    "voorkeurskanaal": re.compile(r"[^\0]+\Z"),
    "voorkeurstaal": re.compile(r"[^\0]+\Z"),
    "ordering": re.compile(r"(-?[a-z_]+|,)*\Z"),
}
_LISTS: Final = {
    "contactmoment_list": {
        "vorigContactmoment", "volgendContactmoment", "bronorganisatie", "registratiedatum",
        "registratiedatum__gt", "registratiedatum__gte", "registratiedatum__lt",
        "registratiedatum__lte", "kanaal", "voorkeurskanaal", "voorkeurstaal", "initiatiefnemer",
        "medewerker", "ordering", "page",
    },
    "klantcontactmoment_list": {"contactmoment", "klant", "rol", "page"},
    "objectcontactmoment_list": {"object", "contactmoment", "objectType", "page"},
}  # fmt: skip
_LONGEST: Final = {
    "kanaal": 50, "voorkeurskanaal": 50, "voorkeurstaal": 3, "tekst": None, "medewerker": 1000,
    "identificatie": 24, "achternaam": 200, "voorletters": 20, "voorvoegselAchternaam": 10,
}  # fmt: skip
_CHOICES: Final = {
    "initiatiefnemer": {"gemeente", "klant", ""},
    "rol": {"belanghebbende", "gesprekspartner"},
    "objectType": {"zaak"},
}
_REQUIRED: Final = {
    "contactmoment_create": ["bronorganisatie"],
    "contactmoment_update": ["bronorganisatie"],
    "klantcontactmoment_create": ["contactmoment", "klant", "rol"],
    "objectcontactmoment_create": ["contactmoment", "object", "objectType"],
}


def must_be_refused(operation: str, request: PreparedRequest) -> str | None:
    """Return why a request that was accepted ought to have been refused; None if it need not."""
    if operation in _LISTS:
        return _wrong_query(operation, urlsplit(request.url or "").query)
    if operation.endswith(("_create", "_update")):
        body = request.body or b"{}"
        assert isinstance(body, bytes | str)
        return _wrong_body(operation, json.loads(body))
    return None


def _wrong_query(operation: str, query: str) -> str | None:
    values = dict(parse_qsl(query, keep_blank_values=True))
    unknown = set(values) - _LISTS[operation]
    if unknown:
        return f"unknown parameters {unknown}"
    wrong = [name for name, value in values.items() if not _right_filter(name, value.strip())]
    return f"wrong filters {wrong} in {query}" if wrong else None


def _right_filter(name: str, value: str) -> bool:
    if name == "page":
        return value.isdigit() and int(value) > 0
    if not value:
        return name not in {"vorigContactmoment", "volgendContactmoment", "contactmoment"}
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name == "bronorganisatie":
        return is_rsin(value)
    if name in _FILTERS:
        return _FILTERS[name].match(value) is not None
    pattern = _MOMENT if name.startswith("registratiedatum") else _URL
    return pattern.fullmatch(value) is not None


def _wrong_body(operation: str, body: Any) -> str | None:  # noqa: ANN401 (whatever was sent)
    if not isinstance(body, dict):
        return "no object"
    for name in _REQUIRED.get(operation, []):
        if name not in body:
            return f"{name} is missing"
    for name, value in body.items():
        if not _right(name, value):
            return f"{name}: {value!r}"
    if operation == "contactmoment_create" and not (
        body.get("medewerker") or body.get("medewerkerIdentificatie")
    ):
        return "no medewerker"
    return None


def _right(name: str, value: Any) -> bool:  # noqa: ANN401, PLR0911 (whatever was sent; one per kind)
    if name in _CHOICES:
        return isinstance(value, str) and value in _CHOICES[name]
    if name in _LONGEST:
        return _is_text(value, _LONGEST[name]) and (
            name != "medewerker" or not str(value).strip() or _is_url(value)
        )
    if name == "bronorganisatie":
        return _is_text(value, 9) and is_rsin(str(value).strip())
    if name == "registratiedatum":
        return isinstance(value, str) and len(value) > 10
    if name == "onderwerpLinks":
        return isinstance(value, list) and all(map(_is_url, value))
    if name == "medewerkerIdentificatie":
        return value is None or (
            isinstance(value, dict) and all(_right(n, v) for n, v in value.items())
        )
    if name == "vorigContactmoment":
        return value in {None, ""} if not isinstance(value, str) else True
    if name in {"klant", "object"}:
        return _is_url(value)
    return name != "contactmoment" or isinstance(value, str)


def _is_text(value: object, longest: int | None) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    text = str(value).strip()
    return "\0" not in text and (longest is None or len(text) <= longest)


def _is_url(value: object) -> bool:
    return (
        isinstance(value, str)
        and len(value.strip()) <= 1000
        and bool(_URL.fullmatch(value.strip()))
    )


def is_rsin(value: str) -> bool:
    """Tell whether this is nine digits that pass the eleven-test."""
    if not re.fullmatch(r"[0-9]{9}", value):
        return False
    weights = [9, 8, 7, 6, 5, 4, 3, 2, -1]
    return sum(int(d) * w for d, w in zip(value, weights, strict=True)) % 11 == 0
