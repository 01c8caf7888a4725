"""The page that describes every setting: ``python -m contactmomenten.settings_page``."""

import sys
from collections.abc import Mapping
from typing import Any, Final, get_args, get_type_hints

import msgspec

from contactmomenten.settings import SECRET, Settings

# Each part of the page, by the setting that it begins with.
PARTS: Final[Mapping[str, str]] = {
    "database_url": "Database",
    "secret_key": "Secrets in the database",
    "site_domain": "Addresses",
    "cors_allow_all_origins": "Pages of other sites (CORS)",
    "jwt_expiry": "Tokens",
    "max_body_size": "Limits",
    "outgoing_connect_timeout": "Calls to other APIs",
    "ac_cache_seconds": "Autorisaties API",
    "notifications_disabled": "Notifications",
    "drain_seconds": "Running",
    "log_level": "Logs",
    "otel_sdk_disabled": "Traces",
}

_BEFORE: Final = """# Settings

Every setting is an environment variable. Any of them may be a file instead, secret or not:
`SECRET_KEY_FILE=/run/secrets/key` gives `SECRET_KEY` the content of that file, without the ends of
line after it; with both, `SECRET_KEY` counts. An empty variable counts as none, and a wrong
one stops the program with one line that says what is wrong. Clients, applications and services are
no settings: they are in [the YAML file](../examples/configuration.yaml).

`contactmomenten check` says which settings are wrong or unwise. This page is made from
[the code](../src/contactmomenten/settings.py) by `make docs`.
"""

_TYPES: Final[Mapping[object, str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    bool | None: "true or false",
}
_BOUNDS: Final = {"ge": "from {}", "gt": "more than {}", "le": "up to {}"}
_OPENED: Final = "| setting | type | default | meaning |\n|---|---|---|---|"


def markdown() -> str:
    """Return the page."""
    lines = [_BEFORE]
    kinds = get_type_hints(Settings)
    for field in msgspec.structs.fields(Settings):
        if field.name in PARTS:
            lines += ["", f"## {PARTS[field.name]}", "", _OPENED]
        lines.append(_row(field, kinds[field.name]))
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def _row(field: msgspec.structs.FieldInfo, kind: object) -> str:
    about = next(one for one in get_args(field.type) if isinstance(one, msgspec.Meta))
    limits = [
        text.format(_number(value))
        for name, text in _BOUNDS.items()
        if (value := getattr(about, name)) is not None
    ]
    shown = ", ".join([_TYPES[kind], *limits])
    secret = " **Secret.**" if field.encode_name in SECRET else ""
    meaning = (about.description or "").replace("|", "\\|")
    return f"| `{field.encode_name}` | {shown} | {_default(field.default)} | {meaning}{secret} |"


def _default(value: Any) -> str:  # noqa: ANN401 (of any setting)
    if value in {"", None}:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else _number(value)}`"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.stdout.write(markdown())
