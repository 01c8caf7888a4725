"""The keys of an installation, and the file in which an embedded one keeps them."""

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from contactmomenten.secrets import SecretBox
from contactmomenten.settings import Settings, read_settings

KEY_FILE: Final = "secret.key"


class KeyFileError(Exception):
    """The file with the key cannot be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The key that encrypts, and the one before it, which opens what is not encrypted anew yet."""

    current: str = field(repr=False)
    previous: str = field(default="", repr=False)

    @property
    def box(self) -> SecretBox:
        """Return what opens the secrets."""
        return SecretBox(self.current, self.previous)


def keys_in(settings: Settings) -> Keys:
    """Return the keys that the settings give."""
    return Keys(settings.secret_key, settings.secret_key_previous)


def keys_now(key_file: Path | None, environ: Mapping[str, str]) -> Keys:
    """Return the keys as they are at this moment; files may have changed since the start.

    Args:
        key_file: where they are kept; None if the settings give them.
        environ: the environment, with the settings.

    Raises:
        KeyFileError: the file cannot be read.
        SettingsError: a setting cannot be.
    """
    return keys_in(read_settings(environ)) if key_file is None else read_key_file(key_file)


def make_key() -> str:
    """Return a new key."""
    return secrets.token_urlsafe(48)


def read_key_file(path: Path) -> Keys:
    """Return the keys in the file: the first line is the key, a second one that before it.

    Raises:
        KeyFileError: it is not there, or empty.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        message = f"The key in {path} cannot be read: {reason}. Put back the one that was there."
        raise KeyFileError(message) from None
    keys = [line for line in lines if line]
    if not keys:
        message = f"The key in {path} is empty. Put back the one that was there."
        raise KeyFileError(message)
    return Keys(*keys[:2])


def write_key_file(path: Path, keys: Keys) -> None:
    """Put `keys` in the file; whoever reads it meanwhile, or after a crash, sees old or new.

    What an attempt that was broken off has left beside it goes: there are keys in it.
    """
    with _beside(path, keys) as name:
        Path(name).replace(path)
    for left in path.parent.glob(f"{path.name}.*"):
        left.unlink(missing_ok=True)
    _sync(path.parent)


def make_key_file(path: Path) -> None:
    """Put a new key in the file, unless it has one."""
    if path.exists():
        return
    with _beside(path, Keys(make_key())) as name, contextlib.suppress(FileExistsError):
        os.link(name, path)
    _sync(path.parent)


@contextlib.contextmanager
def _beside(path: Path, keys: Keys) -> Iterator[str]:
    """Lend a whole file next to `path`; nobody sees a half written one under its own name."""
    with NamedTemporaryFile(
        "w", dir=path.parent, prefix=f"{path.name}.", encoding="utf-8", delete=False
    ) as file:
        try:
            file.write("\n".join(key for key in (keys.current, keys.previous) if key))
            file.flush()
            os.fsync(file.fileno())
            yield file.name
        finally:
            Path(file.name).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make sure that a name in `folder` is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
