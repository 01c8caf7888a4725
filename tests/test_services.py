import asyncio
from collections.abc import AsyncIterator

import pytest

from contactmomenten import services
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection
from contactmomenten.keys import Keys
from contactmomenten.services import Services, open_services, verifier
from contactmomenten.settings import Settings, SettingsError
from tests.waiting import eventually

SETTINGS = Settings(secret_key="key")


def keys() -> Keys:
    return Keys("key")


@pytest.fixture
async def opened(info: ConnectionInfo, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    monkeypatch.setattr(services, "_REFRESH_SECONDS", 0.01)
    opened = await open_services(SETTINGS, info, keys=keys, deliver=False)
    yield opened
    await opened.close()


async def version_becomes(opened: Services, version: int) -> None:
    await eventually(lambda: opened.registry.snapshot.version == version, seconds=2)


def test_a_changed_configuration_is_looked_for_within_half_a_second() -> None:
    assert services._REFRESH_SECONDS <= 0.5


async def test_a_changed_configuration_is_taken_over(
    opened: Services, connection: Connection
) -> None:
    await connection.execute("UPDATE configuratie SET versie = 7")
    await version_becomes(opened, 7)


async def test_it_goes_on_looking_when_looking_fails(
    opened: Services, connection: Connection
) -> None:
    await connection.execute("ALTER TABLE configuratie RENAME TO weg")
    await asyncio.sleep(0.1)
    await connection.execute("ALTER TABLE weg RENAME TO configuratie")
    await connection.execute("UPDATE configuratie SET versie = 8")
    await version_becomes(opened, 8)


@pytest.mark.parametrize("deliver", [True, False])
async def test_closing_leaves_no_task_and_no_connection(
    info: ConnectionInfo,
    connection: Connection,
    deliver: bool,  # noqa: FBT001
) -> None:
    opened = await open_services(SETTINGS, info, keys=keys, deliver=deliver)
    assert (opened.delivering is not None) is deliver
    await opened.close()
    tasks = (opened.refreshing, opened.delivering)
    assert all(task.done() for task in tasks if task is not None)
    ours = "SELECT FROM pg_stat_activity WHERE application_name = 'contactmomenten'"
    none = f"SELECT NOT EXISTS ({ours} AND datname = current_database())"
    await eventually(lambda: connection.fetchval(none), seconds=2)


async def test_a_wrong_setting_is_told(info: ConnectionInfo) -> None:
    with pytest.raises(SettingsError, match="ALLOWED_PRIVATE_NETWORKS"):
        await open_services(Settings(allowed_private_networks="x"), info, keys=keys, deliver=False)


@pytest.mark.parametrize(
    ("setting", "algorithms"),
    [("HS256", ["HS256"]), (" HS256 , HS512", ["HS256", "HS512"])],
)
def test_tokens_are_verified_by_the_settings(setting: str, algorithms: list[str]) -> None:
    made = verifier(Settings(jwt_algorithms=setting, jwt_expiry=5, time_leeway=6))
    assert (made._algorithms, made._expiry, made._leeway) == (algorithms, 5, 6)
