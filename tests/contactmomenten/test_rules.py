import asyncio

import pytest

from contactmomenten.contactmomenten import rules
from contactmomenten.database.pool import Connection
from contactmomenten.http.problems import Problem
from tests.application import MOMENT, Api, context_of, uuid_of
from tests.contactmomenten.consistency import counts, outbox, wrong_rows, wrongs
from tests.waiting import locks_are_waited_for

VORIG, IDENTIFICATIE = "vorigContactmoment", "medewerkerIdentificatie"
RSIN = {"bronorganisatie": "000000000"}
EMPTY_PERSON = {
    "identificatie": "",
    "achternaam": "",
    "voorletters": "",
    "voorvoegselAchternaam": "",
}
BANG = """
CREATE FUNCTION bang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'bang'; END $$
"""


async def codes(api: Api, method: str, path: str, body: object) -> list[tuple[str, str]]:
    answer = await api.send(method, path, body)
    assert answer.status_code == 400, answer.text
    return [(fault["name"], fault["code"]) for fault in answer.json()["invalidParams"]]


async def test_a_new_contactmoment_has_defaults_and_is_answered_as_it_is_read(api: Api) -> None:
    answer = await api.send("POST", "contactmomenten", MOMENT | {"volgendContactmoment": "x"})
    made = answer.json()
    assert answer.headers["location"] == made["url"]
    assert await api.get(made["url"]) == made
    assert {name: value for name, value in made.items() if name not in MOMENT} == {
        "url": made["url"],
        "vorigContactmoment": None,
        "volgendContactmoment": None,
        "registratiedatum": made["registratiedatum"],
        "kanaal": "",
        "voorkeurskanaal": "",
        "voorkeurstaal": "",
        "tekst": "",
        "onderwerpLinks": [],
        "initiatiefnemer": "",
        "medewerkerIdentificatie": None,
    }
    assert await wrongs(api.database) == []


async def test_all_faults_are_reported_together_in_the_order_of_the_fields(api: Api) -> None:
    body = {
        VORIG: "http://localhost/api/v1/contactmomenten/00000000-0000-4000-8000-000000000000",
        "bronorganisatie": "1234567890",
        "registratiedatum": "gisteren",
        "kanaal": "x" * 51,
        "onderwerpLinks": ["x", ""],
        "initiatiefnemer": [],
        "medewerker": "x",
        IDENTIFICATIE: {"achternaam": None, "identificatie": "x" * 25},
    }
    assert await codes(api, "POST", "contactmomenten", body) == [
        (VORIG, "does_not_exist"),
        ("bronorganisatie", "invalid-length"),
        ("bronorganisatie", "max_length"),
        ("registratiedatum", "invalid"),
        ("kanaal", "max_length"),
        ("onderwerpLinks.0", "invalid"),
        ("onderwerpLinks.1", "blank"),
        ("initiatiefnemer", "invalid_choice"),
        ("medewerker", "invalid"),
        ("medewerkerIdentificatie.identificatie", "max_length"),
        ("medewerkerIdentificatie.achternaam", "null"),
    ]
    assert set((await counts(api.database)).values()) == {0}


@pytest.mark.parametrize(
    "given",
    [{}, {"medewerker": ""}, {IDENTIFICATIE: None}, {IDENTIFICATIE: {}}, {IDENTIFICATIE: {"x": 1}}],
)
async def test_a_new_contactmoment_needs_a_medewerker_or_an_identification(
    api: Api, given: dict[str, object]
) -> None:
    found = await codes(api, "POST", "contactmomenten", RSIN | given)
    assert found == [("nonFieldErrors", "invalid-medewerker")]


async def test_the_rule_of_the_medewerker_waits_for_the_fields_to_be_right(api: Api) -> None:
    assert await codes(api, "POST", "contactmomenten", {}) == [("bronorganisatie", "required")]


@pytest.mark.parametrize(
    "given",
    [
        {"medewerker": "http://x.nl"},
        {IDENTIFICATIE: {"identificatie": ""}},
        {"medewerker": "http://x.nl", IDENTIFICATIE: {"achternaam": "Jansen"}},
    ],
)
async def test_either_or_both_will_do(api: Api, given: dict[str, object]) -> None:
    made = await api.make("contactmomenten", **RSIN, **given)
    person = given.get(IDENTIFICATIE)
    expected = EMPTY_PERSON | person if isinstance(person, dict) else None
    assert made[IDENTIFICATIE] == expected


@pytest.mark.parametrize("given", [None, {}, {"onbekend": 1}, ...])
async def test_an_identification_cannot_be_taken_away(api: Api, given: object) -> None:
    made = await api.moment(**{IDENTIFICATIE: {"achternaam": "Jansen"}})
    body = {} if given is ... else {IDENTIFICATIE: given}
    changed = await api.change(made["url"], **body)
    assert changed[IDENTIFICATIE] == EMPTY_PERSON | {"achternaam": "Jansen"}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_only_the_given_parts_of_an_identification_change(api: Api, method: str) -> None:
    made = await api.moment(**{IDENTIFICATIE: {"achternaam": "Jansen", "voorletters": "J."}})
    answer = await api.send(method, made["url"], RSIN | {IDENTIFICATIE: {"achternaam": ""}})
    assert answer.json()[IDENTIFICATIE] == EMPTY_PERSON | {"voorletters": "J."}
    assert await wrongs(api.database) == []


async def test_an_identification_can_be_given_later(api: Api) -> None:
    made = await api.moment()
    changed = await api.change(made["url"], **{IDENTIFICATIE: {"achternaam": "Jansen"}})
    assert changed[IDENTIFICATIE] == EMPTY_PERSON | {"achternaam": "Jansen"}
    assert await api.get(made["url"]) == changed


async def test_put_needs_the_rsin_and_keeps_what_is_not_given(api: Api) -> None:
    made = await api.moment(tekst="blijft", kanaal="telefoon")
    assert await codes(api, "PUT", made["url"], {}) == [("bronorganisatie", "required")]
    changed = await api.send("PUT", made["url"], {"bronorganisatie": "000000012", "kanaal": ""})
    assert changed.json() == made | {"bronorganisatie": "000000012", "kanaal": ""}


async def test_patch_without_properties_changes_nothing_and_is_a_change(api: Api) -> None:
    made = await api.moment()
    answer = await api.send("PATCH", made["url"])
    assert (answer.status_code, answer.json()) == (200, made)
    assert await outbox(api.database) == ["create", "partial_update"]
    assert len(await api.trail(made["url"])) == 2


async def test_a_medewerker_can_be_cleared_though_there_is_no_other(api: Api) -> None:
    made = await api.moment()
    assert (await api.change(made["url"], medewerker=""))["medewerker"] == ""


async def test_each_write_has_its_notification_with_the_values_after_it(api: Api) -> None:
    made = await api.moment(kanaal="telefoon")
    await api.change(made["url"], kanaal="balie")
    await api.send("PUT", made["url"], {"bronorganisatie": "000000012"})
    await api.send("DELETE", made["url"])
    rows = await api.database.writer.rows("SELECT bericht::text AS b FROM notificatie ORDER BY id")
    assert await outbox(api.database) == ["create", "partial_update", "update", "destroy"]
    assert [row["b"].partition('"kenmerken":')[2] for row in rows] == [
        '{"bronorganisatie":"000000000","kanaal":"telefoon"}}',
        '{"bronorganisatie":"000000000","kanaal":"balie"}}',
        '{"bronorganisatie":"000000012","kanaal":"balie"}}',
        '{"bronorganisatie":"000000012","kanaal":"balie"}}',
    ]
    assert await wrongs(api.database) == []


async def test_a_refused_write_leaves_no_trace(api: Api) -> None:
    made = await api.moment()
    before = await counts(api.database)
    await codes(api, "PATCH", made["url"], {"kanaal": 1.5, "bronorganisatie": "x"})
    await codes(api, "POST", "contactmomenten", {VORIG: made["url"]})
    assert await counts(api.database) == before


async def test_a_delete_takes_relations_and_trail_along(api: Api) -> None:
    made = await api.moment()
    for number in range(3):
        await api.make(
            "klantcontactmomenten",
            contactmoment=made["url"],
            klant=f"https://x.nl/{number}",
            rol="belanghebbende",
        )
    assert (await api.send("DELETE", made["url"])).status_code == 204
    assert await counts(api.database) == {
        "contactmoment": 0,
        "keten": 0,
        "klantcontactmoment": 0,
        "objectcontactmoment": 0,
        "audittrail": 0,
        "notificatie": 2,
    }


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("uuid", ["abc", "00000000-0000-4000-8000-000000000000", "%00", "%7B%7D"])
async def test_what_is_not_there_is_not_found(api: Api, method: str, uuid: str) -> None:
    answer = await api.send(method, f"contactmomenten/{uuid}", b"no json")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_what_is_deleted_between_finding_and_changing_is_not_found(api: Api) -> None:
    made = await api.moment()
    context = context_of(api.database)
    stored = await rules.find(context, uuid_of(made["url"]))
    await rules.delete(context, stored)
    for late in (
        rules.update(context, stored, {"tekst": "te laat"}, partial=True),
        rules.delete(context, stored),
    ):
        with pytest.raises(Problem) as caught:
            await late
        assert caught.value.kind.status == 404
    assert await outbox(api.database) == ["create", "destroy"]


async def test_changes_at_the_same_time_each_keep_what_the_other_changed(api: Api) -> None:
    made = await api.moment()
    names = ("kanaal", "voorkeurskanaal", "tekst", "voorkeurstaal")
    person = [{IDENTIFICATIE: {"achternaam": "a"}}, {IDENTIFICATIE: {"voorletters": "b"}}]
    bodies = [*({name: "x"} for name in names), *person]
    await asyncio.gather(*(api.send("PATCH", made["url"], body) for body in bodies))
    changed = await api.get(made["url"])
    assert [changed[name] for name in names] == ["x"] * 4
    assert changed[IDENTIFICATIE] == EMPTY_PERSON | {"achternaam": "a", "voorletters": "b"}
    assert await wrongs(api.database) == []


async def operations(api: Api) -> list[tuple[str, str, object]]:
    """Return one of every write, on what was made for it."""
    first, other = (await api.moment())["url"], (await api.moment())["url"]
    last = (await api.moment(**{VORIG: first}))["url"]
    related = {"contactmoment": last, "klant": "https://x.nl/1", "rol": "belanghebbende"}
    made = await api.make("klantcontactmomenten", **related)
    return [
        ("POST", "contactmomenten", MOMENT),
        ("POST", "contactmomenten", MOMENT | {VORIG: last}),
        ("PATCH", last, {"tekst": "x"}),
        ("PUT", last, MOMENT | {VORIG: other}),
        ("PATCH", last, {VORIG: None}),
        ("DELETE", last, None),
        ("DELETE", first, None),
        ("POST", "klantcontactmomenten", related | {"klant": "https://x.nl/2"}),
        ("DELETE", made["url"], None),
    ]


# Which of the operations above, by number, touch each table.
STEPS = {
    "INSERT ON contactmoment": {0, 1},
    "UPDATE ON contactmoment": {1, 2, 3, 4, 5, 6},
    "DELETE ON contactmoment": {5, 6},
    "INSERT ON keten": {1, 3},
    "DELETE ON keten": {3, 4, 5, 6},
    "INSERT ON audittrail": {0, 1, 2, 3, 4, 5, 6, 7, 8},
    "DELETE ON audittrail": {5, 6},
    "INSERT ON notificatie": {0, 1, 2, 3, 4, 5, 6},
    "INSERT ON klantcontactmoment": {7},
    "DELETE ON klantcontactmoment": {5, 8},
}


@pytest.mark.parametrize("step", STEPS)
async def test_when_a_step_fails_nothing_is_written(
    api: Api, connection: Connection, step: str
) -> None:
    everything = await operations(api)
    await connection.execute(BANG)
    await connection.execute(
        f"CREATE TRIGGER bang BEFORE {step} FOR EACH ROW EXECUTE FUNCTION bang()"
    )
    before = await counts(api.database)
    for number in STEPS[step]:
        method, path, body = everything[number]
        answer = await api.send(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (500, "error"), (step, number)
        assert "bang" not in answer.text
        assert await counts(api.database) == before
        assert await wrongs(api.database) == []


async def test_when_the_commit_fails_nothing_is_written(api: Api, connection: Connection) -> None:
    everything = await operations(api)
    await connection.execute(BANG)
    await connection.execute(
        "CREATE CONSTRAINT TRIGGER bang AFTER INSERT ON notificatie"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bang()"
    )
    before = await counts(api.database)
    for method, path, body in everything[:7]:
        assert (await api.send(method, path, body)).status_code == 500
    assert await counts(api.database) == before
    assert await wrongs(api.database) == []


async def test_a_deadlock_with_another_program_is_tried_again(
    api: Api, connection: Connection
) -> None:
    low, high = sorted([(await api.moment())["url"] for _ in range(2)])
    before = len(await api.trail(low))
    # Ours locks low and then high; this one does it the other way round.
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SET LOCAL deadlock_timeout = '10s'")
    await connection.execute(
        "SELECT 1 FROM contactmoment WHERE uuid = $1 FOR UPDATE", uuid_of(high)
    )
    ours = asyncio.create_task(api.send("PATCH", high, {VORIG: low, "tekst": "gelukt"}))
    await locks_are_waited_for(connection)
    await connection.execute("SELECT 1 FROM contactmoment WHERE uuid = $1 FOR UPDATE", uuid_of(low))
    await transaction.rollback()
    answer = await ours
    assert (answer.status_code, answer.json()["tekst"]) == (200, "gelukt")
    assert len(await api.trail(low)) == before + 1
    assert await outbox(api.database) == ["create", "create", "partial_update"]
    assert await wrongs(api.database) == []


async def test_the_checker_of_these_tests_sees_what_is_wrong(
    api: Api, connection: Connection
) -> None:
    first = uuid_of((await api.moment())["url"])
    second = uuid_of((await api.moment())["url"])
    for sql, found in (
        ("UPDATE contactmoment SET volgend_contactmoment = $2 WHERE uuid = $1", 2),
        ("UPDATE contactmoment SET vorig_contactmoment = $1 WHERE uuid = $2", 4),
        ("INSERT INTO keten VALUES ($1, $2)", 2),
        ("UPDATE audittrail SET oud = nieuw WHERE contactmoment IN ($1, $2)", 4),
        ("DELETE FROM notificatie WHERE contactmoment IN ($1, $2)", 6),
        ("DELETE FROM audittrail WHERE contactmoment IN ($1, $2)", 4),
    ):
        await connection.execute(sql, first, second)
        assert len(await wrong_rows(api.database)) == found, sql
    assert len(await wrongs(api.database)) > found
