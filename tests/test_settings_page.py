from pathlib import Path

import msgspec

from contactmomenten.settings import SECRET, Settings
from contactmomenten.settings_page import PARTS, markdown

PUBLISHED = Path(__file__).parents[1] / "docs/settings.md"


def test_the_page_is_that_of_the_code() -> None:
    assert PUBLISHED.read_text("utf-8") == markdown(), "make docs"


def test_every_setting_has_a_row_and_every_part_a_beginning() -> None:
    names = [field.encode_name for field in msgspec.structs.fields(Settings)]
    rows = [line.split("`")[1] for line in markdown().splitlines() if line.startswith("| `")]
    assert rows == names
    assert {name.upper() for name in PARTS} <= set(names)
    assert names[0].lower() in PARTS


def test_a_secret_is_told_to_be_one_and_has_no_default() -> None:
    rows = {line.split("`")[1]: line for line in markdown().splitlines() if line.startswith("| `")}
    assert {name for name, row in rows.items() if "**Secret.**" in row} == SECRET
    assert all(rows[name].split("|")[3].strip() == "" for name in SECRET)
