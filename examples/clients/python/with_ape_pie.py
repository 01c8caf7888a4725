"""The same client on ape-pie, as the newer sister products call APIs; needs ape-pie and PyJWT.

CONTACTMOMENTEN_ROOT=https://contactmomenten.example.nl/api/v1 \
  CONTACTMOMENTEN_CLIENT_ID=portaal CONTACTMOMENTEN_SECRET=… python with_ape_pie.py
"""

import os
import time
from collections.abc import Iterator
from typing import Any

import jwt
from ape_pie import APIClient
from requests import PreparedRequest, Response
from requests.auth import AuthBase

Json = dict[str, Any]


class ContactmomentenError(Exception):
    """The API refused; `problem` is its document, with code, detail and invalidParams."""

    def __init__(self, problem: Json) -> None:
        """Keep the problem document."""
        super().__init__(f"{problem.get('status')} {problem.get('code')}: {problem.get('detail')}")
        self.problem = problem


class Token(AuthBase):
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

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the token."""
        claims = {**self._claims, "iat": int(time.time())}
        token = jwt.encode(claims, self._secret, algorithm="HS256")
        request.headers["Authorization"] = f"Bearer {token}"
        return request


class Contactmomenten(APIClient):
    """The API; its base URL ends in /api/v1/, and no request can leave it."""

    def register(self, contactmoment: Json) -> Json:
        """Register a contactmoment; return it with its URL."""
        made: Json = _content(self.post("contactmomenten", json=contactmoment))
        return made

    def change(self, url: str, **fields: Any) -> Json:  # noqa: ANN401 (any JSON)
        """Change some fields of a contactmoment."""
        made: Json = _content(self.patch(url, json=fields))
        return made

    def find(self, **filters: str) -> Iterator[Json]:
        """Go through all contactmomenten that meet `filters`, page by page."""
        page: Json = _content(self.get("contactmomenten", params=filters))
        yield from page["results"]
        while page["next"]:
            page = _content(self.get(page["next"]))
            yield from page["results"]

    def trail(self, contactmoment: str) -> list[Json]:
        """Return who changed what."""
        lines: list[Json] = _content(self.get(f"{contactmoment}/audittrail"))
        return lines


def _content(answer: Response) -> Any:  # noqa: ANN401 (any JSON)
    if not answer.ok:
        raise ContactmomentenError(answer.json())
    return answer.json()


def main() -> None:
    """Register, change, chain, find and audit."""
    auth = Token(
        os.environ["CONTACTMOMENTEN_CLIENT_ID"],
        os.environ["CONTACTMOMENTEN_SECRET"],
        user="jjansen",
        name="J. Jansen",
    )
    root = os.environ["CONTACTMOMENTEN_ROOT"].rstrip("/") + "/"
    medewerker = {"identificatie": "m1", "achternaam": "Jansen"}
    with Contactmomenten(root, request_kwargs={"auth": auth, "timeout": 10}) as api:
        moment = api.register(
            {
                "bronorganisatie": "000000000",
                "kanaal": "telefoon",
                "tekst": "Vraag over de afvalkalender.",
                "medewerkerIdentificatie": medewerker,
            }
        )
        print("registered", moment["url"])
        print("changed", api.change(moment["url"], voorkeurskanaal="mail")["voorkeurskanaal"])
        after = api.register(
            {
                "bronorganisatie": "000000000",
                "vorigContactmoment": moment["url"],
                "medewerkerIdentificatie": medewerker,
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
