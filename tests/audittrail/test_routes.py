import pytest

from tests.application import MOMENT, Api, api_on

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def test_a_line_tells_who_did_what_when_and_why(api: Api) -> None:
    headers = {"X-Audit-Toelichting": "omdat het moet", "X-NLX-Logrecord-ID": "abc"}
    made = (await api.send("POST", "contactmomenten", MOMENT, headers)).json()
    (line,) = await api.trail(made["url"])
    assert list(line) == [
        "uuid",
        "bron",
        "applicatieId",
        "applicatieWeergave",
        "gebruikersId",
        "gebruikersWeergave",
        "actie",
        "actieWeergave",
        "resultaat",
        "hoofdObject",
        "resource",
        "resourceUrl",
        "toelichting",
        "resourceWeergave",
        "aanmaakdatum",
        "wijzigingen",
    ]
    moment = made["registratiedatum"].replace("T", " ").replace("Z", "+00:00")
    assert line | {"uuid": "", "aanmaakdatum": ""} == {
        "uuid": "",
        "bron": "cmc",
        "applicatieId": "5f0b4f5e-3c0c-4a55-8f2b-9c3f0a2d7e01",
        "applicatieWeergave": "Tests",
        "gebruikersId": "jan",
        "gebruikersWeergave": "Jan",
        "actie": "create",
        "actieWeergave": "Object aangemaakt",
        "resultaat": 201,
        "hoofdObject": made["url"],
        "resource": "contactmoment",
        "resourceUrl": made["url"],
        "toelichting": "omdat het moet",
        "resourceWeergave": f"000000000 1 at {moment} via ",
        "aanmaakdatum": "",
        "wijzigingen": {"oud": None, "nieuw": made},
    }
    stored = await api.database.writer.value("SELECT logrecord_id FROM audittrail")
    assert stored == "abc"


async def test_lines_come_the_oldest_first_with_old_and_new(api: Api) -> None:
    made = await api.moment(kanaal="a")
    await api.change(made["url"], kanaal="b")
    await api.send("PUT", made["url"], MOMENT | {"kanaal": "c"})
    lines = await api.trail(made["url"])
    assert [line["actieWeergave"] for line in lines] == [
        "Object aangemaakt",
        "Object deels bijgewerkt",
        "Object bijgewerkt",
    ]
    changes = [line["wijzigingen"] for line in lines[1:]]
    assert [(one["oud"]["kanaal"], one["nieuw"]["kanaal"]) for one in changes] == [
        ("a", "b"),
        ("b", "c"),
    ]
    assert lines[1]["resourceWeergave"].endswith(" via a")


async def test_a_line_is_read_by_itself_with_its_tag(api: Api) -> None:
    made = await api.moment()
    (line,) = await api.trail(made["url"])
    url = f"{made['url']}/audittrail/{line['uuid']}"
    answer = await api.send("GET", url)
    assert (answer.status_code, answer.json()) == (200, line)
    again = await api.send("GET", url, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_contactmoment_without_lines_has_an_empty_trail(api: Api) -> None:
    made = await api.moment()
    await api.database.writer.row("DELETE FROM audittrail")
    assert await api.trail(made["url"]) == []


@pytest.mark.parametrize("uuid", ["0", "abc", UNKNOWN, "%7B%7D", "4", ""])
async def test_a_part_of_a_uuid_finds_no_trail(api: Api, uuid: str) -> None:
    await api.moment()
    assert (await api.send("GET", f"contactmomenten/{uuid}/audittrail")).status_code == 404
    path = f"contactmomenten/{uuid}/audittrail/{UNKNOWN}"
    assert (await api.send("GET", path)).status_code == 404


async def test_a_line_of_another_contactmoment_is_not_found(api: Api) -> None:
    one, other = await api.moment(), await api.moment()
    (line,) = await api.trail(one["url"])
    for uuid in (line["uuid"], "abc", UNKNOWN):
        assert (await api.send("GET", f"{other['url']}/audittrail/{uuid}")).status_code == 404


async def test_lines_written_through_another_host_keep_its_urls_and_go_with_the_rest(
    api: Api,
) -> None:
    made = await api.moment()
    async with api_on(api.database, None, "http://127.0.0.1/api/v1") as other:
        url = made["url"].replace("localhost", "127.0.0.1")
        await other.change(url, kanaal="x")
        assert [line["hoofdObject"] for line in await other.trail(url)] == [made["url"], url]
        assert (await other.send("DELETE", url)).status_code == 204
    assert await api.database.writer.value("SELECT count(*) FROM audittrail") == 0


async def test_a_long_employee_does_not_make_a_name_too_long(api: Api) -> None:
    made = await api.moment(kanaal="x" * 50)
    await api.change(made["url"], medewerker="https://a.nl/" + "é" * 900)
    await api.change(made["url"], kanaal="y")
    lines = await api.trail(made["url"])
    assert len(lines[-1]["resourceWeergave"]) == 200
