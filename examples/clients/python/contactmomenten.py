"""A typed client of the Contactmomenten API in one file; needs httpx and PyJWT.

CONTACTMOMENTEN_ROOT=https://contactmomenten.example.nl/api/v1 \
  CONTACTMOMENTEN_CLIENT_ID=portaal CONTACTMOMENTEN_SECRET=… python contactmomenten.py
"""

import os
import time
from collections.abc import Generator, Iterator
from typing import Any, NotRequired, Self, TypedDict

import httpx
import jwt

Json = dict[str, Any]


class Medewerker(TypedDict, total=False):
    """Who spoke for the municipality, when there is no URL of an employee."""

    identificatie: str
    achternaam: str
    voorletters: str
    voorvoegselAchternaam: str


class Contactmoment(TypedDict):
    """What a create or update takes; an answer has url and more besides."""

    bronorganisatie: str
    kanaal: NotRequired[str]
    tekst: NotRequired[str]
    onderwerpLinks: NotRequired[list[str]]
    initiatiefnemer: NotRequired[str]
    registratiedatum: NotRequired[str]
    voorkeurskanaal: NotRequired[str]
    voorkeurstaal: NotRequired[str]
    vorigContactmoment: NotRequired[str | None]
    medewerker: NotRequired[str]
    medewerkerIdentificatie: NotRequired[Medewerker]


class ContactmomentenError(Exception):
    """The API refused; `problem` is its document, with code, detail and invalidParams."""

    def __init__(self, problem: Json) -> None:
        """Keep the problem document."""
        reasons = [f"{one['name']}: {one['reason']}" for one in problem.get("invalidParams", [])]
        super().__init__(f"{problem.get('status')} {problem.get('code')}: {'; '.join(reasons)}")
        self.problem = problem


class Token(httpx.Auth):
    """Signs each request with a fresh token."""

    def __init__(self, client_id: str, secret: str, user: str = "", name: str = "") -> None:
        """Sign as `client_id`, on behalf of `user`, who is called `name` in the audit trail."""
        self._claims = {
            "iss": client_id,
            "client_id": client_id,
            "user_id": user,
            "user_representation": name,
        }
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the token."""
        claims = {**self._claims, "iat": int(time.time())}
        token = jwt.encode(claims, self._secret, algorithm="HS256")
        request.headers["Authorization"] = f"Bearer {token}"
        yield request


class Contactmomenten:
    """The API at `root`, which ends in /api/v1."""

    def __init__(self, root: str, auth: Token) -> None:
        """Connect when first asked; use as a context manager."""
        # The API answers in milliseconds, but may look up a zaak or klant at its own API first.
        self._http = httpx.Client(base_url=root, auth=auth, timeout=10)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._http.close()

    def register(self, contactmoment: Contactmoment) -> Json:
        """Register a contactmoment; return it with its URL."""
        made: Json = self._asked("POST", "/contactmomenten", json=contactmoment)
        return made

    def change(self, url: str, **fields: Any) -> Json:  # noqa: ANN401 (any JSON)
        """Change some fields of a contactmoment."""
        made: Json = self._asked("PATCH", url, json=fields)
        return made

    def relate_klant(self, contactmoment: str, klant: str, rol: str) -> Json:
        """Say that a klant took part, as belanghebbende or gesprekspartner."""
        body = {"contactmoment": contactmoment, "klant": klant, "rol": rol}
        made: Json = self._asked("POST", "/klantcontactmomenten", json=body)
        return made

    def find(self, **filters: str) -> Iterator[Json]:
        """Go through all contactmomenten that meet `filters`, page by page."""
        page: Json = {"next": str(httpx.URL("/contactmomenten", params=filters))}
        while page["next"]:
            page = self._asked("GET", page["next"])
            yield from page["results"]

    def trail(self, contactmoment: str) -> list[Json]:
        """Return who changed what."""
        lines: list[Json] = self._asked("GET", f"{contactmoment}/audittrail")
        return lines

    def _asked(self, method: str, url: str, **content: Any) -> Any:  # noqa: ANN401 (any JSON)
        answer = self._http.request(method, url, **content)
        if answer.is_error:
            raise ContactmomentenError(answer.json())
        return answer.json()


def main() -> None:
    """Register, change, relate, find and audit."""
    auth = Token(
        os.environ["CONTACTMOMENTEN_CLIENT_ID"],
        os.environ["CONTACTMOMENTEN_SECRET"],
        user="jjansen",
        name="J. Jansen",
    )
    with Contactmomenten(os.environ["CONTACTMOMENTEN_ROOT"], auth) as api:
        moment = api.register(
            {
                "bronorganisatie": "000000000",
                "kanaal": "telefoon",
                "tekst": "Vraag over de afvalkalender.",
                "medewerkerIdentificatie": {"identificatie": "m1", "achternaam": "Jansen"},
            }
        )
        print("registered", moment["url"])
        print("changed", api.change(moment["url"], voorkeurskanaal="mail")["voorkeurskanaal"])
        after = api.register(
            {
                "bronorganisatie": "000000000",
                "vorigContactmoment": moment["url"],
                "medewerkerIdentificatie": {"identificatie": "m1", "achternaam": "Jansen"},
            }
        )
        print("follows", after["vorigContactmoment"])
        found = [one["url"] for one in api.find(bronorganisatie="000000000", kanaal="telefoon")]
        print("found", moment["url"] in found)
        for line in api.trail(moment["url"]):
            print("trail", line["actie"], line["gebruikersWeergave"])
        try:
            api.register({"bronorganisatie": "12345"})
        except ContactmomentenError as error:
            print("refused", error.problem["invalidParams"][0]["name"])


if __name__ == "__main__":
    main()
