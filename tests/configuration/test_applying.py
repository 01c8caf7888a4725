"""Bringing the database in line: what changes, what stays, and that twice is once."""

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest

from contactmomenten.configuration import (
    Change,
    Configuration,
    ConfigurationError,
    apply_configuration,
    read_configuration,
)
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.secrets import SecretBox
from tests.configuration.helpers import (
    EXAMPLE,
    EXAMPLE_VARIABLES,
    OTHER_UUID,
    UUID,
    Read,
    applicaties,
    credentials,
    notifications,
    service,
    services,
)

# Five of them, so that each test may take what it needs.
A, B, C, D, E = (letter * 32 for letter in "abcde")


class Database:
    """Applies texts and tells what changed."""

    def __init__(self, connection: asyncpg.Connection, box: SecretBox, read: Read) -> None:
        self.connection = connection
        self.box = box
        self._read = read

    async def apply(self, text: str, *, dry_run: bool = False) -> list[str]:
        wanted = self._read(text)
        changes = await apply_configuration(self.connection, self.box, wanted, dry_run=dry_run)
        return [str(change) for change in changes]

    async def contents(self) -> dict[str, list[asyncpg.Record]]:
        tables = ("client_secret", "applicatie", "service", "instelling", "configuratie")
        return {
            table: await self.connection.fetch(f"SELECT t.*::text FROM {table} t ORDER BY 1")
            for table in tables
        }

    async def secrets(self, client: str) -> dict[int, str]:
        rows = await self.connection.fetch(
            "SELECT nummer, secret FROM client_secret WHERE client_id = $1", client
        )
        place = f"client_secret:{client}"
        return {row["nummer"]: self.box.decrypt(row["secret"], place=place) for row in rows}

    async def version(self) -> int:
        version: int = await self.connection.fetchval("SELECT versie FROM configuratie")
        return version


@pytest.fixture
def database(connection: asyncpg.Connection, box: SecretBox, read: Read) -> Database:
    return Database(connection, box, read)


@pytest.fixture
def example(tmp_path: Path) -> Configuration:
    (tmp_path / "kcc").write_text("k" * 40)
    return read_configuration(EXAMPLE, {**EXAMPLE_VARIABLES, "SECRETS_DIR": str(tmp_path)})


async def test_the_example_is_applied_once(
    connection: asyncpg.Connection, box: SecretBox, database: Database, example: Configuration
) -> None:
    changes = await apply_configuration(connection, box, example)
    assert {change.kind for change in changes} == {"add"}
    assert [str(change) for change in changes] == [
        "+ client secret  kcc (1 of 1)",
        "+ client secret  portaal (1 of 2)",
        "+ client secret  portaal (2 of 2)",
        "+ client secret  notificaties (1 of 1)",
        "+ application    Klantcontactcentrum: all rights",
        "+ application    Portaal: contactmomenten.aanmaken, contactmomenten.lezen",
        "+ application    Notificaties API: notificaties.publiceren",
        "+ service        notificaties-api: https://notificaties.example.nl/api/v1/",
        "+ service        autorisaties-api: https://autorisaties.example.nl/api/v1/",
        "+ service        klanten-api: https://klanten.example.nl/klanten/api/v1/",
        "+ service        producten-api: https://producten.example.nl/api/v1/",
        "+ notifications  notificaties-api",
        "+ autorisaties   autorisaties-api",
    ]
    before = await database.contents()
    assert await apply_configuration(connection, box, example) == []
    assert await database.contents() == before
    assert await database.version() == 1


async def test_a_dry_run_tells_the_same_and_writes_nothing(
    connection: asyncpg.Connection, box: SecretBox, database: Database, example: Configuration
) -> None:
    before = await database.contents()
    planned = await apply_configuration(connection, box, example, dry_run=True)
    assert await database.contents() == before
    assert await apply_configuration(connection, box, example) == planned


async def test_what_is_stored_is_what_was_written(
    connection: asyncpg.Connection, box: SecretBox, example: Configuration
) -> None:
    await apply_configuration(connection, box, example)
    row = await connection.fetchrow("SELECT * FROM service WHERE identifier = 'klanten-api'")
    assert row is not None
    header = box.decrypt(row["header_value"], place="service:klanten-api:header_value")
    assert header == f"Token {EXAMPLE_VARIABLES['KLANTEN_API_TOKEN']}"
    assert (row["secret"], row["header_key"], row["auth_type"]) == (
        None,
        "Authorization",
        "api_key",
    )
    row = await connection.fetchrow("SELECT * FROM service WHERE identifier = 'notificaties-api'")
    assert row is not None
    secret = box.decrypt(row["secret"], place="service:notificaties-api:secret")
    assert secret == EXAMPLE_VARIABLES["NOTIFICATIES_API_SECRET"]
    assert (row["header_value"], row["user_representation"]) == (None, "Contactmomenten")
    row = await connection.fetchrow(
        "SELECT client_ids, autorisaties::text FROM applicatie WHERE label = 'Portaal'"
    )
    assert row is not None
    assert row["client_ids"] == ["portaal"]
    assert row["autorisaties"] == (
        '[{"component":"cmc","scopes":["contactmomenten.lezen","contactmomenten.aanmaken"]}]'
    )
    rows = await connection.fetch("SELECT naam, waarde::text FROM instelling")
    settings = {row["naam"]: row["waarde"] for row in rows}
    assert settings == {
        "notifications_config": '{"notifications_api_service_identifier":"notificaties-api",'
        '"notification_delivery_max_retries":5,"notification_delivery_retry_backoff":3,'
        '"notification_delivery_retry_backoff_max":48}',
        "autorisaties_config": '{"autorisaties_api_service_identifier":"autorisaties-api"}',
    }


async def test_a_secret_is_rotated_without_an_interruption(database: Database) -> None:
    await database.apply(credentials(("a", A)))
    assert await database.apply(credentials(("a", B), ("a", A))) == ["+ client secret  a (2 of 2)"]
    assert await database.secrets("a") == {1: A, 2: B}
    assert await database.apply(credentials(("a", B))) == ["- client secret  a (1 of 2)"]
    assert await database.secrets("a") == {2: B}
    assert await database.apply(credentials(("a", C), ("a", B))) == ["+ client secret  a (1 of 2)"]
    assert await database.secrets("a") == {1: C, 2: B}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([A], [B], ["~ client secret  a (1 of 1): replaced"]),
        ([A, B], [B, A], []),
        ([A, B], [C, B], ["~ client secret  a (1 of 2): replaced"]),
        ([A, B], [C, A], ["~ client secret  a (2 of 2): replaced"]),
        (
            [A, B],
            [C, D],
            ["~ client secret  a (1 of 2): replaced", "~ client secret  a (2 of 2): replaced"],
        ),
        (
            [A, B],
            [C],
            ["~ client secret  a (1 of 1): replaced", "- client secret  a (2 of 2)"],
        ),
        (
            [A],
            [B, C],
            ["~ client secret  a (1 of 2): replaced", "+ client secret  a (2 of 2)"],
        ),
        ([A, B], [], ["- client secret  a (1 of 2)", "- client secret  a (2 of 2)"]),
    ],
)
async def test_secrets_change_as_told(
    database: Database, before: list[str], after: list[str], told: list[str]
) -> None:
    await database.apply(credentials(*(("a", secret) for secret in before)))
    text = credentials(*(("a", secret) for secret in after))
    assert await database.apply(text) == told
    assert sorted((await database.secrets("a")).values()) == sorted(after)
    assert await database.apply(text) == []


async def test_a_client_that_is_no_longer_listed_loses_its_secrets(database: Database) -> None:
    await database.apply(credentials(("a", A), ("b", B), ("b", C)))
    assert await database.apply(credentials(("a", A))) == [
        "- client secret  b (1 of 2)",
        "- client secret  b (2 of 2)",
    ]


async def test_a_block_that_is_off_leaves_all_as_it_is(database: Database) -> None:
    await database.apply(credentials(("a", A)) + services(service("s")))
    text = credentials().replace("true", "false") + services(service("s"))
    assert await database.apply(text) == []
    assert await database.secrets("a") == {1: A}


def _applicatie(uuid: str = UUID, label: str = "Portal", **more: str) -> str:
    keys = {"client_ids": "[a]", **more}
    rest = ", ".join(f"{key}: {value}" for key, value in keys.items())
    return f"uuid: {uuid}, label: {label}, {rest}"


async def test_changes_of_an_application_are_told_in_full(database: Database) -> None:
    lezen = "[{component: cmc, scopes: [contactmomenten.lezen]}, {component: zrc, scopes: [a]}]"
    await database.apply(
        applicaties(_applicatie(autorisaties=lezen), _applicatie(OTHER_UUID, "Other"))
    )
    aanmaken = "[{component: cmc, scopes: [contactmomenten.lezen, contactmomenten.aanmaken]}]"
    assert await database.apply(
        applicaties(_applicatie(client_ids="[b, c]", label="Portaal", autorisaties=aanmaken))
    ) == [
        (
            "~ application    Portaal: label was Portal; clients + b, + c, - a; "
            "scopes + contactmomenten.aanmaken, - zrc: a"
        ),
        "- application    Other",
    ]
    assert await database.apply(
        applicaties(
            _applicatie(client_ids="[b, c]", label="Portaal", heeft_alle_autorisaties="true")
        )
    ) == [
        (
            "~ application    Portaal: all rights; "
            "scopes - contactmomenten.aanmaken, - contactmomenten.lezen"
        )
    ]
    assert await database.apply(applicaties(_applicatie(client_ids="[b, c]", label="Portaal"))) == [
        "~ application    Portaal: no longer all rights"
    ]
    assert await database.version() == 4


async def test_the_order_of_lists_is_no_change(database: Database) -> None:
    one = "[{component: cmc, scopes: [a, b]}, {component: zrc, scopes: [c]}]"
    other = "[{component: zrc, scopes: [c]}, {component: cmc, scopes: [b]}, "
    await database.apply(applicaties(_applicatie(client_ids="[a, b]", autorisaties=one)))
    again = _applicatie(
        client_ids="[b, a]", autorisaties=f"{other}{{component: cmc, scopes: [a]}}]"
    )
    assert await database.apply(applicaties(again)) == []


async def test_changes_of_a_service_are_told_without_its_secrets(database: Database) -> None:
    zgw = {"auth_type": "zgw", "client_id": "me", "secret": "one"}
    await database.apply(services(service("s", **zgw)))
    assert await database.apply(services(service("s", **{**zgw, "secret": "two"}))) == [
        "~ service        s: secret replaced"
    ]
    key = {"auth_type": "api_key", "header_key": "X", "header_value": "v", "api_type": "kc"}
    assert await database.apply(services(service("s", "https://s.nl/", **key))) == [
        (
            "~ service        s: api_root was https://s.example.nl/, now https://s.nl/; "
            "api_type was orc, now kc; auth_type was zgw, now api_key; "
            "client_id was me, now empty; secret removed; "
            "header_key was empty, now X; header_value set"
        )
    ]


async def test_two_services_may_swap_their_roots(database: Database) -> None:
    await database.apply(services(service("a", "https://a/"), service("b", "https://b/")))
    swapped = services(service("a", "https://b/"), service("b", "https://a/"))
    assert len(await database.apply(swapped)) == 2
    renamed = services(service("c", "https://b/"), service("b", "https://a/"))
    assert await database.apply(renamed) == [
        "+ service        c: https://b/",
        "- service        a",
    ]
    assert await database.apply(renamed) == []


async def test_settings_change_and_are_withdrawn(database: Database) -> None:
    both = services(service("s", api_type="nrc"), service("t", api_type="nrc"))
    assert await database.apply(notifications("")) == []
    await database.apply(both + notifications("s"))
    assert await database.apply(notifications("t", notification_delivery_max_retries=0)) == [
        (
            "~ notifications  t: notifications_api_service_identifier was s, now t; "
            "notification_delivery_max_retries was 5, now 0"
        )
    ]
    assert await database.apply(notifications("")) == ["- notifications  t"]
    assert await database.apply(notifications("")) == []


async def test_a_service_may_have_been_stored_earlier(database: Database) -> None:
    await database.apply(services(service("s")))
    assert await database.apply(notifications("s")) == ["+ notifications  s"]


async def test_a_service_that_is_nowhere_is_refused(database: Database, tmp_path: Path) -> None:
    before = await database.contents()
    with pytest.raises(ConfigurationError) as caught:
        await database.apply(credentials(("a", A)) + notifications("none"))
    assert str(caught.value) == (
        f"{tmp_path}/test.yaml:4: notifications_config.notifications_api_service_identifier: "
        "there is no service `none`, neither here nor stored"
    )
    assert await database.contents() == before


async def test_a_service_that_a_stored_block_names_must_stay(
    database: Database, tmp_path: Path
) -> None:
    await database.apply(services(service("s")) + notifications("s"))
    with pytest.raises(ConfigurationError) as caught:
        await database.apply(services(service("t")))
    assert str(caught.value) == (
        f"{tmp_path}/test.yaml:2: zgw_consumers.services: "
        "the service `s` must stay: the stored notifications_config names it"
    )


async def test_secrets_of_another_key_are_overwritten(
    connection: asyncpg.Connection, database: Database, read: Read
) -> None:
    text = credentials(("a", A), ("a", B)) + services(
        service("s", auth_type="zgw", client_id="me", secret=C)
    )
    await database.apply(text)
    database.box = SecretBox("another key")
    assert await database.apply(text) == [
        "~ client secret  a (1 of 2): replaced; the stored one was encrypted with another key",
        "~ client secret  a (2 of 2): replaced; the stored one was encrypted with another key",
        "~ service        s: secret replaced; the stored one was encrypted with another key",
    ]
    assert await database.secrets("a") == {1: A, 2: B}
    assert await database.apply(text) == []


async def test_a_secret_that_was_moved_to_another_client_is_overwritten(
    connection: asyncpg.Connection, database: Database
) -> None:
    await database.apply(credentials(("a", A), ("b", B)))
    await connection.execute(
        "UPDATE client_secret SET secret = (SELECT secret FROM client_secret WHERE client_id = 'a')"
    )
    assert len(await database.apply(credentials(("a", A), ("b", B)))) == 1
    assert await database.secrets("b") == {1: B}


async def test_a_run_that_fails_changes_nothing(
    connection: asyncpg.Connection, database: Database
) -> None:
    await database.apply(credentials(("a", A)))
    before = await database.contents()
    await connection.execute("ALTER TABLE service ADD CHECK (identifier <> 's')")
    with pytest.raises(asyncpg.CheckViolationError):
        await database.apply(credentials(("a", B)) + services(service("s")))
    assert await database.contents() == before


async def test_a_connection_that_decodes_json_itself_is_no_problem(
    connection: asyncpg.Connection, box: SecretBox, example: Configuration
) -> None:
    await connection.set_type_codec(
        "json", schema="pg_catalog", encoder=json.dumps, decoder=json.loads
    )
    assert await apply_configuration(connection, box, example) != []
    assert await apply_configuration(connection, box, example) == []


async def test_two_runs_at_a_time_do_not_mix(
    info: ConnectionInfo, box: SecretBox, database: Database, read: Read
) -> None:
    others = [await asyncpg.connect(**info.connect_args()) for _ in range(4)]
    texts = [credentials(("a", A), ("b", B)), credentials(("a", C), ("c", D))] * 2
    try:
        all_changes: list[list[Change]] = await asyncio.gather(
            *(
                apply_configuration(other, box, read(text))
                for other, text in zip(others, texts, strict=True)
            )
        )
    finally:
        for other in others:
            await other.close()
    assert await database.version() == sum(1 for changes in all_changes if changes)
    stored = {client: await database.secrets(client) for client in "abc"}
    assert stored in ({"a": {1: A}, "b": {1: B}, "c": {}}, {"a": {1: C}, "b": {}, "c": {1: D}})
