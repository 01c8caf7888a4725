"""The served OAS document, with what the standard says in its texts and not in its schemas.

Nothing of this is served: the document of the program must mean just what the standard's does.
"""

from copy import deepcopy
from typing import Any, Final

OAS = dict[str, Any]

_SENT: Final = ("ContactMoment", "KlantContactMoment", "ObjectContactMoment")
_RELATIONS: Final = ("klant", "object")
_UUID_IN_LOCATION: Final = "$response.header.Location#regex:/([^/]+)$"


def completed(served: OAS) -> OAS:
    """Return the document with formats that can be generated, and with links."""
    document = deepcopy(served)
    schemas = document["components"]["schemas"]
    # Of requests only: answers are held to what is served.
    sent = {name: deepcopy(schemas[name]) for name in _SENT}
    schemas |= {f"{name}Verzoek": schema for name, schema in sent.items()}
    moment = sent["ContactMoment"]["properties"]
    moment["bronorganisatie"]["format"] = "rsin"
    moment["registratiedatum"]["format"] = "moment"
    moment["medewerker"] |= {"format": "medewerker", "minLength": 1}
    moment["onderwerpLinks"]["items"]["format"] = "web"
    # It must be there and have no successor, so only a link can give it.
    moment["vorigContactmoment"] = {"type": "string", "nullable": True, "enum": [None]}
    sent["ContactMoment"]["required"] = ["bronorganisatie", "medewerker"]
    for name, other in (("KlantContactMoment", "klant"), ("ObjectContactMoment", "object")):
        relation = sent[name]["properties"]
        relation["contactmoment"]["format"] = "contactmoment"
        relation[other]["format"] = {"klant": "klant", "object": "zaak"}[other]
    bodies = [document["components"]["requestBodies"]["ContactMoment"]]
    paths = document["paths"]
    bodies += [paths[f"/{name}contactmomenten"]["post"]["requestBody"] for name in _RELATIONS]
    for body in bodies:
        body["content"]["application/json"]["schema"]["$ref"] += "Verzoek"
    formats = {
        "bronorganisatie": "rsin",
        "medewerker": "web",
        "klant": "web",
        "object": "web",
        "vorigContactmoment": "contactmoment",
        "volgendContactmoment": "contactmoment",
        "contactmoment": "contactmoment",
    }
    for path in document["paths"].values():
        for parameter in path.get("get", {}).get("parameters", []):
            name = parameter["name"]
            if name.startswith("registratiedatum"):
                parameter["schema"]["format"] = "moment"
            elif name in formats:
                parameter["schema"]["format"] = formats[name]
    # Without one it is "" (4.1), which the standard's format does not say.
    medewerker = schemas["ContactMoment"]["properties"]["medewerker"]
    del medewerker["format"]
    medewerker["anyOf"] = [{"format": "uri"}, {"maxLength": 0}]
    _link(document["paths"])
    # What the text of If-None-Match says.
    for path in document["paths"].values():
        if any(one["name"] == "If-None-Match" for one in path.get("get", {}).get("parameters", [])):
            path["get"]["responses"]["304"] = {"description": "Unchanged."}
    # What is no JSON has no faulty fields: `invalidParams` is for validation errors (7.1).
    schemas["Onleesbaar"] = deepcopy(schemas["Fout"])
    schemas["Onleesbaar"]["properties"]["code"]["enum"] = ["parse_error"]
    bad = document["components"]["responses"]["400"]["content"]["application/problem+json"]
    bad["schema"] = {"anyOf": [bad["schema"], {"$ref": "#/components/schemas/Onleesbaar"}]}
    return document


def _link(paths: OAS) -> None:
    for resource in ("contactmomenten", "klantcontactmomenten", "objectcontactmomenten"):
        singular = resource.removesuffix("en")
        links = {
            f"{action}_{singular}": {
                "operationId": f"{singular}_{action}",
                "parameters": {"uuid": _UUID_IN_LOCATION},
            }
            for action in ("read", "delete")
        }
        paths[f"/{resource}"]["post"]["responses"]["201"]["links"] = links
    links = paths["/contactmomenten"]["post"]["responses"]["201"]["links"]
    for action in ("update", "partial_update"):
        links[action] = {
            "operationId": f"contactmoment_{action}",
            "parameters": {"uuid": _UUID_IN_LOCATION},
        }
    links["trail"] = {
        "operationId": "audittrail_list",
        "parameters": {"contactmoment_uuid": _UUID_IN_LOCATION},
    }
    for relation in ("klantcontactmoment", "objectcontactmoment"):
        links[f"create_{relation}"] = {
            "operationId": f"{relation}_create",
            "requestBody": {"contactmoment": "$response.body#/url"},
        }
    links["successor"] = {
        "operationId": "contactmoment_create",
        "requestBody": {"vorigContactmoment": "$response.body#/url"},
    }
    trail = paths["/contactmomenten/{contactmoment_uuid}/audittrail"]["get"]
    trail["responses"]["200"]["links"] = {
        "line": {
            "operationId": "audittrail_read",
            "parameters": {
                "contactmoment_uuid": "$request.path.contactmoment_uuid",
                "uuid": "$response.body#/0/uuid",
            },
        }
    }
