import json
import stat
import zipfile
from pathlib import Path

import pytest

from contactmomenten.backup.archive import ArchiveReader, ArchiveWriter, remove_left_over
from contactmomenten.backup.contents import BackupError
from contactmomenten.database.connection import ConnectionInfo
from tests.application import Api
from tests.backup.round import described, fill, write


@pytest.fixture
async def backup(api: Api, info: ConnectionInfo, tmp_path: Path) -> Path:
    await fill(api)
    await write(info, tmp_path / "backup")
    return tmp_path / "backup"


def rewritten(path: Path, name: str, change: object) -> Path:
    """Return a copy in which one file is another."""
    copy = path.with_name("copy")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for entry in old.namelist():
            content = old.read(entry)
            if entry == name and isinstance(change, dict):
                content = json.dumps(json.loads(content) | change).encode()
            elif entry == name:
                content = content.replace(b"belanghebbende", b"gesprekspartner"[:14])
            new.writestr(entry, content)
    return copy


def test_it_is_for_its_owner_only_and_alone_in_its_folder(backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert list(backup.parent.iterdir()) == [backup]


async def test_it_says_what_is_in_it(backup: Path, info: ConnectionInfo) -> None:
    with ArchiveReader.at(backup) as reader:
        reader.check()
        manifest = reader.manifest
    now = await described(info)
    assert manifest.tables == now.tables
    assert manifest.sequences == now.sequences
    assert manifest.rows("contactmoment") == 2
    assert manifest.rows("niet_hier") == 0


def test_half_a_file_is_no_backup(backup: Path) -> None:
    content = backup.read_bytes()
    backup.write_bytes(content[: len(content) * 9 // 10])
    with pytest.raises(BackupError, match="only a part of one"), ArchiveReader.at(backup):
        pass


def test_another_zip_is_no_backup(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme", "")
    with (
        pytest.raises(BackupError, match="no backup of this program"),
        ArchiveReader.at(tmp_path / "other.zip"),
    ):
        pass


def test_a_byte_that_changed_is_found(backup: Path) -> None:
    with zipfile.ZipFile(backup) as archive:
        entry = archive.getinfo("audittrail.copy")
    content = bytearray(backup.read_bytes())
    content[entry.header_offset + 100] ^= 1
    backup.write_bytes(content)
    with ArchiveReader.at(backup) as reader, pytest.raises(BackupError, match="damaged: audit"):
        reader.check()


def test_rows_that_somebody_changed_are_found(backup: Path) -> None:
    copy = rewritten(backup, "klantcontactmoment.copy", None)
    with ArchiveReader.at(copy) as reader, pytest.raises(BackupError, match="klantcontactmoment"):
        reader.check()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"form": 2}, "another version"),
        (
            {"tables": [{"name": "nieuw", "columns": [], "rows": 0, "sha256": ""}]},
            "does not know: {'nieuw'}",
        ),
    ],
)
def test_what_a_newer_version_made_is_refused(
    backup: Path, change: dict[str, object], told: str
) -> None:
    copy = rewritten(backup, "manifest.json", change)
    with pytest.raises(BackupError, match=told), ArchiveReader.at(copy):
        pass


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "there"
    path.write_text("mine")
    with pytest.raises(BackupError, match="already"), ArchiveWriter.at(path):
        pass
    assert path.read_text() == "mine"


def test_what_fails_leaves_nothing_and_what_was_killed_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    with pytest.raises(ZeroDivisionError), ArchiveWriter.at(path):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".backup.half-a1b2").write_text("half")
    (tmp_path / ".backup.gpg").write_text("of somebody else")
    remove_left_over(path)
    assert [file.name for file in tmp_path.iterdir()] == [".backup.gpg"]
