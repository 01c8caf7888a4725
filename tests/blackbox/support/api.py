"""The client that the tests speak through: one identity, a few words per request."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx

from . import raw, tokens
from .standin import StandIn
from .tokens import Credentials
from .values import OMIT, JsonObject, Omit, unique, without_omitted

Headers = Mapping[str, str | bytes]


class Api:
    """The API as one client sees it. Paths are below the root; absolute URLs are taken too."""

    def __init__(
        self, root: str, http: httpx.Client, standin: StandIn, credentials: Credentials | None
    ) -> None:
        self.root = root
        self.origin = root.split("/api/v1", maxsplit=1)[0]
        self.host = root.split("//", 1)[1].split("/", 1)[0]
        self.standin = standin
        self.credentials = credentials
        self._http = http

    def as_client(self, credentials: Credentials | None) -> "Api":
        """Speak to the same program as somebody else (None: as nobody)."""
        return Api(self.root, self._http, self.standin, credentials)

    def authorization(self, changes: JsonObject | None = None) -> dict[str, str]:
        """Give the Authorization header of this client, with some claims changed."""
        if self.credentials is None:
            return {}
        return {"Authorization": f"Bearer {tokens.token(self.credentials, changes)}"}

    def request(
        self,
        method: str,
        path: str,
        body: object = OMIT,
        *,
        headers: Headers | None = None,
        claims: JsonObject | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Send one request; a body given as `body` goes out as JSON, `content` literally."""
        sent: dict[str, str | bytes] = {**self.authorization(claims)}
        if not isinstance(body, Omit):
            content = json.dumps(body).encode()
        if content is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        url = path if path.startswith("http") else f"{self.root}{path}"
        pairs = [(name.encode(), _bytes(value)) for name, value in sent.items()]
        return self._http.request(method, url, content=content, headers=pairs)

    def raw(
        self,
        method: str,
        path: str,
        headers: list[raw.Header] | None = None,
        body: bytes = b"",
        limit: float = 10,
    ) -> httpx.Response:
        """Send exactly these headers (plus Host, Connection and, of a client, Authorization)."""
        sent: list[raw.Header] = [*self.authorization().items(), *(headers or [])]
        names = {name.lower() for name, _ in sent}
        if body and not names & {"content-length", "transfer-encoding"}:
            sent.append(("Content-Length", str(len(body))))
        base = self.root.split("//", 1)[1].partition("/")[2]
        return raw.send(f"http://{self.host}", method, f"/{base}{path}", sent, body, limit=limit)

    def get(self, path: str, headers: Headers | None = None, /, **query: str) -> httpx.Response:
        return self.request("GET", with_query(path, query), headers=headers)

    def head(self, path: str, *, headers: Headers | None = None) -> httpx.Response:
        return self.request("HEAD", path, headers=headers)

    def post(
        self, path: str, body: object = OMIT, *, headers: Headers | None = None
    ) -> httpx.Response:
        return self.request("POST", path, body, headers=headers)

    def put(
        self, path: str, body: object = OMIT, *, headers: Headers | None = None
    ) -> httpx.Response:
        return self.request("PUT", path, body, headers=headers)

    def patch(
        self, path: str, body: object = OMIT, *, headers: Headers | None = None
    ) -> httpx.Response:
        return self.request("PATCH", path, body, headers=headers)

    def delete(self, path: str, *, headers: Headers | None = None) -> httpx.Response:
        return self.request("DELETE", path, headers=headers)

    def moment_body(self, **fields: object) -> JsonObject:
        """Give a body for a contactmoment; OMIT leaves a property out."""
        usual: JsonObject = {
            "bronorganisatie": "423182687",
            "kanaal": unique("k"),
            "medewerker": self.standin.medewerker(),
        }
        return without_omitted(usual | fields)

    def klant_body(self, contactmoment: object, **fields: object) -> JsonObject:
        usual: JsonObject = {
            "contactmoment": contactmoment,
            "klant": self.standin.klant(),
            "rol": "belanghebbende",
        }
        return without_omitted(usual | fields)

    def object_body(self, contactmoment: object, **fields: object) -> JsonObject:
        usual: JsonObject = {
            "contactmoment": contactmoment,
            "object": self.standin.zaak(),
            "objectType": "zaak",
        }
        return without_omitted(usual | fields)

    def moment(self, **fields: object) -> JsonObject:
        """Create a contactmoment and give it."""
        return created(self.post("/contactmomenten", self.moment_body(**fields)))

    def klant(self, contactmoment: JsonObject, **fields: object) -> JsonObject:
        """Create a klantcontactmoment of this contactmoment and give it."""
        body = self.klant_body(contactmoment["url"], **fields)
        return created(self.post("/klantcontactmomenten", body))

    def object(self, contactmoment: JsonObject, **fields: object) -> JsonObject:
        """Create an objectcontactmoment of this contactmoment and give it."""
        body = self.object_body(contactmoment["url"], **fields)
        return created(self.post("/objectcontactmomenten", body))

    def read(self, url: str) -> JsonObject:
        """Read a resource that must be there."""
        response = self.get(url)
        assert response.status_code == 200, response.text
        content: JsonObject = response.json()
        return content

    def trail(self, moment: JsonObject) -> list[JsonObject]:
        """Read the audit trail of a contactmoment."""
        response = self.get(f"{moment['url']}/audittrail")
        assert response.status_code == 200, response.text
        rows: list[JsonObject] = response.json()
        return rows

    def results(self, path: str, **query: str) -> list[JsonObject]:
        """Read one page of a list that must be there."""
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        rows: list[JsonObject] = response.json()["results"]
        return rows

    def urls(self, path: str, **query: str) -> list[str]:
        """Read one page of a list and give the URLs on it, in its order."""
        return [row["url"] for row in self.results(path, **query)]


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def with_query(path: str, query: dict[str, str]) -> str:
    """Append a query string when there is one."""
    return f"{path}?{urlencode(query)}" if query else path


def created(response: httpx.Response) -> JsonObject:
    """Give the body of a 201."""
    assert response.status_code == 201, response.text
    content: JsonObject = response.json()
    return content
