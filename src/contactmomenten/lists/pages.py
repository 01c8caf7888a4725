"""Pages of 100, and the links between them (behaviour 6.1)."""

import re
from typing import Any, Final
from urllib.parse import urlencode

from contactmomenten.http.problems import Problem, not_found

SIZE: Final = 100
PARAMETER: Final = "page"

# With more digits the number of a row would be too large for PostgreSQL.
_NUMBER = re.compile(r"0*[0-9]{1,16}")

Query = list[tuple[str, str]]

OAS_PARAMETER: Final[dict[str, Any]] = {
    "name": PARAMETER,
    "in": "query",
    "description": "Een pagina van de resultaten; elke pagina telt 100 resultaten.",
    "required": False,
    "schema": {"type": "integer"},
}


def no_such_page() -> Problem:
    """Return the 404 for a page that is not there."""
    return not_found("Ongeldige pagina.")


def page_number(query: Query) -> int:
    """Return the page that is asked for, from 1; the last one counts.

    Raises:
        Problem: the 404 when it is not a whole number from 1.
    """
    texts = [value for name, value in query if name == PARAMETER]
    if not texts:
        return 1
    number = int(texts[-1]) if _NUMBER.fullmatch(texts[-1]) else 0
    if number < 1:
        raise no_such_page()
    return number


def links(url: str, query: Query, page: int, count: int) -> tuple[str | None, str | None]:
    """Return the URLs of the next and the previous page; None where there is none.

    Args:
        url: of the list, without query.
        query: of this request.
        page: of this request, from 1.
        count: of all results.
    """
    others = [(name, value) for name, value in query if name != PARAMETER]

    def link(number: int) -> str:
        if not others:
            return url if number == 1 else f"{url}?{PARAMETER}={number}"
        parameters = others if number == 1 else [*others, (PARAMETER, str(number))]
        # Stable, so that repeated parameters keep their order.
        parameters = sorted(parameters, key=lambda pair: pair[0])
        return f"{url}?{urlencode(parameters)}"

    following = link(page + 1) if page * SIZE < count else None
    previous = link(page - 1) if page > 1 else None
    return following, previous
