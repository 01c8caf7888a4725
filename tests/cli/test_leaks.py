"""What is wrong with settings, arguments or a configuration is told without its secrets."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from contactmomenten.cli import cli
from contactmomenten.settings import Settings
from tests.cli.running import CLIENT, SECRET, Run, configuration, free_port

# `Run` looks for SECRET in everything that a command says.
USER = f"https://u:{SECRET}@h/"


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_REPLICA_URL"])
@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{SECRET}@127.0.0.1:1/d",
        f"mysql://u:{SECRET}@h/d",
        f"postgresql://u:1234/{SECRET}@h/d",
        f"postgresql://u:1234?{SECRET}=x@h/d",
        f"postgresql://u:1234?{SECRET}@h/d",
        f"postgresql://u:1234#{SECRET}@h/d",
        f"postgresql://u:{SECRET}@h:{SECRET}/d",
        f"postgresql://u@h/d?password={SECRET}&sslmode={SECRET}",
        f"postgresql://u@h/d?{SECRET}",
        SECRET,
    ],
)
def test_a_wrong_database(url: str, name: str) -> None:
    # Refused before anything is opened, or there is nothing to connect to.
    run = Run(CliRunner(env={"SECRET_KEY": SECRET}))
    env = {"DATABASE_URL": "postgresql://u@127.0.0.1:1/d"} | {name: url}
    assert run.bad("migrate", **env).startswith("Error: ")


@pytest.mark.parametrize(
    "name",
    ["SITE_DOMAIN", "OUTWAY_REWRITES", "ALLOWED_PRIVATE_NETWORKS", "TRUSTED_PROXIES",
     "EXTRA_VERIFY_CERTS", "LOG_LEVEL", "JWT_ALGORITHMS", "SUBPATH", "DB_PORT"],
)  # fmt: skip
def test_a_url_with_a_password_where_it_does_not_belong(run: Run, name: str) -> None:
    told = run.bad("serve", "--port", str(free_port()), **{name: USER})
    assert name in told
    if name not in {"ALLOWED_PRIVATE_NETWORKS", "TRUSTED_PROXIES"}:
        assert "//***@h/" in told


@pytest.mark.parametrize("pair", [f"{USER}=https://x/", f"https://x/={USER}"])
def test_an_outway_with_a_password(run: Run, pair: str) -> None:
    told = run.bad("serve", "--port", str(free_port()), OUTWAY_REWRITES=pair)
    assert "https://***@h/" in told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"secret": ', '"sekret": '),
        ('"secret": ', '"secret": ['),
        (f'"{SECRET}"', f"{SECRET}: x"),
        (f'"{SECRET}"', f"!{SECRET} x"),
        (f'"{SECRET}"', f"*{SECRET}"),
        (f'"identifier": "{CLIENT}"', f'"identifier": "x", "{SECRET}"'),
        ('"label"', f'"{SECRET}": null, "label"'),
    ],
)
def test_a_wrong_configuration(run: Run, tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "wrong.yaml"
    content = configuration(SECRET)
    assert before in content
    path.write_text(content.replace(before, after, 1))
    assert str(path) in run("configure", str(path)).output


def test_settings_show_which_are_given_and_nothing_secret() -> None:
    settings = Settings(
        secret_key=SECRET,
        secret_key_previous=SECRET,
        database_url=SECRET,
        database_replica_url=SECRET,
        db_password=SECRET,
        site_domain="example.nl",
    )
    assert SECRET not in repr(settings)
    assert "secret_key=***" in repr(settings)
    assert "site_domain='example.nl'" in repr(settings)
    assert repr(Settings()) == "Settings()"


def test_tokens_and_secrets_may_come_by_standard_input(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "configuration.yaml"
    path.write_text(configuration(SECRET))
    run.good("configure", str(path))

    def typed(text: str, *arguments: str) -> str:
        done = run.runner.invoke(cli, arguments, input=text)
        assert done.exit_code == 0, done.output
        assert SECRET not in done.output
        return done.output

    token = typed(f"{SECRET}\n", "token", CLIENT, "--secret", "-").strip()
    assert "The token is genuine" in typed(f"{token}\n", "explain-token", "-")
    assert "The token is genuine" in typed(f"Bearer {token}", "explain-token", "-")


FAULT = """
import sys
text = sys.stdin.read()
from contactmomenten import cli
def broken(*_, **__):
    try:
        raise KeyError(text)
    except KeyError as error:
        raise RuntimeError(text) from error
cli.cli.commands["version"].callback = broken
sys.argv = ["contactmomenten", "version"]
cli.main()
"""


def test_a_fault_in_the_program_is_shown_without_the_text_of_the_error(tmp_path: Path) -> None:
    script = tmp_path / "fault.py"
    script.write_text(FAULT)
    done = subprocess.run(
        [sys.executable, str(script)], input=SECRET, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "This is a fault in the program." in done.stderr
    assert "builtins.KeyError\n" in done.stderr
    assert "builtins.RuntimeError\n" in done.stderr
    assert "in broken" in done.stderr
    assert SECRET not in done.stderr + done.stdout


@pytest.mark.parametrize("limit", ["unlimited", "0", "1"])
def test_what_it_starts_makes_no_core_dump(tmp_path: Path, limit: str) -> None:
    size = resource.RLIM_INFINITY if limit == "unlimited" else int(limit)
    script = (
        "import os, subprocess, sys\n"
        "from contactmomenten.memory import make_no_core_dumps\n"
        "make_no_core_dumps()\n"
        "subprocess.run([sys.executable, '-c', 'import os; os.abort()'])\n"
        "print(open('/proc/self/limits').read())\n"
    )

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (size, size))

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, capture_output=True, text=True, check=True, preexec_fn=limited,
    )  # fmt: skip
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("Max core")]
    expected = "0" if limit == "0" else "1"
    assert line.split()[4:6] == [expected, expected]
    assert os.listdir(tmp_path) == []  # noqa: PTH208 (names)
