"""Types and texts that the tests of the configuration share."""

from collections.abc import Callable
from pathlib import Path

from contactmomenten.configuration import Configuration

Read = Callable[..., Configuration]
Lines = Callable[..., list[str]]

PROJECT = Path(__file__).parents[2]
EXAMPLE = PROJECT / "examples/configuration.yaml"
LONG = "x" * 32
UUID = "8a6a1d3c-6e1b-4f0e-9d0a-2f6f0a9b6c11"
OTHER_UUID = "8a6a1d3c-6e1b-4f0e-9d0a-2f6f0a9b6c22"

# The variables of the example, each with a value of its own.
EXAMPLE_VARIABLES = {
    name: f"{name}-{LONG}"
    for name in (
        "PORTAAL_SECRET",
        "PORTAAL_SECRET_NEW",
        "NOTIFICATIES_SECRET",
        "NOTIFICATIES_API_SECRET",
        "AUTORISATIES_API_SECRET",
        "KLANTEN_API_TOKEN",
    )
}


def credentials(*pairs: tuple[str, str]) -> str:
    """Return the block with these identifiers and secrets."""
    items = ", ".join(f"{{identifier: {name}, secret: {secret!r}}}" for name, secret in pairs)
    return (
        "vng_api_common_credentials_config_enable: true\n"
        f"vng_api_common_credentials: {{items: [{items}]}}\n"
    )


def applicaties(*items: str) -> str:
    """Return the block with these items, each as flow YAML without braces."""
    return (
        "vng_api_common_applicaties_config_enable: true\n"
        "vng_api_common_applicaties:\n  items:\n" + "".join(f"    - {{{item}}}\n" for item in items)
        if items
        else "vng_api_common_applicaties_config_enable: true\n"
        "vng_api_common_applicaties: {items: []}\n"
    )


def services(*items: str) -> str:
    """Return the block with these items, each as flow YAML without braces."""
    return (
        "zgw_consumers_config_enable: true\n"
        "zgw_consumers: {services: [" + ", ".join(f"{{{item}}}" for item in items) + "]}\n"
    )


def service(identifier: str, root: str = "", **more: str) -> str:
    """Return one item of `services`."""
    keys = {"auth_type": "no_auth", **more}
    rest = ", ".join(f"{key}: {value}" for key, value in keys.items())
    root = root or f"https://{identifier}.example.nl/"
    return f"identifier: {identifier}, label: {identifier}, api_root: {root!r}, {rest}"


def notifications(identifier: str, **more: int) -> str:
    """Return the block."""
    rest = "".join(f", {key}: {value}" for key, value in more.items())
    return (
        "notifications_config_enable: true\n"
        f"notifications_config: {{notifications_api_service_identifier: '{identifier}'{rest}}}\n"
    )
