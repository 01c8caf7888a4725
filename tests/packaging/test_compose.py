"""compose.yaml: that it is what Compose accepts, and that its parts work."""

import asyncio
import os
import re
import runpy
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from contactmomenten import __version__
from contactmomenten.configuration import read_configuration
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.embedded.binaries import installed
from contactmomenten.settings import MIGRATION, Settings
from tests.databases import Cluster, connected

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "deploy/compose"
TEXT = (REPOSITORY / "compose.yaml").read_text()

ENDS = {"secrets", "migrate"}


def filled_in(environ: Mapping[str, str]) -> str:
    """Return the file with its variables filled in, as Compose does."""
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda it: environ.get(it[1]) or it[2], TEXT)


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, Any]] = yaml.safe_load(filled_in({}))["services"]
    return content


def mounted(service: dict[str, Any]) -> dict[str, str]:
    """Return what is mounted where, with `:ro` when it cannot be written."""
    pairs = (it.partition(":") for it in service.get("volumes", []))
    return {source: target for source, _, target in pairs}


def test_it_is_what_compose_accepts() -> None:
    whole = yaml.safe_load(filled_in({}))  # which merges what is shared
    PyCompose.from_yaml(yaml.safe_dump(whole)).validate()
    whole["services"]["api"]["stop_grace_periods"] = "45s"
    with pytest.raises(ValueError, match="stop_grace_periods"):
        PyCompose.from_yaml(yaml.safe_dump(whole))


def test_one_after_the_other(services: dict[str, dict[str, Any]]) -> None:
    after = {
        name: {other: it["condition"] for other, it in service.get("depends_on", {}).items()}
        for name, service in services.items()
    }
    done, healthy = "service_completed_successfully", "service_healthy"
    assert after == {
        "secrets": {},
        "database": {"secrets": done},
        "migrate": {"database": healthy},
        "api": {"migrate": done},
        "worker": {"migrate": done},
    }


def test_nothing_may_more_than_it_needs(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "/tmp" in service["tmpfs"]  # noqa: S108 (in a container)
        assert "privileged" not in service
        if name != "database":
            assert "cap_add" not in service
        if name != "secrets":
            assert "user" not in service  # the one of the image
            assert all(it.endswith(":ro") for it in mounted(service).values() if "secrets" in it)
    assert services["secrets"]["network_mode"] == "none"


def test_what_goes_on_is_looked_at_and_started_again(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        check = service["healthcheck"]
        if name in ENDS:
            assert check == {"disable": True}
            assert "restart" not in service
        else:
            assert check["test"][0] == "CMD"  # not CMD-SHELL
            assert service["restart"] == "unless-stopped"


def test_only_this_machine_gets_at_the_api_and_nobody_at_the_database(
    services: dict[str, dict[str, Any]],
) -> None:
    ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert ports == {"api": ["127.0.0.1:8000:8000"]}


def test_only_the_migration_gets_what_the_owner_has(services: dict[str, dict[str, Any]]) -> None:
    known = {name.upper() for name in Settings.__struct_fields__}
    for name in ("migrate", "api", "worker"):
        names = {it.removesuffix("_FILE") for it in services[name]["environment"]}
        assert names <= known
        assert bool(names & set(MIGRATION)) == (name == "migrate")
        assert ("owner-secrets" in mounted(services[name])) == (name == "migrate")


def test_the_image_is_that_of_this_version(services: dict[str, dict[str, Any]]) -> None:
    images = {name: service["image"] for name, service in services.items()}
    del images["database"]
    assert set(images.values()) == {f"contactmomenten:{__version__}"}
    assert services["api"]["build"]["dockerfile"] == "Containerfile"


def test_every_file_that_is_mounted_exists(services: dict[str, dict[str, Any]]) -> None:
    sources = {source for service in services.values() for source in mounted(service)}
    volumes = set(yaml.safe_load(TEXT)["volumes"])
    files = sources - volumes
    assert volumes <= sources
    assert len(files) == 3
    assert all((REPOSITORY / file).is_file() for file in files)


def made_in(folder: Path) -> dict[str, str]:
    """Run make_secrets.py with its folders below `folder`; return what is in its files."""
    text = (FOLDER / "make_secrets.py").read_text()
    script = folder / "script.py"
    script.write_text(text.replace('"/run/', f'"{folder}/'))
    for name in ("secrets", "owner-secrets"):
        (folder / name).mkdir(exist_ok=True)
    runpy.run_path(str(script))
    return {it.name: it.read_text() for it in folder.glob("*secrets/*")}


def test_secrets_are_made_once(tmp_path: Path, services: dict[str, dict[str, Any]]) -> None:
    first = made_in(tmp_path)
    assert len(set(first.values())) == 5
    assert min(map(len, first.values())) > 40
    (tmp_path / "secrets/demo_client_secret").unlink()
    second = made_in(tmp_path)
    assert second.keys() == first.keys()
    assert {name for name in first if first[name] != second[name]} == {"demo_client_secret"}
    asked = {
        Path(value).name
        for service in services.values()
        for name, value in service.get("environment", {}).items()
        if name.endswith("_FILE")
    }
    assert first.keys() - asked == {"demo_client_secret"}


def test_nobody_would_import_the_script_instead_of_the_library() -> None:
    # It runs from a folder that Python looks in first.
    assert secrets.__name__ not in {it.stem for it in FOLDER.glob("*.py")}


def test_the_configuration_can_be_applied(tmp_path: Path) -> None:
    made = made_in(tmp_path)
    file = tmp_path / "configuration.yaml"
    text = (FOLDER / "configuration.yaml").read_text()
    file.write_text(text.replace("/run/", f"{tmp_path}/"))
    assert not read_configuration(file, {}).warnings
    assert len(made["demo_client_secret"]) > 40


async def test_the_roles_are_those_of_the_manual(
    cluster: Cluster, info: ConnectionInfo, tmp_path: Path
) -> None:
    made_in(tmp_path)
    text = (FOLDER / "roles.sql").read_text().replace("/run/", f"{tmp_path}/")
    # In the server of all tests, names of its own.
    suffix = info.database
    owner, serving = f"contactmomenten_owner_{suffix}", f"contactmomenten_{suffix}"
    file = tmp_path / "roles.sql"
    file.write_text(re.sub(r"\b(contactmomenten(_owner)?)\b", rf"\1_{suffix}", text))
    try:
        await asyncio.to_thread(_run_as_superuser, file, cluster.info)
        async with connected(replace(cluster.info, database=serving)) as connection:
            roles = await connection.fetch(
                "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolcanlogin, "
                "has_database_privilege(rolname, current_database(), 'CREATE') FROM pg_roles "
                "WHERE rolname = ANY($1) ORDER BY rolname",
                [owner, serving],
            )
        assert [tuple(role) for role in roles] == [
            (owner, False, False, False, True, True),
            (serving, False, False, False, True, False),
        ]
    finally:
        await cluster.admin(f"DROP DATABASE IF EXISTS {serving}")
        await cluster.admin(f"DROP ROLE IF EXISTS {serving}")
        await cluster.admin(f"DROP ROLE IF EXISTS {owner}")


def _run_as_superuser(file: Path, superuser: ConnectionInfo) -> None:
    """Run `file` as the image of PostgreSQL does."""
    command = [installed().program("psql"), "--no-psqlrc", "--set", "ON_ERROR_STOP=1"]
    command += ["--host", superuser.host, "--username", superuser.user]
    command += ["--dbname", superuser.database, "--quiet", "--file", str(file)]
    environ = os.environ | {"PGPASSWORD": superuser.password or ""}
    subprocess.run(command, check=True, env=environ)
