"""The rules that no type can hold: between the keys of a block, and between blocks.

Each looks at values that passed the checks of their types; a key whose value is wrong, or not
looked up, is `Nothing.UNKNOWN` here and is left out of account.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from contactmomenten.configuration.checking import Checked
from contactmomenten.configuration.model import AUTH_NEEDS, AUTH_USES, SCOPES
from contactmomenten.configuration.problems import Problems
from contactmomenten.configuration.references import Nothing

LIVE_SECRETS: Final = 2  # per client: the one in use and the next
SECURE_LENGTH: Final = 32  # characters: as long as the HMAC-SHA256 that a token is signed with

Block = dict[str, Checked]
Blocks = dict[str, Block]  # those that are enabled, by name


def check_rules(blocks: Blocks, problems: Problems) -> None:
    """Check the enabled `blocks`; adds the missing slash to each api_root."""
    _credentials(blocks.get("vng_api_common_credentials", {}), problems)
    _applicaties(blocks, problems)
    _services(blocks.get("zgw_consumers", {}), problems)
    _named_service(blocks, problems, "notifications_config", "notifications", "nrc")
    _named_service(blocks, problems, "autorisaties_config", "autorisaties", "ac")


def _items(block: Checked, path: str, key: str = "items") -> Iterator[tuple[str, Block]]:
    items = block.get(key) if isinstance(block, dict) else None
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield f"{path}.{key}[{index}]", item


def _text(item: Block, key: str) -> str | None:
    value = item.get(key)
    return value if isinstance(value, str) else None


def _texts(value: Checked | None) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


class _Unique:
    """Reports the second of two equal values."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._first: dict[str, str] = {}

    def add(self, value: str | None, path: str, what: str) -> None:
        if value is None:
            return
        first = self._first.setdefault(value, path)
        if first != path:
            line = self._problems.places.line(first)
            self._problems.error(path, f"{what} stands here twice; first at line {line}")


def _credentials(block: Block, problems: Problems) -> None:
    secrets: dict[str, list[str | None]] = {}
    for path, item in _items(block, "vng_api_common_credentials"):
        client, secret = _text(item, "identifier"), _text(item, "secret")
        if client is None:
            continue
        earlier = secrets.setdefault(client, [])
        if len(earlier) == LIVE_SECRETS:
            reason = f"`{client}` stands here a third time; a client has two secrets at most"
            problems.error(f"{path}.identifier", reason)
        elif secret is not None and secret in earlier:
            problems.error(f"{path}.secret", f"`{client}` has this same secret already")
        earlier.append(secret)
        if secret is not None and len(secret) < SECURE_LENGTH:
            problems.warning(
                f"{path}.secret",
                f"the secret of `{client}` is shorter than {SECURE_LENGTH} characters",
            )


def _applicaties(blocks: Blocks, problems: Problems) -> None:
    credentials = blocks.get("vng_api_common_credentials")
    clients = {
        _text(item, "identifier")
        for _, item in _items(credentials or {}, "vng_api_common_credentials")
    }
    uuids = _Unique(problems)
    for path, item in _items(
        blocks.get("vng_api_common_applicaties", {}), "vng_api_common_applicaties"
    ):
        uuid = _text(item, "uuid")
        uuids.add(uuid and uuid.lower(), f"{path}.uuid", "this uuid")
        own = _Unique(problems)
        for index, client in enumerate(_texts(item.get("client_ids"))):
            own.add(client, f"{path}.client_ids[{index}]", f"`{client}`")
            if credentials is not None and client not in clients:
                problems.warning(
                    f"{path}.client_ids[{index}]",
                    f"`{client}` has no secret in vng_api_common_credentials and cannot sign in",
                )
        _rights(item, path, problems)


def _rights(item: Block, path: str, problems: Problems) -> None:
    everything = item.get("heeft_alle_autorisaties", False)
    some = item.get("autorisaties", [])
    if everything is True and isinstance(some, list) and some:
        problems.error(
            f"{path}.autorisaties",
            "must be left out where heeft_alle_autorisaties is true: everything is allowed",
        )
    if everything is False and some == []:
        problems.warning(path, "the application has no rights at all")
    for place, autorisatie in _items(item, path, "autorisaties"):
        if autorisatie.get("component") != "cmc":
            continue
        for index, scope in enumerate(_texts(autorisatie.get("scopes"))):
            if scope not in SCOPES:
                problems.warning(
                    f"{place}.scopes[{index}]", f"`{scope}` is not a scope that this API knows"
                )


def _services(block: Block, problems: Problems) -> None:
    identifiers, roots = _Unique(problems), _Unique(problems)
    for path, item in _items(block, "zgw_consumers", "services"):
        identifier = _text(item, "identifier")
        identifiers.add(identifier, f"{path}.identifier", f"`{identifier}`")
        roots.add(_api_root(item, path, problems), f"{path}.api_root", "this api_root")
        _auth(item, path, problems)


def _api_root(item: Block, path: str, problems: Problems) -> str | None:
    root = _text(item, "api_root")
    if root is None:
        return None
    try:
        parts = urlsplit(root)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        problems.error(f"{path}.api_root", "must be an absolute URL with a valid host and port")
        return None
    if not root.endswith("/"):
        problems.warning(f"{path}.api_root", "must end in a slash, which has been added")
        root += "/"
        item["api_root"] = root
    return root


def _auth(item: Block, path: str, problems: Problems) -> None:
    auth_type = item.get("auth_type", "zgw")
    if not isinstance(auth_type, str):
        return
    for key in AUTH_NEEDS[auth_type]:
        if item.get(key, "") == "":
            problems.error(path, f"auth_type {auth_type} needs a `{key}`")
    unused = {key for keys in AUTH_USES.values() for key in keys} - set(AUTH_USES[auth_type])
    for key in sorted(unused):
        if item.get(key, "") != "":
            problems.warning(f"{path}.{key}", f"is not used where auth_type is {auth_type}")


def _named_service(
    blocks: Blocks, problems: Problems, name: str, prefix: str, api_type: str
) -> None:
    path = f"{name}.{prefix}_api_service_identifier"
    identifier = _text(blocks.get(name, {}), f"{prefix}_api_service_identifier")
    services = blocks.get("zgw_consumers")
    # Without that block the service must have been stored earlier: seen when applying.
    if not identifier or services is None or not isinstance(services.get("services"), list):
        return
    found = [
        item
        for _, item in _items(services, "zgw_consumers", "services")
        if item.get("identifier") in (identifier, Nothing.UNKNOWN)
    ]
    if not found:
        problems.error(path, f"there is no service `{identifier}` in zgw_consumers")
    elif found[0].get("api_type", "orc") not in (api_type, Nothing.UNKNOWN):
        problems.warning(path, f"the api_type of `{identifier}` is not {api_type}")
