import pytest

from contactmomenten.http.problems import Problem
from contactmomenten.lists import pages
from contactmomenten.lists.pages import Query, links, page_number
from tests.application import ROOT
from tests.lists.stock import Stock

URL = "https://a.nl/x"


@pytest.mark.parametrize(
    ("texts", "number"),
    [([], 1), (["1"], 1), (["007"], 7), (["x", "2"], 2), (["9" * 16], 10**16 - 1)],
)
def test_the_last_page_that_is_named_counts(texts: list[str], number: int) -> None:
    assert page_number([("page", text) for text in texts]) == number


@pytest.mark.parametrize("text", ["", "0", "00", "-1", "+1", "1.0", " 1", "1 ", "x", "١", "9" * 17])
def test_anything_but_a_whole_number_from_1_is_no_page(text: str) -> None:
    with pytest.raises(Problem) as caught:
        page_number([("page", "1"), ("page", text)])
    assert caught.value.kind.status == 404


@pytest.mark.parametrize(
    ("page", "count", "following", "previous"),
    [
        (1, 0, None, None),
        (1, 100, None, None),
        (1, 101, 2, None),
        (2, 101, None, 1),
        (2, 200, None, 1),
        (2, 201, 3, 1),
        (3, 201, None, 2),
    ],
)
def test_a_page_links_to_its_neighbours(
    page: int, count: int, following: int | None, previous: int | None
) -> None:
    def link(number: int | None) -> str | None:
        return None if number is None else URL if number == 1 else f"{URL}?page={number}"

    assert links(URL, [], page, count) == (link(following), link(previous))


@pytest.mark.parametrize(
    ("query", "following"),
    [
        ([("b", "1"), ("a", "2")], "a=2&b=1&page=2"),
        ([("z", ""), ("page", "1"), ("page", "1")], "page=2&z="),
        ([("b", "2"), ("a", ""), ("b", "1")], "a=&b=2&b=1&page=2"),
        ([("a", "é &=/:+%")], "a=%C3%A9+%26%3D%2F%3A%2B%25&page=2"),
    ],
)
def test_a_link_keeps_the_parameters_sorted_and_encoded(query: Query, following: str) -> None:
    assert links(URL, query, 1, 101)[0] == f"{URL}?{following}"


def test_a_link_to_the_first_page_has_no_page_and_perhaps_no_query() -> None:
    assert links(URL, [("page", "2"), ("a", "b")], 2, 101)[1] == f"{URL}?a=b"
    assert links(URL, [("page", "2")], 2, 101)[1] == URL


def test_a_page_holds_a_hundred() -> None:
    assert pages.SIZE == 100


async def test_all_pages_together_show_each_row_once(stock: Stock) -> None:
    # Relations of a contactmoment that no other test looks at; gone again at the end.
    made = await stock.api.moment()
    await stock.api.database.writer.row(
        "INSERT INTO klantcontactmoment (contactmoment, uuid, klant, rol)"
        " SELECT uuid, gen_random_uuid(), 'https://example.nl/' || n, 'belanghebbende'"
        " FROM contactmoment, generate_series(1, 250) n WHERE uuid::text = $1",
        made["url"].rpartition("/")[2],
    )
    seen: list[str] = []
    url = f"{ROOT}/klantcontactmomenten?rol=belanghebbende&contactmoment={made['url']}"
    sizes = []
    page = None
    while url:
        page = await stock.api.get(url)
        sizes.append((page["count"], len(page["results"])))
        seen += [one["klant"] for one in page["results"]]
        url = page["next"]
    assert sizes == [(250, 100), (250, 100), (250, 50)]
    assert seen == [f"https://example.nl/{number}" for number in range(1, 251)]
    assert page is not None
    first = await stock.api.get((await stock.api.get(page["previous"]))["previous"])
    assert first["previous"] is None
    await stock.api.send("DELETE", made["url"])
