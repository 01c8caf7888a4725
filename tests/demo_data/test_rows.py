"""What is loaded is what the program itself would have written."""

from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
import pytest

from contactmomenten.audittrail.recording import last_segment, weergave
from contactmomenten.contactmomenten.rendering import moment_url, rendered
from contactmomenten.contactmomenten.schemas import CONTACTMOMENT
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection, Database, Record
from contactmomenten.demo_data import plan
from contactmomenten.fields import Faults, clean
from contactmomenten.klantcontactmomenten.relation import RELATIE as KLANT
from contactmomenten.objectcontactmomenten.relation import RELATIE as OBJECT
from contactmomenten.relaties import Relatie
from tests.application import ROOT, Api
from tests.audittrail.trails import verified
from tests.contactmomenten.consistency import wrongs
from tests.demo_data.loaded import load

COUNT = 2000


@pytest.fixture(autouse=True)
async def loaded(monkeypatch: pytest.MonkeyPatch, info: ConnectionInfo) -> dict[str, int]:
    monkeypatch.setattr(plan, "PART", 700)
    return await load(info, COUNT)


async def trail(connection: Connection, resource: str, actie: str) -> dict[str, Record]:
    rows = await connection.fetch(
        "SELECT * FROM audittrail WHERE resource = $1 AND actie = $2", resource, actie
    )
    found = {row["resource_url"]: row for row in rows}
    assert len(found) == len(rows)
    return found


async def moments(connection: Connection) -> dict[UUID, Record]:
    return {row["uuid"]: row for row in await connection.fetch("SELECT * FROM contactmoment")}


async def test_chain_and_trail_are_consistent_and_nobody_is_notified(database: Database) -> None:
    found = [wrong for wrong in await wrongs(database) if not wrong.startswith("not created once")]
    assert found == []
    assert await database.writer.value("SELECT count(*) FROM notificatie") == 0


async def test_the_hashes_of_the_trail_are_right(connection: Connection) -> None:
    assert await verified(connection) == []


async def test_each_contactmoment_would_be_accepted_by_the_api(connection: Connection) -> None:
    for row in (await moments(connection)).values():
        faults = Faults("")
        clean(CONTACTMOMENT, msgspec.json.decode(rendered(row, ROOT)), faults)
        assert not faults
        assert row["medewerker"] or row["medewerker_identificatie"]


async def test_the_line_of_a_create_holds_it_as_nothing_followed_on_it_yet(
    connection: Connection,
) -> None:
    lines = await trail(connection, "contactmoment", "create")
    assert len(lines) == COUNT
    for uuid, row in (await moments(connection)).items():
        line = lines[moment_url(ROOT, uuid)]
        alone = {**dict(row), "volgend_contactmoment": None}
        assert line["nieuw"].encode() == rendered(alone, ROOT)
        assert line["oud"] is None
        assert (line["contactmoment"], line["hoofd_object"]) == (uuid, moment_url(ROOT, uuid))
        assert line["resource_weergave"] == weergave(row)
        assert line["resultaat"] == 201
        assert line["uuid"].version == 4


async def test_a_predecessor_has_a_line_of_its_successor(connection: Connection) -> None:
    lines = await trail(connection, "contactmoment", "partial_update")
    created = await trail(connection, "contactmoment", "create")
    rows = await moments(connection)
    assert len(lines) == sum(row["volgend_contactmoment"] is not None for row in rows.values())
    for line in lines.values():
        row = rows[line["contactmoment"]]
        successor = created[moment_url(ROOT, row["volgend_contactmoment"])]
        assert line["oud"].encode() == rendered({**dict(row), "volgend_contactmoment": None}, ROOT)
        assert line["nieuw"].encode() == rendered(row, ROOT)
        assert line["aanmaakdatum"] == successor["aanmaakdatum"]
        assert line["gebruikers_id"] == successor["gebruikers_id"]
        assert line["resource_weergave"] == weergave(row)
        assert line["resultaat"] == 200


@pytest.mark.parametrize("relatie", [KLANT, OBJECT], ids=lambda relatie: relatie.resource)
async def test_each_relation_has_its_line(connection: Connection, relatie: Relatie) -> None:
    lines = await trail(connection, relatie.resource, "create")
    rows, of = await connection.fetch(f"SELECT * FROM {relatie.table}"), await moments(connection)
    assert len(lines) == len(rows)
    for row in rows:
        line = lines[relatie.url(ROOT, row["uuid"])]
        assert line["nieuw"].encode() == msgspec.json.encode(relatie.show(row, ROOT))
        assert line["contactmoment"] == row["contactmoment"]
        assert line["hoofd_object"] == moment_url(ROOT, row["contactmoment"])
        moment = weergave(of[row["contactmoment"]])
        assert line["resource_weergave"] == f"({moment}) - {last_segment(row[relatie.data[0]])}"


async def test_an_object_keeps_the_url_of_its_creator(connection: Connection) -> None:
    for row in await connection.fetch("SELECT * FROM objectcontactmoment"):
        assert row["contactmoment_url"] == moment_url(ROOT, row["contactmoment"])


async def test_lines_are_of_the_employee_who_had_the_contact(connection: Connection) -> None:
    lines = await connection.fetch(
        "SELECT a.gebruikers_id, c.medewerker_identificatie FROM audittrail a "
        "JOIN contactmoment c ON c.uuid = a.contactmoment "
        "WHERE actie = 'create' AND medewerker_identificatie IS NOT NULL"
    )
    assert lines
    for line in lines:
        person = msgspec.json.decode(line["medewerker_identificatie"])
        assert line["gebruikers_id"] == person["identificatie"]


async def test_they_are_registered_in_order_and_a_few_of_them_late(connection: Connection) -> None:
    rows = await connection.fetch(
        "SELECT a.aanmaakdatum, c.registratiedatum FROM contactmoment c "
        "JOIN audittrail a ON a.contactmoment = c.uuid AND a.actie = 'create' "
        "AND a.resource = 'contactmoment' ORDER BY c.id"
    )
    created = [row["aanmaakdatum"] for row in rows]
    assert created == sorted(created)
    late = [row for row in rows if row["registratiedatum"] < row["aanmaakdatum"]]
    assert 0.02 < len(late) / COUNT < 0.045
    assert sum(row["registratiedatum"] == row["aanmaakdatum"] for row in rows) == COUNT - len(late)


async def test_a_chain_stays_with_one_organisation(connection: Connection) -> None:
    rows = await moments(connection)
    followers = [row for row in rows.values() if row["vorig_contactmoment"]]
    assert 0.06 < len(followers) / COUNT < 0.1
    for row in followers:
        before = rows[row["vorig_contactmoment"]]
        assert before["id"] < row["id"]
        assert before["bronorganisatie"] == row["bronorganisatie"]


async def test_the_shares_are_as_promised(connection: Connection, loaded: dict[str, int]) -> None:
    rows = list((await moments(connection)).values())
    with_url = [row for row in rows if row["medewerker"]]
    assert len(with_url) / COUNT == pytest.approx(0.4, abs=0.001)
    assert all(
        (row["medewerker"] == "") == (row["medewerker_identificatie"] is not None) for row in rows
    )
    assert loaded["klantcontactmoment"] / COUNT == pytest.approx(0.9, abs=0.03)
    assert loaded["objectcontactmoment"] / COUNT == pytest.approx(0.4, abs=0.04)
    klanten = await connection.fetch(
        "SELECT klant, count(*) AS n FROM klantcontactmoment GROUP BY 1"
    )
    assert len(klanten) <= COUNT // 4
    assert max(row["n"] for row in klanten) > 5
    per_moment: Counter[Any] = Counter(
        [row[0] for row in await connection.fetch("SELECT contactmoment FROM klantcontactmoment")]
    )
    assert Counter(per_moment.values())[2] / COUNT == pytest.approx(0.05, abs=0.02)


async def test_the_api_answers_lists_and_reads(api: Api, loaded: dict[str, int]) -> None:
    page = await api.get("contactmomenten")
    assert page["count"] == COUNT
    first = page["results"][0]
    assert await api.get(first["url"]) == first
    own = await api.get(f"contactmomenten?bronorganisatie={first['bronorganisatie']}")
    assert 0 < own["count"] < COUNT
    klanten = await api.get("klantcontactmomenten")
    assert klanten["count"] == loaded["klantcontactmoment"]
    klant = klanten["results"][0]
    assert await api.get(klant["url"]) == klant
    same = await api.get(f"klantcontactmomenten?klant={klant['klant']}")
    assert klant in same["results"]
    trail = await api.trail(klant["contactmoment"])
    assert trail[0]["actie"] == "create"
    assert klant in [line["wijzigingen"]["nieuw"] for line in trail]
    objecten = await api.get("objectcontactmomenten")
    assert objecten["count"] == loaded["objectcontactmoment"]


async def test_the_api_goes_on_with_them(api: Api) -> None:
    page = await api.get("contactmomenten")
    last = next(one for one in page["results"] if one["volgendContactmoment"] is None)
    own = await api.moment(vorigContactmoment=last["url"])
    assert (await api.get(last["url"]))["volgendContactmoment"] == own["url"]
    assert (await api.send("DELETE", last["url"])).status_code == 204
    assert (await api.get("contactmomenten"))["count"] == COUNT
