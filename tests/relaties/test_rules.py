import asyncio
from typing import Any
from uuid import UUID

import pytest

from contactmomenten.http.problems import Problem
from contactmomenten.klantcontactmomenten.relation import RELATIE as KLANT
from contactmomenten.relaties import create, delete, find
from tests.application import Api, context_of
from tests.contactmomenten.consistency import counts, outbox

UNKNOWN = "00000000-0000-4000-8000-000000000000"
URL = "https://example.nl/1"
KINDS = {
    "klantcontactmomenten": {"klant": URL, "rol": "belanghebbende"},
    "objectcontactmomenten": {"object": URL, "objectType": "zaak"},
}
UNIQUE = {"klantcontactmomenten": "klant, rol", "objectcontactmomenten": "object"}

both = pytest.mark.parametrize("path", KINDS)


async def faults(api: Api, path: str, body: object) -> list[tuple[str, str]]:
    answer = await api.send("POST", path, body)
    assert answer.status_code == 400, answer.text
    return [(fault["name"], fault["code"]) for fault in answer.json()["invalidParams"]]


@pytest.fixture
async def contactmoment(api: Api) -> str:
    url: str = (await api.moment(kanaal="telefoon"))["url"]
    return url


@both
async def test_a_relation_is_answered_as_it_is_read(
    api: Api, contactmoment: str, path: str
) -> None:
    body = {"contactmoment": contactmoment, **KINDS[path]}
    answer = await api.send("POST", path, body)
    made = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, made["url"])
    assert made == {"url": made["url"], **body}
    assert list(made) == ["url", *body]
    assert await api.get(made["url"]) == made


@both
@pytest.mark.parametrize("actie", ["create", "destroy"])
async def test_a_change_stands_in_the_trail_of_the_contactmoment(
    api: Api, contactmoment: str, path: str, actie: str
) -> None:
    made = await api.make(path, contactmoment=contactmoment, **KINDS[path])
    if actie == "destroy":
        api.neighbours.gone.add(URL)
        headers = {"X-Audit-Toelichting": "weg ermee"}
        assert (await api.send("DELETE", made["url"], headers=headers)).status_code == 204
    line = (await api.trail(contactmoment))[-1]
    resource = path.removesuffix("en")
    expected = {
        "actie": actie,
        "hoofdObject": contactmoment,
        "resource": resource,
        "resourceUrl": made["url"],
        "resultaat": 201 if actie == "create" else 204,
        "toelichting": "" if actie == "create" else "weg ermee",
    }
    assert {name: line[name] for name in expected} == expected
    assert line["wijzigingen"] == {
        "oud": None if actie == "create" else made,
        "nieuw": made if actie == "create" else None,
    }
    assert line["resourceWeergave"].startswith("(000000000 1 at 2")
    assert line["resourceWeergave"].endswith("+00:00 via telefoon) - 1")
    assert await outbox(api.database) == ["create"]


@both
@pytest.mark.parametrize(
    ("given", "code"),
    [
        (..., "required"),
        (None, "null"),
        ("", "null"),
        ("abc", "no_match"),
        (f"http://localhost/api/v1/contactmomenten/{UNKNOWN}", "does_not_exist"),
        ("http://localhost/api/v1/contactmomenten/abc", "invalid"),
        ("http://localhost/api/v1/contactmomenten", "incorrect_match"),
        (1, "incorrect_type"),
        ([], "incorrect_type"),
    ],
)
async def test_the_contactmoment_must_be_there(
    api: Api, path: str, given: object, code: str
) -> None:
    body = KINDS[path] | ({} if given is ... else {"contactmoment": given})
    assert await faults(api, path, body) == [("contactmoment", code)]


async def test_all_faults_of_a_relation_come_in_the_order_of_the_fields(api: Api) -> None:
    body = {
        "contactmoment": f"/api/v1/contactmomenten/{UNKNOWN}",
        "klant": "x" * 1001,
        "rol": "",
    }
    assert await faults(api, "klantcontactmomenten", body) == [
        ("contactmoment", "does_not_exist"),
        ("klant", "max_length"),
        ("klant", "invalid"),
        ("rol", "invalid_choice"),
    ]
    assert await faults(api, "objectcontactmomenten", {}) == [
        ("contactmoment", "required"),
        ("object", "required"),
        ("objectType", "required"),
    ]


@both
async def test_the_same_relation_again_is_refused(api: Api, contactmoment: str, path: str) -> None:
    body = {"contactmoment": contactmoment, **KINDS[path]}
    await api.make(path, **body)
    answer = await api.send("POST", path, body)
    assert (answer.status_code, answer.json()["invalidParams"]) == (
        400,
        [
            {
                "name": "nonFieldErrors",
                "code": "unique",
                "reason": f"De velden contactmoment, {UNIQUE[path]} moeten een unieke set zijn.",
            }
        ],
    )


async def test_another_role_or_spelling_or_contactmoment_is_another_relation(
    api: Api, contactmoment: str
) -> None:
    other = (await api.moment())["url"]
    for moment, klant, rol in (
        (contactmoment, URL, "belanghebbende"),
        (contactmoment, URL, "gesprekspartner"),
        (contactmoment, f"{URL}/", "belanghebbende"),
        (other, URL, "belanghebbende"),
    ):
        await api.make("klantcontactmomenten", contactmoment=moment, klant=klant, rol=rol)


@both
async def test_a_url_of_a_thousand_characters_is_kept(
    api: Api, contactmoment: str, path: str
) -> None:
    url = "https://example.nl/" + "é" * 981
    name = UNIQUE[path].partition(",")[0]
    made = await api.make(path, contactmoment=contactmoment, **(KINDS[path] | {name: url}))
    assert (await api.get(made["url"]))[name] == url
    assert (await api.get(f"{path}?{name}={url}"))["count"] == 1
    assert len((await api.trail(contactmoment))[-1]["resourceWeergave"]) == 200


@both
async def test_of_many_at_the_same_time_one_is_made(
    api: Api, contactmoment: str, path: str
) -> None:
    body = {"contactmoment": contactmoment, **KINDS[path]}
    answers = await asyncio.gather(*(api.send("POST", path, body) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 9
    codes = {a.json()["invalidParams"][0]["code"] for a in answers if a.status_code == 400}
    assert codes == {"unique"}
    assert (await counts(api.database))["audittrail"] == 2


@both
async def test_of_many_deletes_at_the_same_time_one_succeeds(
    api: Api, contactmoment: str, path: str
) -> None:
    made = await api.make(path, contactmoment=contactmoment, **KINDS[path])
    api.neighbours.gone.add(URL)
    answers = await asyncio.gather(*(api.send("DELETE", made["url"]) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [204] + [404] * 9
    assert [line["actie"] for line in await api.trail(contactmoment)] == [
        "create",
        "create",
        "destroy",
    ]


@both
async def test_relations_and_the_delete_of_their_contactmoment_never_end_in_a_500(
    api: Api, path: str
) -> None:
    for number in range(8):
        url = (await api.moment())["url"]
        api.neighbours.gone.clear()
        made = await api.make(path, contactmoment=url, **KINDS[path])
        api.neighbours.gone.add(URL)
        name = UNIQUE[path].partition(",")[0]
        body = {"contactmoment": url, **KINDS[path], name: f"{URL}/{number}"}
        answers = await asyncio.gather(
            api.send("POST", path, body),
            api.send("DELETE", made["url"]),
            api.send("DELETE", url),
            api.send("POST", path, body | {name: f"{URL}/x"}),
        )
        statuses = [answer.status_code for answer in answers]
        assert statuses[0] in {201, 400}
        assert statuses[1] in {204, 404}
        assert statuses[2] == 204
        for answer in answers:
            for fault in answer.json()["invalidParams"] if answer.status_code == 400 else ():
                assert (fault["name"], fault["code"]) == ("contactmoment", "does_not_exist")
    assert (await counts(api.database))["audittrail"] == 0


async def test_what_is_gone_at_the_last_moment_is_told_as_gone(
    api: Api, contactmoment: str
) -> None:
    made = await api.make(
        "klantcontactmomenten", contactmoment=contactmoment, **KINDS[KLANT.table + "en"]
    )
    context = context_of(api.database, None, made["url"].rpartition("/")[2])
    row = await find(KLANT, context)
    await delete(KLANT, context, row)
    for _ in range(2):
        with pytest.raises(Problem) as caught:
            await delete(KLANT, context, row)
        assert caught.value.kind.status == 404
        await api.send("DELETE", contactmoment)


async def test_a_contactmoment_that_goes_while_its_relation_is_made_does_not_exist(
    api: Api, contactmoment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = api.database.writer.row

    async def late(sql: str, *values: Any) -> Any:  # noqa: ANN401 (as the original)
        if sql == KLANT.insert:
            await api.send("DELETE", contactmoment)
        return await insert(sql, *values)

    monkeypatch.setattr(api.database.writer, "row", late)
    with pytest.raises(Problem) as caught:
        await create(
            KLANT,
            context_of(api.database),
            {"contactmoment": contactmoment, **KINDS["klantcontactmomenten"]},
        )
    assert caught.value.invalid_params is not None
    assert [fault.code for fault in caught.value.invalid_params] == ["does_not_exist"]


@both
@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("uuid", ["abc", UNKNOWN, "%7B%7D", "%00"])
async def test_a_relation_that_is_not_there_is_not_found(
    api: Api, path: str, method: str, uuid: str
) -> None:
    assert (await api.send(method, f"{path}/{uuid}")).status_code == 404


async def test_a_uuid_is_read_in_any_spelling(api: Api, contactmoment: str) -> None:
    made = await api.make(
        "objectcontactmomenten", contactmoment=contactmoment, **KINDS["objectcontactmomenten"]
    )
    uuid = UUID(made["url"].rpartition("/")[2])
    for text in (uuid.hex, str(uuid).upper()):
        assert await api.get(f"objectcontactmomenten/{text}") == made
