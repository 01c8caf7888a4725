"""SQL that every supported PostgreSQL understands, whichever of them runs these tests."""

import ast
import re
from pathlib import Path

import contactmomenten

SOURCE = Path(contactmomenten.__file__).parent

# PostgreSQL 16 was the first to read 1_000 as a number; Python writes such numbers out.
UNDERSCORED = re.compile(r"\b\d+_\d")


def sql_of(file: Path) -> list[str]:
    """Give the SQL of a file; of Python, each text that is a statement or a part of one."""
    text = file.read_text("utf-8")
    if file.suffix == ".sql":
        return [text]
    texts = (
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return [one for one in texts if re.search(r"[A-Z]{4,} |\(", one)]


def test_no_number_has_an_underscore() -> None:
    files = [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.sql")]
    assert len(files) > 100
    wrong = [(file.name, sql) for file in files for sql in sql_of(file) if UNDERSCORED.search(sql)]
    assert wrong == []


def test_a_number_with_an_underscore_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "queries.py"
    file.write_text('LOCK = "SELECT pg_advisory_lock(1_000)"\nNUMBER = 1_000\n', "utf-8")
    assert [UNDERSCORED.search(sql) is not None for sql in sql_of(file)] == [True]
