"""A backup as a file: a zip with one file per table, and last of all what it says of itself.

Its table of contents stands at its end, so half a file is no zip. ``unzip -p FILE keten.copy``
shows the rows as COPY of PostgreSQL writes them.
"""

import glob
import os
import zipfile
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final, Self

import msgspec

from contactmomenten.backup.contents import FORM, ORDER, BackupError, Manifest, TableContents
from contactmomenten.backup.reading import Reading

_MANIFEST: Final = "manifest.json"
_PIECE: Final = 2**20  # bytes
# A higher one costs much more time for little less room.
_LEVEL: Final = 3


class ArchiveWriter:
    """Makes a backup file."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Write to `archive`; see `at`."""
        self._zip = archive

    @classmethod
    @contextmanager
    def at(cls, path: Path) -> Iterator[Self]:
        """Lend a writer whose file gets its name when all is in it and on the disk.

        Raises:
            BackupError: there is a file of that name.
            OSError: the file cannot be written.
        """
        if path.exists():
            raise BackupError(f"There is a file {path} already.")
        # For its owner only: personal data.
        with NamedTemporaryFile(
            "wb", dir=path.absolute().parent, prefix=_half(path), delete=False
        ) as file:
            try:
                with zipfile.ZipFile(
                    file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL
                ) as archive:
                    yield cls(archive)
                file.flush()
                os.fsync(file.fileno())
                os.link(file.name, path)  # refuses a name that came meanwhile
            finally:
                Path(file.name).unlink(missing_ok=True)
        folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    async def write(self, reading: Reading) -> Manifest:
        """Write all tables of a view, and return what the backup says of itself."""
        tables = []
        for table in reading.columns:
            with self._zip.open(f"{table}.copy", "w", force_zip64=True) as file:

                async def sink(piece: bytes) -> None:
                    file.write(piece)

                tables.append(await reading.write(table, sink))
        manifest = await reading.manifest(tuple(tables))
        self._zip.writestr(_MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        return manifest


class ArchiveReader:
    """Reads a backup file."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        """Read from `archive`; see `at`."""
        self._zip = archive
        self.manifest = manifest

    @classmethod
    @contextmanager
    def at(cls, path: Path) -> Iterator[Self]:
        """Lend a reader of the file.

        Raises:
            BackupError: it is no backup, or not a whole one, or of a newer form.
            OSError: it cannot be read.
        """
        damaged = f"{path} is no backup of this program, or only a part of one."
        try:
            archive = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            raise BackupError(damaged) from None
        with archive:
            try:
                manifest = msgspec.json.decode(archive.read(_MANIFEST), type=Manifest)
            except (KeyError, zipfile.BadZipFile, zlib.error, msgspec.MsgspecError):
                raise BackupError(damaged) from None
            if manifest.form != FORM:
                raise BackupError(f"{path} is of another version of this program: use that one.")
            if unknown := {table.name for table in manifest.tables} - ORDER.keys():
                raise BackupError(f"{path} has tables that this version does not know: {unknown}.")
            yield cls(archive, manifest)

    def check(self) -> None:
        """Read everything once.

        Raises:
            BackupError: it is not as it was written.
        """
        for table in self.manifest.tables:
            digest = sha256()
            for piece in self._read(table):
                digest.update(piece)
            if digest.hexdigest() != table.sha256:
                raise BackupError(f"The backup is damaged: {table.name} is not as it was written.")

    async def pieces(self, table: str) -> AsyncIterator[bytes]:
        """Yield the rows of a table, as COPY takes them."""
        for piece in self._read(next(one for one in self.manifest.tables if one.name == table)):
            yield piece

    def _read(self, table: TableContents) -> Iterator[bytes]:
        try:
            with self._zip.open(f"{table.name}.copy") as file:
                while piece := file.read(_PIECE):
                    yield piece
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError):
            raise BackupError(f"The backup is damaged: {table.name} cannot be read.") from None


def remove_left_over(path: Path) -> None:
    """Remove what earlier attempts to write this file have left, when they were killed."""
    for left in path.absolute().parent.glob(f"{glob.escape(_half(path))}*"):
        with suppress(OSError):
            left.unlink()


def _half(path: Path) -> str:
    """Return how the name of a file begins that is to become `path`."""
    return f".{path.name}.half-"
