"""No secret in an error, a warning, a change or a repr, whatever is wrong with the file."""

import logging
import re
from pathlib import Path

import asyncpg
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from contactmomenten.configuration import (
    ConfigurationError,
    apply_configuration,
    read_configuration,
)
from contactmomenten.secrets import SecretBox
from tests.configuration.helpers import EXAMPLE, EXAMPLE_VARIABLES, Read, services

MARK = "g3h31m"
LINES = EXAMPLE.read_text().splitlines()
# Damage is done around secrets; elsewhere (the name of a file, a scope) a message may quote.
SECRET_LINES = [
    number
    for number, line in enumerate(LINES)
    if re.match(r" .*\b(secret|header_value|value_from):", line)
]


def _variables(folder: Path) -> dict[str, str]:
    (folder / "kcc").write_text(f"{MARK}-kcc")
    return {name: f"{MARK}-{name}" for name in EXAMPLE_VARIABLES} | {"SECRETS_DIR": str(folder)}


def test_a_configuration_shows_no_secret(tmp_path: Path) -> None:
    configuration = read_configuration(EXAMPLE, _variables(tmp_path))
    assert configuration.credentials is not None
    assert MARK in configuration.credentials[0].secret
    shown = f"{configuration!r} {configuration} {pretty_repr(configuration)}"
    assert MARK not in shown + " ".join(configuration.warnings)


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300
)
@given(
    line=st.sampled_from(SECRET_LINES),
    damage=st.sampled_from(
        ("{}'", "'{}", "&{}", "*{}", "!{}", "!{0}!{0}", "- {}", "{}: ", "? {}", "{0}: {0}", "[{}",
         "{{{}}}", "|{}", ">{}", "@{}", "%{}", "`{}", "{}\t:", '"\\{}"', "secret: {}", "secret:{}",
         "secret: !!int {}", "secret: {{{}}}", "secret: [{}]", "identifier: a\n  secret: {}")
    ),
    where=st.sampled_from(("before", "after", "instead", "behind")),
)  # fmt: skip
def test_no_damage_to_a_file_shows_a_secret(
    tmp_path: Path, line: int, damage: str, where: str
) -> None:
    indent = re.match(" *", LINES[line])
    new = (indent[0] if indent else "") + damage.format(MARK)
    changed = {
        "before": [new, LINES[line]],
        "after": [LINES[line], new],
        "instead": [new],
        "behind": [f"{LINES[line]} {damage.format(MARK)}"],
    }[where]
    path = tmp_path / "damaged.yaml"
    path.write_text("\n".join([*LINES[:line], *changed, *LINES[line + 1 :]]))
    try:
        configuration = read_configuration(path, _variables(tmp_path))
        shown = f"{configuration!r} {configuration.warnings}"
    except ConfigurationError as error:
        shown = f"{error} {error!r} {error.__cause__}"
    assert MARK not in shown


async def test_changes_show_no_secret(
    connection: asyncpg.Connection,
    box: SecretBox,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    variables = _variables(tmp_path)
    first = await apply_configuration(connection, box, read_configuration(EXAMPLE, variables))
    changed = {name: f"{value}2" for name, value in variables.items()}
    changed["SECRETS_DIR"] = variables["SECRETS_DIR"]
    second = await apply_configuration(connection, box, read_configuration(EXAMPLE, changed))
    shown = " ".join(map(str, [*first, *second])) + repr(first) + repr(second) + caplog.text
    assert len(second) == 6
    assert MARK not in shown


async def test_secrets_are_not_stored_readably(
    connection: asyncpg.Connection, box: SecretBox, tmp_path: Path
) -> None:
    await apply_configuration(connection, box, read_configuration(EXAMPLE, _variables(tmp_path)))
    for table in ("client_secret", "applicatie", "service", "instelling", "configuratie"):
        for row in await connection.fetch(f"SELECT * FROM {table}"):
            assert MARK not in str(row)
            assert MARK.encode() not in b"".join(v for v in row if isinstance(v, bytes))


def test_the_words_of_a_yaml_error_hold_no_value(read: Read) -> None:
    text = yaml.safe_dump({"a": 1}) + services("identifier: 'a") + f"# {MARK}\n"
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    assert MARK not in str(caught.value)
