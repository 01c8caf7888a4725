from pathlib import Path

import pytest

from contactmomenten.autorisaties.registry import Registry, Snapshot, read_snapshot
from contactmomenten.configuration import apply_configuration, read_configuration
from contactmomenten.database.pool import Connection, Database, Record
from contactmomenten.secrets import SecretBox

KEY = SecretBox("the key of this installation")
LONG = "x" * 32

YAML = """
vng_api_common_credentials_config_enable: true
vng_api_common_credentials:
  items:
    - {identifier: a, secret: old-LONG}
    - {identifier: a, secret: new-LONG}
    - {identifier: b, secret: other-LONG}
vng_api_common_applicaties_config_enable: true
vng_api_common_applicaties:
  items:
    - uuid: 8a6a1d3c-6e1b-4f0e-9d0a-2f6f0a9b6c11
      label: Een
      client_ids: [a, b]
      autorisaties:
        - {component: cmc, scopes: [contactmomenten.lezen, contactmomenten.aanmaken]}
        - {component: cmc, scopes: [audittrails.lezen]}
        - {component: zrc, scopes: [contactmomenten.verwijderen]}
    - uuid: 8a6a1d3c-6e1b-4f0e-9d0a-2f6f0a9b6c22
      label: Twee
      client_ids: [a]
      heeft_alle_autorisaties: true
zgw_consumers_config_enable: true
zgw_consumers:
  services:
    - identifier: nrc
      label: Notificaties
      api_root: https://nrc.example.nl/
      client_id: wij
      secret: service-LONG
notifications_config_enable: true
notifications_config:
  notifications_api_service_identifier: nrc
  notification_delivery_max_retries: 7
""".replace("LONG", LONG)


async def apply(connection: Connection, folder: Path, text: str, box: SecretBox = KEY) -> None:
    path = folder / "configuration.yaml"
    path.write_text(text)
    await apply_configuration(connection, box, read_configuration(path, {}))


@pytest.fixture
async def stored(connection: Connection, tmp_path: Path) -> Connection:
    """Return a connection to a database with the configuration above."""
    await apply(connection, tmp_path, YAML)
    return connection


async def test_an_empty_database_makes_an_empty_snapshot(connection: Connection) -> None:
    snapshot = await read_snapshot(connection.fetch, KEY)
    assert snapshot == Snapshot(0, {}, {}, (), None, None)


async def test_a_snapshot_holds_the_live_secrets_of_each_client(stored: Connection) -> None:
    snapshot = await read_snapshot(stored.fetch, KEY)
    assert set(snapshot.secrets) == {"a", "b"}
    assert sorted(snapshot.secrets["a"]) == [f"new-{LONG}", f"old-{LONG}"]


async def test_only_the_scopes_for_this_component_count(stored: Connection) -> None:
    snapshot = await read_snapshot(stored.fetch, KEY)
    assert [one.label for one in snapshot.applicaties["a"]] == ["Een", "Twee"]
    (een,) = snapshot.applicaties["b"]
    assert een.scopes == {"contactmomenten.lezen", "contactmomenten.aanmaken", "audittrails.lezen"}
    assert not een.heeft_alle_autorisaties
    assert een.uuid == "8a6a1d3c-6e1b-4f0e-9d0a-2f6f0a9b6c11"


async def test_services_are_found_by_name(stored: Connection) -> None:
    snapshot = await read_snapshot(stored.fetch, KEY)
    service = snapshot.service("nrc")
    assert service is not None
    assert (service.api_root, service.secret) == ("https://nrc.example.nl/", f"service-{LONG}")
    assert snapshot.service("ac") is None
    assert snapshot.notifications is not None
    assert snapshot.notifications.notification_delivery_max_retries == 7
    assert snapshot.autorisaties is None


async def test_a_snapshot_shows_no_secret(stored: Connection) -> None:
    assert LONG not in repr(await read_snapshot(stored.fetch, KEY))


async def test_with_another_key_no_secret_is_live(stored: Connection) -> None:
    snapshot = await read_snapshot(stored.fetch, SecretBox("another key"))
    assert snapshot.secrets == {"a": (), "b": ()}
    assert len(snapshot.applicaties) == 2


async def test_one_unreadable_secret_leaves_the_others_live(stored: Connection) -> None:
    wrong = SecretBox("another key").encrypt("x", place="client_secret:a")
    await stored.execute(
        "UPDATE client_secret SET secret = $1 WHERE client_id = 'a' AND nummer = 1", wrong
    )
    snapshot = await read_snapshot(stored.fetch, KEY)
    assert len(snapshot.secrets["a"]) == 1
    assert snapshot.secrets["b"] == (f"other-{LONG}",)


async def test_a_secret_copied_to_another_client_is_worth_nothing(stored: Connection) -> None:
    await stored.execute(
        "UPDATE client_secret SET secret = (SELECT secret FROM client_secret WHERE client_id = 'b')"
        " WHERE client_id = 'a'"
    )
    assert (await read_snapshot(stored.fetch, KEY)).secrets["a"] == ()


async def test_a_refresh_reads_what_has_changed_and_only_then(
    connection: Connection, database: Database, tmp_path: Path
) -> None:
    registry = Registry(lambda: KEY, await read_snapshot(connection.fetch, KEY))
    before = registry.snapshot
    await registry.refresh(database.reader)
    assert registry.snapshot is before
    await apply(connection, tmp_path, YAML)
    await registry.refresh(database.reader)
    assert set(registry.snapshot.secrets) == {"a", "b"}
    await apply(connection, tmp_path, YAML.replace(f"- {{identifier: a, secret: old-{LONG}}}", ""))
    await registry.refresh(database.reader)
    assert registry.snapshot.secrets["a"] == (f"new-{LONG}",)


async def test_a_change_while_reading_is_read_at_the_next_refresh(
    connection: Connection, database: Database, tmp_path: Path
) -> None:
    changed = False

    async def fetch(sql: str) -> list[Record]:
        nonlocal changed
        rows = await database.reader.rows(sql)
        if not changed:
            changed = True
            await apply(connection, tmp_path, YAML)
        return rows

    registry = Registry(lambda: KEY, await read_snapshot(fetch, KEY))
    version = registry.snapshot.version
    await registry.refresh(database.reader)
    assert registry.snapshot.version > version
    assert registry.snapshot == await read_snapshot(connection.fetch, KEY)
