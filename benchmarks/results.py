"""Results on disk: a text to read and a file of raw numbers."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")

FOLDER: Final = Path(__file__).parent / "results"


def write(what: str, markdown: str, raw: object, folder: Path = FOLDER) -> Path:
    """Write a report as <date>-<what>.md and .json; return the first of them."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}-{what}"
    text = folder / f"{name}.md"
    text.write_text(markdown, encoding="utf-8")
    encoded = msgspec.json.format(msgspec.json.encode(raw))
    (folder / f"{name}.json").write_bytes(encoded)
    return text


def read(path: Path, kind: type[T]) -> T:
    """Return the raw numbers in a file that `write` made."""
    return msgspec.json.decode(path.read_bytes(), type=kind)
