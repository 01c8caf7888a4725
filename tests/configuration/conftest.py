"""What the tests of the configuration share."""

from pathlib import Path

import pytest

from contactmomenten.configuration import Configuration, ConfigurationError, read_configuration
from contactmomenten.secrets import SecretBox
from tests.configuration.helpers import Lines, Read


@pytest.fixture
def box() -> SecretBox:
    return SecretBox("a key for tests, and for nothing else")


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads YAML, given as text, with the given variables."""

    def read(text: str, **environ: str) -> Configuration:
        path = tmp_path / "test.yaml"
        path.write_text(text)
        return read_configuration(path, environ)

    return read


@pytest.fixture
def errors(read: Read, tmp_path: Path) -> Lines:
    """Return a function that reads wrong YAML and gives the errors, as ``line: path: reason``."""

    def errors(text: str, **environ: str) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            read(text, **environ)
        prefix = f"{tmp_path}/test.yaml:"
        assert all(error.startswith(prefix) for error in caught.value.errors)
        return [error.removeprefix(prefix) for error in caught.value.errors]

    return errors


@pytest.fixture
def warnings(read: Read, tmp_path: Path) -> Lines:
    """Return a function that reads good YAML and gives the warnings, likewise."""

    def warnings(text: str, **environ: str) -> list[str]:
        prefix = f"{tmp_path}/test.yaml:"
        return [warning.removeprefix(prefix) for warning in read(text, **environ).warnings]

    return warnings
