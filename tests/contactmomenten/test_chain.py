import asyncio
import random
from typing import Any

import pytest

from tests.application import Api
from tests.contactmomenten.consistency import outbox, wrongs

VORIG, VOLGEND = "vorigContactmoment", "volgendContactmoment"


async def chain_of(api: Api, length: int) -> list[str]:
    """Make moments that follow on each other, the first one first."""
    urls: list[str] = []
    for _ in range(length):
        made = await api.moment(**{VORIG: urls[-1] if urls else None})
        urls.append(made["url"])
    return urls


async def neighbours(api: Api, *urls: str) -> list[tuple[int | None, int | None]]:
    """Return for each of `urls` the index of its predecessor and its successor."""

    def index(url: str | None) -> int | None:
        return None if url is None else urls.index(url)

    read = [await api.get(url) for url in urls]
    return [(index(one[VORIG]), index(one[VOLGEND])) for one in read]


async def refused(api: Api, url: str, vorig: str) -> str:
    answer = await api.send("PATCH", url, {VORIG: vorig})
    assert answer.status_code == 400, answer.text
    (fault,) = answer.json()["invalidParams"]
    assert fault["name"] == VORIG
    code: str = fault["code"]
    return code


@pytest.fixture(autouse=True)
async def nothing_wrong(api: Api) -> Any:  # noqa: ANN401
    """Look after each test whether everything is still consistent."""
    yield
    assert await wrongs(api.database) == []


async def test_a_successor_shows_at_its_predecessor_with_a_line_in_its_trail(api: Api) -> None:
    first, second = await chain_of(api, 2)
    assert await neighbours(api, first, second) == [(None, 1), (0, None)]
    _, line = await api.trail(first)
    assert (line["actie"], line["resultaat"], line["resourceUrl"]) == ("partial_update", 200, first)
    assert line["wijzigingen"]["oud"][VOLGEND] is None
    assert line["wijzigingen"]["nieuw"][VOLGEND] == second
    assert await outbox(api.database) == ["create", "create"]


async def test_a_second_successor_is_refused(api: Api) -> None:
    first, _ = await chain_of(api, 2)
    (other,) = await chain_of(api, 1)
    assert await refused(api, other, first) == "unique"
    answer = await api.send(
        "POST", "contactmomenten", {"bronorganisatie": "000000000", "medewerker": "", VORIG: first}
    )
    assert answer.json()["invalidParams"][0]["code"] == "unique"


async def test_naming_the_same_predecessor_again_changes_only_the_moment_itself(api: Api) -> None:
    first, second = await chain_of(api, 2)
    await api.change(second, **{VORIG: first})
    assert await neighbours(api, first, second) == [(None, 1), (0, None)]
    assert [len(await api.trail(url)) for url in (first, second)] == [2, 2]


async def test_a_predecessor_that_does_not_exist_is_refused(api: Api) -> None:
    first, second = await chain_of(api, 2)
    gone = f"{first[:-36]}00000000-0000-4000-8000-000000000000"
    assert await refused(api, second, gone) == "does_not_exist"


@pytest.mark.parametrize("empty", [None, ""])
async def test_a_move_to_nowhere_frees_the_old_predecessor(api: Api, empty: str | None) -> None:
    first, second = await chain_of(api, 2)
    changed = await api.change(second, **{VORIG: empty})
    assert (changed[VORIG], changed[VOLGEND]) == (None, None)
    assert await neighbours(api, first, second) == [(None, None), (None, None)]
    assert len(await api.trail(first)) == 3


async def test_a_move_frees_the_old_predecessor_and_takes_the_new_one(api: Api) -> None:
    first, second, third = [*await chain_of(api, 2), *await chain_of(api, 1)]
    await api.change(second, **{VORIG: third})
    assert await neighbours(api, first, second, third) == [(None, None), (2, None), (None, 1)]
    assert [len(await api.trail(url)) for url in (first, second, third)] == [3, 2, 2]
    await api.change(first, **{VORIG: second})
    assert await neighbours(api, first, second, third) == [(1, None), (2, 0), (None, 1)]


async def test_a_put_without_predecessor_leaves_the_chain_alone(api: Api) -> None:
    first, second = await chain_of(api, 2)
    answer = await api.send("PUT", second, {"bronorganisatie": "000000012"})
    assert answer.json()[VORIG] == first


async def test_a_moment_may_follow_on_itself(api: Api) -> None:
    (only,) = await chain_of(api, 1)
    changed = await api.change(only, **{VORIG: only})
    assert (changed[VORIG], changed[VOLGEND]) == (only, only)
    assert await api.get(only) == changed
    assert len(await api.trail(only)) == 2
    changed = await api.change(only, tekst="nog eens", **{VORIG: only})
    assert (changed[VORIG], changed[VOLGEND]) == (only, only)
    changed = await api.change(only, **{VORIG: None})
    assert (changed[VORIG], changed[VOLGEND]) == (None, None)


async def test_a_moment_with_a_successor_cannot_follow_on_itself(api: Api) -> None:
    first, _ = await chain_of(api, 2)
    assert await refused(api, first, first) == "unique"


async def test_a_move_from_and_to_itself_tells_the_neighbour(api: Api) -> None:
    first, second = await chain_of(api, 2)
    await api.change(second, **{VORIG: second})
    assert await neighbours(api, first, second) == [(None, None), (1, 1)]
    await api.change(second, **{VORIG: first})
    assert await neighbours(api, first, second) == [(None, 1), (0, None)]


async def test_a_moment_on_itself_can_be_deleted(api: Api) -> None:
    (only,) = await chain_of(api, 1)
    await api.change(only, **{VORIG: only})
    assert (await api.send("DELETE", only)).status_code == 204


@pytest.mark.parametrize("length", [2, 3])
async def test_a_circle_can_be_made_and_opened(api: Api, length: int) -> None:
    urls = await chain_of(api, length)
    await api.change(urls[0], **{VORIG: urls[-1]})
    circle = [((i - 1) % length, (i + 1) % length) for i in range(length)]
    assert await neighbours(api, *urls) == circle
    await api.change(urls[1], **{VORIG: None})
    opened = await neighbours(api, *urls)
    assert (opened[0][1], opened[1][0]) == (None, None)
    assert opened[1][1] == circle[1][1]


@pytest.mark.parametrize("length", [2, 3])
async def test_a_circle_opens_when_one_of_it_is_deleted(api: Api, length: int) -> None:
    urls = await chain_of(api, length)
    await api.change(urls[0], **{VORIG: urls[-1]})
    before = [len(await api.trail(url)) for url in urls[1:]]
    assert (await api.send("DELETE", urls[0])).status_code == 204
    rest = await neighbours(api, *urls[1:])
    assert (rest[0][0], rest[-1][1]) == (None, None)
    after = [len(await api.trail(url)) for url in urls[1:]]
    assert sum(after) - sum(before) == 2


@pytest.mark.parametrize(
    ("deleted", "expected"),
    [
        (0, [(None, 1), (0, None)]),
        (1, [(None, None), (None, None)]),
        (2, [(None, 1), (0, None)]),
    ],
)
async def test_a_delete_frees_the_neighbours_each_with_a_line_and_without_notification(
    api: Api, deleted: int, expected: list[tuple[int | None, int | None]]
) -> None:
    urls = await chain_of(api, 3)
    lines = {url: len(await api.trail(url)) for url in urls}
    assert (await api.send("DELETE", urls[deleted])).status_code == 204
    rest = [url for index, url in enumerate(urls) if index != deleted]
    assert await neighbours(api, *rest) == expected
    for index, url in enumerate(urls):
        if index != deleted:
            new = (await api.trail(url))[lines[url] :]
            is_neighbour = abs(index - deleted) == 1
            assert [line["actie"] for line in new] == ["partial_update"] * is_neighbour
    assert await outbox(api.database) == ["create"] * 3 + ["destroy"]


async def test_of_many_that_want_the_same_predecessor_one_gets_it(api: Api) -> None:
    first, *others = [(await api.moment())["url"] for _ in range(8)]
    body = {"bronorganisatie": "000000000", "medewerker": "https://x.nl/", VORIG: first}
    answers = await asyncio.gather(
        *(api.send("PATCH", url, {VORIG: first}) for url in others),
        *(api.send("POST", "contactmomenten", body) for _ in others),
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] in {200, 201}
    assert set(statuses[1:]) == {400}
    codes = {fault["code"] for a in answers for fault in a.json().get("invalidParams", ())}
    assert codes == {"unique"}


@pytest.mark.parametrize("seed", range(4))
async def test_moves_and_deletes_at_the_same_time_leave_the_chain_whole(
    api: Api, seed: int
) -> None:
    chosen = random.Random(seed)  # noqa: S311 (the same rounds each time)
    urls = await chain_of(api, 6)
    seen: set[int] = set()

    async def one() -> None:
        url, other = chosen.choice(urls), chosen.choice([*urls, None])
        kind = chosen.random()
        if kind < 0.08:
            answer = await api.send("DELETE", url)
        elif kind < 0.2:
            answer = await api.send("PATCH", url, {"tekst": str(kind)})
        elif kind < 0.3:
            body = {"bronorganisatie": "000000000", "medewerker": "https://x.nl/", VORIG: other}
            answer = await api.send("POST", "contactmomenten", body)
            if answer.status_code == 201:
                urls.append(answer.json()["url"])
        else:
            answer = await api.send("PATCH", url, {VORIG: other})
        seen.add(answer.status_code)

    for _ in range(12):
        await asyncio.gather(*(one() for _ in range(12)))
        assert await wrongs(api.database) == []
    assert {200, 400} <= seen <= {200, 201, 204, 400, 404}


async def test_two_that_swap_predecessors_do_not_wait_for_each_other(api: Api) -> None:
    a, b = [(await api.moment())["url"] for _ in range(2)]
    for _ in range(15):
        answers = await asyncio.gather(
            api.send("PATCH", a, {VORIG: b}),
            api.send("PATCH", b, {VORIG: a}),
            api.send("PATCH", a, {VORIG: None}),
            api.send("PATCH", b, {VORIG: None}),
        )
        assert [answer.status_code for answer in answers] == [200] * 4


async def test_everyone_deletes_at_once_and_each_is_deleted_once(api: Api) -> None:
    urls = await chain_of(api, 5)
    answers = await asyncio.gather(*(api.send("DELETE", url) for url in urls * 3))
    assert sorted(answer.status_code for answer in answers) == [204] * 5 + [404] * 10
    assert await api.database.writer.value("SELECT count(*) FROM audittrail") == 0
    assert (await outbox(api.database)).count("destroy") == 5
