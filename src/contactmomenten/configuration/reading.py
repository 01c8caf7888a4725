"""From a file to a checked configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import msgspec
from msgspec import UNSET

from contactmomenten.configuration import document
from contactmomenten.configuration.checking import Checker
from contactmomenten.configuration.document import read_document
from contactmomenten.configuration.model import (
    BLOCKS,
    Applicatie,
    Autorisaties,
    Credential,
    Document,
    Notifications,
    Service,
)
from contactmomenten.configuration.problems import Places, Problems
from contactmomenten.configuration.references import Nothing, References
from contactmomenten.configuration.rules import Blocks, check_rules

if TYPE_CHECKING:
    from msgspec.inspect import StructType

_FIELDS: Final = cast("StructType", msgspec.inspect.type_info(Document)).fields
_TYPES: Final = {field.encode_name: field.type for field in _FIELDS}


@dataclass(frozen=True)
class Configuration:
    """What a file demands; None for a kind whose block is not enabled: leave it as it is."""

    credentials: tuple[Credential, ...] | None
    applicaties: tuple[Applicatie, ...] | None
    services: tuple[Service, ...] | None
    notifications: Notifications | None
    autorisaties: Autorisaties | None
    warnings: tuple[str, ...]
    places: Places = field(repr=False, compare=False)


def read_configuration(path: Path, environ: Mapping[str, str]) -> Configuration:
    """Read and check the file at `path`; its variables come from `environ`.

    Raises:
        ConfigurationError: the file is not there or wrong; names everything that is wrong.
    """
    problems = Problems(str(path))
    root = read_document(path, problems)
    blocks = _blocks(root, problems, environ, path.parent) if root else {}
    check_rules(blocks, problems)
    problems.raise_errors()
    return _configuration(blocks, problems)


def _blocks(
    root: document.Mapping, problems: Problems, environ: Mapping[str, str], folder: Path
) -> Blocks:
    """Check all blocks by their types, and return those that are enabled."""
    enabled_blocks: Blocks = {}
    checker = Checker(problems, References(environ, folder))
    # What a block that is off refers to need not be there; the rest of it must be right.
    checker_of_shape = Checker(problems, References(None, folder))
    checker.keys(_FIELDS, root, "")
    for name, switch in BLOCKS.items():
        on = switch in root.entries and checker.value(_TYPES[switch], root.entries[switch], switch)
        # Where the switch is wrong itself, the block is better checked in full too.
        enabled = on in (True, Nothing.UNKNOWN)
        if name not in root.entries:
            if on is True:
                problems.error(switch, f"is true, but there is no block `{name}`")
            continue
        node = root.entries[name]
        used = checker if enabled else checker_of_shape
        block = used.value(_TYPES[name], node, name)
        problems.place(name, root.key_lines[name])
        if not enabled:
            problems.warning(name, f"is not applied: {switch} is not true")
        elif isinstance(block, dict):
            enabled_blocks[name] = block
    return enabled_blocks


def _configuration(blocks: Blocks, problems: Problems) -> Configuration:
    contents = msgspec.convert(blocks, Document)
    credentials = contents.vng_api_common_credentials
    applicaties = contents.vng_api_common_applicaties
    services = contents.zgw_consumers
    notifications = contents.notifications_config
    autorisaties = contents.autorisaties_config
    return Configuration(
        credentials=None if credentials is UNSET else tuple(credentials.items),
        applicaties=None if applicaties is UNSET else tuple(applicaties.items),
        services=None if services is UNSET else tuple(services.services),
        notifications=None if notifications is UNSET else notifications,
        autorisaties=None if autorisaties is UNSET else autorisaties,
        warnings=problems.warnings,
        places=problems.places,
    )
