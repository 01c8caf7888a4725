import os
import stat
import threading
from pathlib import Path

import pytest

from contactmomenten.keys import (
    KeyFileError,
    Keys,
    keys_in,
    keys_now,
    make_key,
    make_key_file,
    read_key_file,
    write_key_file,
)
from contactmomenten.settings import Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secret.key"


@pytest.mark.parametrize("keys", [Keys("one"), Keys("two", "one"), Keys("a key with blanks")])
def test_keys_that_are_written_are_read(path: Path, keys: Keys) -> None:
    for _ in range(2):
        write_key_file(path, keys)
        assert read_key_file(path) == keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_is_made_once(path: Path) -> None:
    make_key_file(path)
    made = read_key_file(path)
    make_key_file(path)
    assert read_key_file(path) == made
    assert len(made.current) >= 43
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208 (names)


def test_two_that_make_a_key_at_a_time_get_the_same(path: Path) -> None:
    barrier = threading.Barrier(8)
    seen: set[Keys] = set()

    def make() -> None:
        barrier.wait()
        make_key_file(path)
        seen.add(read_key_file(path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {read_key_file(path)}


def test_who_reads_while_keys_change_sees_old_or_new(path: Path) -> None:
    both = {Keys("one"), Keys("two", "one")}
    write_key_file(path, Keys("one"))
    stopped = threading.Event()

    def change() -> None:
        for _ in range(100):
            for keys in both:
                write_key_file(path, keys)
        stopped.set()

    thread = threading.Thread(target=change)
    thread.start()
    seen = set()
    while not stopped.is_set():
        seen.add(read_key_file(path))
    thread.join()
    assert seen == both


def test_what_a_broken_off_change_left_is_cleaned_up(path: Path) -> None:
    left = path.with_name(f"{path.name}.x1y2")
    left.write_text("a key")
    write_key_file(path, Keys("one"))
    assert not left.exists()


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff"])
def test_a_file_without_a_key_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(KeyFileError, match="Put back the one that was there"):
        read_key_file(path)


def test_a_file_that_is_not_there_is_refused(path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot be read: No such file"):
        read_key_file(path)


def test_the_settings_may_give_both() -> None:
    assert keys_in(Settings(secret_key="b", secret_key_previous="a")) == Keys("b", "a")


def test_files_that_change_are_read_again(path: Path, tmp_path: Path) -> None:
    given = tmp_path / "given"
    environ = {"SECRET_KEY_FILE": str(given), "SECRET_KEY_PREVIOUS": "before"}
    for key in ("one", "two"):
        write_key_file(path, Keys(key))
        given.write_text(f"{key}, given\n")
        assert keys_now(path, environ) == Keys(key)
        assert keys_now(None, environ) == Keys(f"{key}, given", "before")


def test_no_key_is_shown() -> None:
    key = make_key()
    assert key not in repr(Keys(key, key))
    assert make_key() != key
