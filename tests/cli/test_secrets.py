"""``secrets rotate``, and what a wrong key comes to; on an embedded database also with kill -9."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contactmomenten.autorisaties.tokens import make_token
from contactmomenten.cli import cli
from contactmomenten.keys import Keys, read_key_file, write_key_file
from contactmomenten.settings import without_settings
from tests import proof
from tests.cli.running import (
    CLIENT,
    OTHER_SECRET,
    SECRET,
    SECRET_KEY,
    Run,
    configuration,
    free_port,
    program,
)
from tests.cli.test_help import commands
from tests.waiting import until

NEW_KEY = "the next key of the tests of the command line"

_CLIENTS = 300


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "configuration.yaml"
    path.write_text(configuration(SECRET, OTHER_SECRET))
    return path


def test_keys_change_over_step_by_step(run: Run, file: Path) -> None:
    run.good("configure", str(file))
    both = {"SECRET_KEY": NEW_KEY, "SECRET_KEY_PREVIOUS": SECRET_KEY}
    # Both keys are known before anything changes, and either order works.
    assert run.good("configure", str(file), **both) == "The configuration is as it was.\n"
    told = run.good("secrets", "rotate", **both)
    # Two secrets of a client, and what shows that a key is the right one.
    assert told == (
        "Encrypted 3 values with SECRET_KEY. SECRET_KEY_PREVIOUS is not needed any more.\n"
    )
    assert "already. SECRET_KEY_PREVIOUS is not" in run.good("secrets", "rotate", **both)
    told = run.good("configure", str(file), SECRET_KEY=NEW_KEY)
    assert told == "The configuration is as it was.\n"
    assert "Error: SECRET_KEY is not the key" in run.bad("configure", str(file))


def test_keys_may_come_from_files(run: Run, file: Path, tmp_path: Path) -> None:
    run.good("configure", str(file))
    (tmp_path / "new").write_text(f"{NEW_KEY}\n")
    (tmp_path / "old").write_text(f"{SECRET_KEY}\n")
    names = {
        "SECRET_KEY_FILE": str(tmp_path / "new"),
        "SECRET_KEY_PREVIOUS_FILE": str(tmp_path / "old"),
    }
    run.runner.env.pop("SECRET_KEY")  # type: ignore[attr-defined]
    assert "Encrypted 3 values" in run.good("secrets", "rotate", **names)
    assert "as it was" in run.good("configure", str(file), SECRET_KEY=NEW_KEY)


def test_without_another_key_it_says_what_to_do(run: Run, file: Path) -> None:
    run.good("configure", str(file))
    told = run.good("secrets", "rotate")
    assert "set the new key as SECRET_KEY and the present one as SECRET_KEY_PREVIOUS" in told


def test_with_two_wrong_keys_it_is_refused(run: Run, file: Path) -> None:
    run.good("configure", str(file))
    told = run.bad("secrets", "rotate", SECRET_KEY="a", SECRET_KEY_PREVIOUS="b")
    assert told.startswith("Error: SECRET_KEY is not the key")


_ARGUMENTS = {
    ("token",): [CLIENT],
    ("explain-token",): ["x"],
    ("subscribe-autorisaties",): [CLIENT],
    ("notifications", "retry"): ["1"],
    ("notifications", "skip"): ["1", "--yes"],
}
# `audit verify` opens no secret, so that somebody else than the operator can run it; `check` tells
# it as one finding among others (test_checking.py). A copy has the secrets as they are; what the
# key must open there is tested with it (test_backup.py).
_COPYING = {("backup",), ("restore",), ("move",)}
_WITHOUT_KEY = {(), ("version",), ("audit",), ("audit", "verify"), ("check",), *_COPYING}
_WITH_KEY = [path for path in commands(cli) if path not in _WITHOUT_KEY]
_GROUPS = {path[:-1] for path in _WITH_KEY if len(path) > 1}


@pytest.mark.parametrize("path", [path for path in _WITH_KEY if path not in _GROUPS], ids=" ".join)
def test_a_wrong_key_is_a_clear_error_of_every_command(
    run: Run, file: Path, path: tuple[str, ...]
) -> None:
    run.good("configure", str(file))
    arguments = _ARGUMENTS.get(path, [])
    if path == ("configure",):
        arguments = [str(file)]
    elif path == ("serve",):
        arguments = ["--port", str(free_port())]
    told = run.bad(*path, *arguments, SECRET_KEY="a wrong key")
    assert told.startswith("Error: SECRET_KEY is not the key with which the secrets in this data")
    assert "SECRET_KEY_PREVIOUS and run `contactmomenten secrets rotate`" in told
    assert "a wrong key" not in told


def _many(path: Path) -> None:
    """Write a configuration with so many clients that their rotation takes a while."""
    text = configuration(SECRET)
    items = ", ".join(
        f'{{"identifier": "c{number}", "secret": "{OTHER_SECRET}{number}"}}'
        for number in range(_CLIENTS)
    )
    path.write_text(text.replace('"items": [', f'"items": [{items}, ', 1))


@pytest.mark.proof
def test_a_rotation_may_be_killed_at_any_point_while_servers_go_on(
    short_folder: Path, tmp_path: Path
) -> None:
    rounds, seed = proof.amount(short=4, long=300), random.randrange(2**32)  # noqa: S311
    dice = random.Random(seed)  # noqa: S311 (repeatable)
    data, file = short_folder / "data", tmp_path / "many.yaml"
    key_file = data / "secret.key"
    _many(file)
    token = make_token(CLIENT, SECRET)
    rotate = [sys.executable, "-m", "contactmomenten", "secrets", "rotate", "--data-dir", str(data)]
    env = without_settings(os.environ)
    refused = killed = two_keys = 0
    keys: set[str] = set()
    options = ("--config", str(file), "--workers", "2", "--data-dir", str(data))
    with program("serve", *options) as running:
        assert running.ready(), running.said()
        begun = time.monotonic()
        subprocess.run(rotate, env=env, check=True, capture_output=True)
        usual = time.monotonic() - begun
        for _ in range(rounds):
            process = subprocess.Popen(
                rotate, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            if read_key_file(key_file).previous:  # one that was broken off is to be finished
                time.sleep(usual * dice.uniform(0.5, 1.05))
            else:
                until(lambda: bool(read_key_file(key_file).previous))
                time.sleep(dice.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
            held = read_key_file(key_file)
            keys.add(held.current)
            two_keys += bool(held.previous)
            refused += len(running.statuses(token, 4) - {200})
        done = subprocess.run(rotate, env=env, check=True, capture_output=True, text=True)
        assert "with a new key, which is in the data folder." in done.stdout
        last = read_key_file(key_file)
        assert last.previous == ""
        assert [path.name for path in data.glob("secret.key*")] == ["secret.key"]
        # A worker that starts now, and one that reads a new configuration, know the last key.
        for child in running.family:
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(child, signal.SIGKILL)
                break
        _many(file)
        file.write_text(file.read_text().replace('"Portaal"', '"Ander label"'))
        configure = [sys.executable, "-m", "contactmomenten", "configure", str(file)]
        told = subprocess.run(
            [*configure, "--data-dir", str(data)],
            env=env,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        time.sleep(1)
        refused += len(running.statuses(token) - {200})
        # Nothing but the label: every secret still opens and is what it was.
        assert told == "~ application    Ander label: label was Portaal\n"
    proof.record(
        "Rotation of the key, killed",
        seed=seed,
        rotations=rounds,
        killed=killed,
        found_with_two_keys=two_keys,
        requests_refused=refused,
        secrets_lost=0,
    )
    assert killed
    assert refused == 0
    write_key_file(key_file, Keys("not the key"))
    wrong = subprocess.run(
        [*rotate[:3], "migrate", "--data-dir", str(data)],
        env=env, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert wrong.returncode == 1
    assert "Error: SECRET_KEY is not the key" in wrong.stderr
