"""Requests that are answered together: each has its own outcome, and nobody else's."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contactmomenten.contactmomenten import rules
from contactmomenten.contactmomenten.queries import text_array
from contactmomenten.database.pool import Connection, Database
from tests.application import MOMENT, ROOT, Api, api_on, uuid_of
from tests.waiting import locks_are_waited_for

MANY = 100
REFUSED = "geweigerd"

on_one_database = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None
)

# What PostgreSQL and JSON can hold; blanks around a text are not kept.
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)
urls = st.builds("https://example.nl/{}".format, st.text(st.characters(categories=["L", "P", "N"])))


async def refuse(connection: Connection) -> None:
    """Have the database refuse contactmomenten with a certain text."""
    await connection.execute(
        f"ALTER TABLE contactmoment ADD CONSTRAINT geweigerd CHECK (tekst <> '{REFUSED}')"
    )


async def stored(connection: Connection, sql: str) -> set[UUID]:
    return {row[0] for row in await connection.fetch(sql)}


async def test_many_reads_at_once_each_get_their_own_answer(api: Api) -> None:
    made = [await api.moment(tekst=f"nummer {number}") for number in range(10)]
    asked = [moment["url"] for moment in made for _ in range(MANY // 20)]
    asked += [f"{ROOT}/contactmomenten/{uuid4()}" for _ in range(MANY // 4)]
    asked += [f"{ROOT}/contactmomenten/geen-uuid-{number}" for number in range(MANY // 4)]
    answers = await asyncio.gather(*(api.send("GET", url) for url in asked))
    by_url = {moment["url"]: moment for moment in made}
    for url, answer in zip(asked, answers, strict=True):
        if url in by_url:
            assert (answer.status_code, answer.json()) == (200, by_url[url])
        else:
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    instances = [answer.json()["instance"] for answer in answers if answer.status_code == 404]
    assert len(set(instances)) == len(instances) == MANY // 2


async def test_many_creates_at_once_of_which_some_fail_leave_the_others_whole(
    api: Api, connection: Connection
) -> None:
    await refuse(connection)
    bodies: list[dict[str, Any]] = [
        {**MOMENT, "tekst": REFUSED if number % 9 == 0 else f"nummer {number}"}
        for number in range(MANY)
    ]
    bodies[5]["bronorganisatie"] = "123"
    answers = await asyncio.gather(*(api.send("POST", "contactmomenten", body) for body in bodies))
    for number, (body, answer) in enumerate(zip(bodies, answers, strict=True)):
        expected = 500 if body["tekst"] == REFUSED else 400 if number == 5 else 201
        assert answer.status_code == expected
        if expected == 201:
            assert answer.json()["tekst"] == body["tekst"]
    made = {uuid_of(answer.json()["url"]) for answer in answers if answer.status_code == 201}
    assert len(made) == MANY - 12 - 1
    assert await stored(connection, "SELECT uuid FROM contactmoment") == made
    assert await stored(connection, "SELECT contactmoment FROM audittrail") == made
    assert await stored(connection, "SELECT contactmoment FROM notificatie") == made
    for table in ("audittrail", "notificatie"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == len(made)


async def test_a_create_among_others_has_the_line_of_a_create_alone(
    api: Api, connection: Connection
) -> None:
    reasons = {f"reden {number}": f"nummer {number}" for number in range(20)}
    answers = await asyncio.gather(
        *(
            api.send(
                "POST", "contactmomenten", {**MOMENT, "tekst": tekst}, {"x-audit-toelichting": why}
            )
            for why, tekst in reasons.items()
        )
    )
    for why, answer in zip(reasons, answers, strict=True):
        moment = answer.json()
        line = (await api.trail(moment["url"]))[0]
        assert line["toelichting"] == why
        assert line["hoofdObject"] == line["resourceUrl"] == moment["url"]
        assert (line["actie"], line["resultaat"], line["resource"]) == (
            "create",
            201,
            "contactmoment",
        )
        assert line["wijzigingen"] == {"oud": None, "nieuw": moment}
    assert await connection.fetchval("SELECT count(*) FROM audittrail") == 20


async def test_a_connection_that_is_cut_gives_each_its_own_503_and_loses_no_201(
    api: Api, connection: Connection
) -> None:
    statuses: list[int] = []
    made: list[str] = []

    async def register() -> None:
        for _ in range(40):
            answer = await api.send("POST", "contactmomenten", MOMENT)
            statuses.append(answer.status_code)
            if answer.status_code == 201:
                made.append(answer.json()["url"])
            elif answer.status_code == 503:
                assert answer.headers["retry-after"] == "1"
                await asyncio.sleep(0.01)

    async def cut() -> None:
        for _ in range(15):
            await asyncio.sleep(0.02)
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    await asyncio.gather(cut(), *(register() for _ in range(20)))
    assert set(statuses) == {201, 503}
    kept = await stored(connection, "SELECT uuid FROM contactmoment")
    assert {uuid_of(url) for url in made} <= kept
    assert await stored(connection, "SELECT contactmoment FROM audittrail") == kept
    assert await stored(connection, "SELECT contactmoment FROM notificatie") == kept
    assert (await api.send("GET", made[-1])).status_code == 200


async def test_reads_that_wait_when_the_connection_is_cut_get_a_503_each(
    api: Api, connection: Connection
) -> None:
    url = (await api.moment())["url"]
    await connection.execute("BEGIN; LOCK TABLE contactmoment")
    reading = [asyncio.create_task(api.send("GET", url)) for _ in range(5)]
    await locks_are_waited_for(connection)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event IS NOT NULL"
    )
    await connection.execute("ROLLBACK")
    answers = await asyncio.gather(*reading)
    # What was under way was cut; what waited for it went after it.
    assert [answer.status_code for answer in answers].count(503) >= 1
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert (await api.send("GET", url)).status_code == 200


async def test_a_client_that_goes_away_takes_nobody_with_it(
    api: Api, connection: Connection
) -> None:
    await connection.execute("BEGIN; LOCK TABLE contactmoment")
    sending = [
        asyncio.create_task(api.send("POST", "contactmomenten", {**MOMENT, "tekst": str(number)}))
        for number in range(10)
    ]
    await asyncio.sleep(0.2)
    for task in sending[::2]:
        task.cancel()
    await connection.execute("ROLLBACK")
    answers = await asyncio.gather(*sending[1::2])
    assert [answer.status_code for answer in answers] == [201] * 5
    assert [answer.json()["tekst"] for answer in answers] == ["1", "3", "5", "7", "9"]


async def test_a_large_contactmoment_goes_alone(api: Api) -> None:
    text = "a" * (rules._LARGE + 1)
    moments = await asyncio.gather(*(api.moment(tekst=text) for _ in range(3)))
    for moment in moments:
        assert await api.get(moment["url"]) == moment


@on_one_database
@given(st.lists(texts))
async def test_an_array_as_text_is_read_as_it_was(database: Database, values: list[str]) -> None:
    read = await database.writer.value("SELECT ($1::text[])[1]::text[]", [text_array(values)])
    assert read == values


@on_one_database
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "tekst": texts,
            "kanaal": texts,
            "onderwerpLinks": st.lists(urls, max_size=4),
            "registratiedatum": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
            "medewerkerIdentificatie": st.fixed_dictionaries(
                {}, optional={"achternaam": texts, "identificatie": texts.map(lambda t: t[:24])}
            ),
        },
    )
)
async def test_what_is_answered_to_a_create_is_what_is_read_byte_for_byte(
    database: Database, properties: dict[str, object]
) -> None:
    async with api_on(database) as api:
        created = await api.send("POST", "contactmomenten", {**MOMENT, **properties})
        assert created.status_code == 201, created.text
        read = await api.send("GET", created.json()["url"])
        assert read.content == created.content
