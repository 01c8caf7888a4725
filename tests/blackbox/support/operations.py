"""The sixteen operations, each with what it needs and what it gives."""

from dataclasses import dataclass
from typing import Final

from . import clients, expect
from .api import Api
from .values import OMIT, RSIN


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of section 1.1; `{m}`, `{r}`, `{k}`, `{o}` are filled in by prepare."""

    name: str
    method: str
    path: str
    scope: str
    status: int
    allow: str

    def prepare(self, api: Api) -> tuple[str, object]:
        """Make whatever it works on; give the path and the body to send."""
        path, body = self.path, OMIT
        if "{" in path or self.method == "POST":
            moment = api.moment()
            path = path.replace("{m}", str(moment["url"]).rsplit("/", 1)[1])
            if "{r}" in path:
                path = path.replace("{r}", api.trail(moment)[0]["uuid"])
            if "{k}" in path:
                path = path.replace("{k}", api.klant(moment)["url"].rsplit("/", 1)[1])
            if "{o}" in path:
                relation = api.object(moment)
                api.standin.forget(relation["object"])
                path = path.replace("{o}", relation["url"].rsplit("/", 1)[1])
            return path, self._body(api, moment["url"])
        return path, body

    def _body(self, api: Api, moment: str) -> object:
        if self.method == "PUT":
            return {"bronorganisatie": RSIN}
        if self.method == "PATCH":
            return {}
        if self.method == "POST":
            if self.path == "/klantcontactmomenten":
                return api.klant_body(moment)
            if self.path == "/objectcontactmomenten":
                return api.object_body(moment)
            return api.moment_body()
        return OMIT


_C, _M, _R, _T = expect.COLLECTION, expect.MOMENT, expect.RELATION, expect.TRAIL
_LEZEN, _TRAILS = clients.LEZEN, clients.AUDITTRAILS
_MAAK, _WIJZIG, _WEG = clients.AANMAKEN, clients.BIJWERKEN, clients.VERWIJDEREN

OPERATIONS: Final = [
    Operation("contactmoment_list", "GET", "/contactmomenten", _LEZEN, 200, _C),
    Operation("contactmoment_create", "POST", "/contactmomenten", _MAAK, 201, _C),
    Operation("contactmoment_read", "GET", "/contactmomenten/{m}", _LEZEN, 200, _M),
    Operation("contactmoment_update", "PUT", "/contactmomenten/{m}", _WIJZIG, 200, _M),
    Operation("contactmoment_partial_update", "PATCH", "/contactmomenten/{m}", _WIJZIG, 200, _M),
    Operation("contactmoment_delete", "DELETE", "/contactmomenten/{m}", _WEG, 204, _M),
    Operation("audittrail_list", "GET", "/contactmomenten/{m}/audittrail", _TRAILS, 200, _T),
    Operation("audittrail_read", "GET", "/contactmomenten/{m}/audittrail/{r}", _TRAILS, 200, _T),
    Operation("klantcontactmoment_list", "GET", "/klantcontactmomenten", _LEZEN, 200, _C),
    Operation("klantcontactmoment_create", "POST", "/klantcontactmomenten", _MAAK, 201, _C),
    Operation("klantcontactmoment_read", "GET", "/klantcontactmomenten/{k}", _LEZEN, 200, _R),
    Operation("klantcontactmoment_delete", "DELETE", "/klantcontactmomenten/{k}", _WEG, 204, _R),
    Operation("objectcontactmoment_list", "GET", "/objectcontactmomenten", _LEZEN, 200, _C),
    Operation("objectcontactmoment_create", "POST", "/objectcontactmomenten", _MAAK, 201, _C),
    Operation("objectcontactmoment_read", "GET", "/objectcontactmomenten/{o}", _LEZEN, 200, _R),
    Operation("objectcontactmoment_delete", "DELETE", "/objectcontactmomenten/{o}", _WEG, 204, _R),
]
READS: Final = [operation for operation in OPERATIONS if operation.method == "GET"]
CONDITIONAL: Final = [op for op in OPERATIONS if op.name.endswith("_read")]
WRITES: Final = [op for op in OPERATIONS if op.method in {"POST", "PUT", "PATCH"}]


def named(operation: Operation) -> str:
    """Give the identifier of a parametrized test."""
    return operation.name
