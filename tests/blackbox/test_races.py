"""Many at once: exactly one winner, no 500, nothing lost."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import httpx

from .support import expect
from .support.api import Api
from .support.expect import at
from .support.values import JsonObject, unique

CONTACT = "/contactmomenten"


def at_once(tasks: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """Run every task in a thread of its own, all starting together."""
    barrier = Barrier(len(tasks))

    def run(task: Callable[[], httpx.Response]) -> httpx.Response:
        barrier.wait(30)
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def same(task: Callable[[], httpx.Response], times: int) -> list[httpx.Response]:
    return at_once([task] * times)


def split(responses: list[httpx.Response]) -> tuple[list[httpx.Response], list[httpx.Response]]:
    """Give the created ones and the others."""
    made = [response for response in responses if response.status_code == 201]
    return made, [response for response in responses if response.status_code != 201]


def test_one_of_twenty_creates_claims_a_predecessor(api: Api, moment: JsonObject) -> None:
    """D-26."""
    body = api.moment_body(vorigContactmoment=moment["url"])
    made, others = split(same(lambda: api.post(CONTACT, body), 20))
    assert len(made) == 1
    for response in others:
        expect.invalid(response, at("vorigContactmoment", expect.UNIQUE))
    [winner] = api.urls(CONTACT, kanaal=body["kanaal"])
    assert winner == made[0].json()["url"] == api.read(moment["url"])["volgendContactmoment"]
    assert [row["actie"] for row in api.trail(moment)] == ["create", "partial_update"]


def test_one_of_twenty_updates_claims_a_predecessor(api: Api, moment: JsonObject) -> None:
    others = [api.moment() for _ in range(20)]
    claim = {"vorigContactmoment": moment["url"]}
    responses = at_once(
        [lambda url=other["url"]: api.patch(url, claim) for other in others]  # type: ignore[misc]
    )
    winners = [response for response in responses if response.status_code == 200]
    assert len(winners) == 1
    for response in responses:
        if response is not winners[0]:
            expect.invalid(response, at("vorigContactmoment", expect.UNIQUE))
    assert api.read(moment["url"])["volgendContactmoment"] == winners[0].json()["url"]


def test_one_of_twenty_equal_klantcontactmomenten_is_made(api: Api, moment: JsonObject) -> None:
    """D-26."""
    body = api.klant_body(moment["url"])
    made, others = split(same(lambda: api.post("/klantcontactmomenten", body), 20))
    assert len(made) == 1
    for response in others:
        expect.invalid(
            response,
            (
                "nonFieldErrors",
                "unique",
                "De velden contactmoment, klant, rol moeten een unieke set zijn.",
            ),
        )
    assert api.urls("/klantcontactmomenten", klant=body["klant"]) == [made[0].json()["url"]]
    assert len(api.trail(moment)) == 2


def test_one_of_twenty_equal_objectcontactmomenten_is_made(api: Api, moment: JsonObject) -> None:
    """D-02."""
    body = api.object_body(moment["url"])
    made, others = split(same(lambda: api.post("/objectcontactmomenten", body), 20))
    assert len(made) == 1
    for response in others:
        expect.invalid(
            response,
            (
                "nonFieldErrors",
                "unique",
                "De velden contactmoment, object moeten een unieke set zijn.",
            ),
        )
    assert api.urls("/objectcontactmomenten", object=body["object"]) == [made[0].json()["url"]]
    assert len(api.trail(moment)) == 2


def test_thirty_updates_of_one_moment_form_a_chain_in_its_trail(
    api: Api, moment: JsonObject
) -> None:
    def change(number: int) -> Callable[[], httpx.Response]:
        field = ("tekst", "kanaal", "voorkeurskanaal")[number % 3]
        return lambda: api.patch(moment["url"], {field: f"waarde {number}"})

    responses = at_once([change(number) for number in range(30)])
    assert [response.status_code for response in responses] == [200] * 30
    rows = api.trail(moment)
    assert len(rows) == 31
    for before, after in pairwise(rows):
        assert after["wijzigingen"]["oud"] == before["wijzigingen"]["nieuw"]
    assert rows[-1]["wijzigingen"]["nieuw"] == api.read(moment["url"])
    answers = [response.json() for response in responses]
    assert all(row["wijzigingen"]["nieuw"] in answers for row in rows[1:])


def test_updates_of_a_moment_and_of_its_successor_form_one_chain_each(
    api: Api, moment: JsonObject
) -> None:
    """The predecessor's own changes and those of its volgendContactmoment do not mix."""
    second = api.moment()
    claims = [{"vorigContactmoment": moment["url"]}, {"vorigContactmoment": None}]
    tasks: list[Callable[[], httpx.Response]] = []
    for number in range(12):
        tasks.append(lambda n=number: api.patch(moment["url"], {"tekst": str(n)}))  # type: ignore[misc]
        tasks.append(lambda n=number: api.patch(second["url"], claims[n % 2]))  # type: ignore[misc]
    assert {response.status_code for response in at_once(tasks)} == {200}
    for one in (moment, second):
        rows = api.trail(one)
        for before, after in pairwise(rows):
            assert after["wijzigingen"]["oud"] == before["wijzigingen"]["nieuw"]
        assert rows[-1]["wijzigingen"]["nieuw"] == api.read(one["url"])


def test_cross_chaining_never_fails_or_locks(api: Api) -> None:
    moments = [api.moment() for _ in range(6)]
    urls = [moment["url"] for moment in moments]
    chance = random.Random(7)  # noqa: S311 - the same shuffle each time
    pairs = [(chance.choice(urls), chance.choice([*urls, None])) for _ in range(60)]
    responses: list[httpx.Response] = []
    for start in range(0, 60, 20):
        responses += at_once(
            [
                lambda a=a, b=b: api.patch(a, {"vorigContactmoment": b})  # type: ignore[misc]
                for a, b in pairs[start : start + 20]
            ]
        )
    assert {response.status_code for response in responses} <= {200, 400}
    for response in responses:
        if response.status_code == 400:
            expect.invalid(response, at("vorigContactmoment", expect.UNIQUE))
    assert_consistent([api.read(url) for url in urls])


def assert_consistent(moments: list[JsonObject]) -> None:
    """Expect that both directions of every reference agree."""
    by_url = {moment["url"]: moment for moment in moments}
    for url, moment in by_url.items():
        if moment["vorigContactmoment"] in by_url:
            assert by_url[moment["vorigContactmoment"]]["volgendContactmoment"] == url
        if moment["volgendContactmoment"] in by_url:
            assert by_url[moment["volgendContactmoment"]]["vorigContactmoment"] == url


def test_chaining_against_deleting_never_fails_or_locks(api: Api) -> None:
    kanaal = unique()
    for _ in range(4):
        moments = [api.moment(kanaal=kanaal) for _ in range(4)]
        for before, after in pairwise(moments):
            api.patch(after["url"], {"vorigContactmoment": before["url"]})
        tasks: list[Callable[[], httpx.Response]] = []
        for index, moment in enumerate(moments):
            url = moment["url"]
            other = moments[index - 1]["url"]
            tasks += [
                lambda url=url: api.delete(url),  # type: ignore[misc]
                lambda url=url: api.patch(url, {"tekst": "x"}),  # type: ignore[misc]
                lambda url=url, other=other: api.patch(url, {"vorigContactmoment": other}),  # type: ignore[misc]
                lambda url=url: api.post(  # type: ignore[misc]
                    CONTACT, api.moment_body(kanaal=kanaal, vorigContactmoment=url)
                ),
                lambda url=url: api.post("/klantcontactmomenten", api.klant_body(url)),  # type: ignore[misc]
            ]
        random.Random(3).shuffle(tasks)  # noqa: S311 - the same each time
        responses = at_once(tasks)
        seen = Counter(response.status_code for response in responses)
        assert set(seen) <= {200, 201, 204, 400, 404}, seen
        assert seen[204] == 4
    rows = api.results(CONTACT, kanaal=kanaal)
    assert_consistent(rows)
    for row in rows:
        assert row["vorigContactmoment"] is None


def test_a_moment_is_deleted_once(api: Api, moment: JsonObject) -> None:
    api.klant(moment)
    statuses = Counter(r.status_code for r in same(lambda: api.delete(moment["url"]), 10))
    assert statuses == {204: 1, 404: 9}


def test_a_relation_is_deleted_once(api: Api, moment: JsonObject) -> None:
    klant = api.klant(moment)
    statuses = Counter(r.status_code for r in same(lambda: api.delete(klant["url"]), 10))
    assert statuses == {204: 1, 404: 9}
    assert [row["actie"] for row in api.trail(moment)] == ["create", "create", "destroy"]


def test_relations_made_during_a_deletion_leave_nothing_behind(
    api: Api, moment: JsonObject
) -> None:
    klant = api.standin.klant()
    rollen = ("belanghebbende", "gesprekspartner")
    tasks: list[Callable[[], httpx.Response]] = [
        lambda rol=rol: api.post(  # type: ignore[misc]
            "/klantcontactmomenten", api.klant_body(moment["url"], klant=klant, rol=rol)
        )
        for rol in rollen
    ]
    responses = at_once([*tasks, lambda: api.delete(moment["url"]), *tasks])
    assert {response.status_code for response in responses} <= {201, 204, 400}
    assert api.urls("/klantcontactmomenten", klant=klant) == []


def test_count_is_exact_after_parallel_creates_and_deletes(api: Api) -> None:
    kanaal = unique()
    before = api.get(CONTACT).json()["count"]
    responses = same(lambda: api.post(CONTACT, api.moment_body(kanaal=kanaal)), 30)
    urls = [response.json()["url"] for response in responses]
    at_once([lambda url=url: api.delete(url) for url in urls[:10]])  # type: ignore[misc]
    content = api.get(CONTACT, kanaal=kanaal).json()
    assert (content["count"], len(content["results"])) == (20, 20)
    assert api.get(CONTACT).json()["count"] == before + 20


def test_reads_during_updates_are_never_torn(api: Api, moment: JsonObject) -> None:
    """Two fields that always change together are always read together."""

    def write(number: int) -> Callable[[], httpx.Response]:
        text = str(number)
        return lambda: api.patch(moment["url"], {"tekst": text, "kanaal": text})

    api.patch(moment["url"], {"tekst": "x", "kanaal": "x"})
    tasks = [write(number) for number in range(10)]
    tasks += [lambda: api.get(moment["url"])] * 20
    for response in at_once(tasks):
        assert response.status_code == 200
        assert response.json()["tekst"] == response.json()["kanaal"]
