"""Compares what a file demands with what is stored.

A row that changes is deleted and inserted again, and all deletes go first: so two services may
swap their api_root, which is unique, in one run.
"""

import msgspec

from contactmomenten.configuration.changes import Plan, added_and_removed
from contactmomenten.configuration.model import Applicatie, Autorisatie, Credential, Part, Service
from contactmomenten.configuration.stored import (
    Stored,
    StoredService,
    client_secret_place,
    service_place,
)
from contactmomenten.secrets import SecretBox

_REPLACED = "replaced; the stored one was encrypted with another key"

_INSERT_SECRET = "INSERT INTO client_secret (client_id, nummer, secret) VALUES ($1, $2, $3)"  # noqa: S105 - SQL, no password
_INSERT_APPLICATIE = """
INSERT INTO applicatie (uuid, label, client_ids, heeft_alle_autorisaties, autorisaties)
VALUES ($1, $2, $3, $4, $5::text::json)
"""
_INSERT_SERVICE = """
INSERT INTO service (identifier, label, api_root, api_type, auth_type, client_id, secret, user_id,
                     user_representation, header_key, header_value)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""


def plan_secrets(
    plan: Plan, stored: Stored, wanted: tuple[Credential, ...], box: SecretBox
) -> None:
    """Plan the secrets of the clients; which of two comes first in the file does not matter."""
    per_client: dict[str, list[str]] = {}
    for credential in wanted:
        per_client.setdefault(credential.identifier, []).append(credential.secret)
    for client, secrets in per_client.items():
        _plan_client(plan, client, stored.secrets.get(client, {}), secrets, box)
    for client, gone in stored.secrets.items():
        if client not in per_client:
            _plan_client(plan, client, gone, [], box)


def _plan_client(
    plan: Plan, client: str, stored: dict[int, str | None], wanted: list[str], box: SecretBox
) -> None:
    new = [secret for secret in wanted if secret not in stored.values()]
    old = {number: secret for number, secret in stored.items() if secret not in wanted}
    kept = stored.keys() - old.keys()
    # A new secret takes the place of one that goes, or else one that is free.
    places = [*old, *(number for number in (1, 2) if number not in stored)]
    after = sorted([*kept, *places[: len(new)]])

    def which(number: int, among: list[int]) -> str:
        return f"({among.index(number) + 1} of {len(among)})"

    for number, secret in old.items():
        plan.do("DELETE FROM client_secret WHERE client_id = $1 AND nummer = $2", client, number)
        if number in after:
            how = "replaced" if secret is not None else _REPLACED
            plan.change("change", "client secret", client, f"{which(number, after)}: {how}")
        else:
            plan.change("remove", "client secret", client, which(number, sorted(stored)))
    for number, secret in zip(places, new, strict=False):
        if number not in old:
            plan.change("add", "client secret", client, which(number, after))
        encrypted = box.encrypt(secret, place=client_secret_place(client))
        plan.do(_INSERT_SECRET, client, number, encrypted)


def plan_applicaties(plan: Plan, stored: Stored, wanted: tuple[Applicatie, ...]) -> None:
    """Plan the applications."""
    uuids = {applicatie.uuid for applicatie in wanted}
    changed = []
    for new in wanted:
        old = stored.applicaties.get(new.uuid)
        if old is None:
            plan.change("add", "application", new.label, _rights(new))
        elif details := _applicatie_details(old, new):
            plan.change("change", "application", new.label, details)
        else:
            continue
        changed.append(new)
    gone = [old for old in stored.applicaties.values() if old.uuid not in uuids]
    for old in gone:
        plan.change("remove", "application", old.label)
    for applicatie in (*gone, *changed):
        plan.do("DELETE FROM applicatie WHERE uuid = $1", applicatie.uuid)
    for new in changed:
        plan.do(
            _INSERT_APPLICATIE,
            new.uuid,
            new.label,
            new.client_ids,
            new.heeft_alle_autorisaties,
            msgspec.json.encode(new.autorisaties).decode(),
        )


def _scopes(autorisaties: list[Autorisatie]) -> set[str]:
    return {
        scope if autorisatie.component == "cmc" else f"{autorisatie.component}: {scope}"
        for autorisatie in autorisaties
        for scope in autorisatie.scopes
    }


def _rights(applicatie: Applicatie) -> str:
    if applicatie.heeft_alle_autorisaties:
        return "all rights"
    return ", ".join(sorted(_scopes(applicatie.autorisaties))) or "no rights"


def _applicatie_details(old: Applicatie, new: Applicatie) -> str:
    """Return how two applications differ in meaning; the order of lists has none."""
    details = []
    if old.label != new.label:
        details.append(f"label was {old.label}")
    if clients := added_and_removed(old.client_ids, new.client_ids):
        details.append(f"clients {clients}")
    if old.heeft_alle_autorisaties != new.heeft_alle_autorisaties:
        details.append("all rights" if new.heeft_alle_autorisaties else "no longer all rights")
    if scopes := added_and_removed(_scopes(old.autorisaties), _scopes(new.autorisaties)):
        details.append(f"scopes {scopes}")
    return "; ".join(details)


def plan_services(plan: Plan, stored: Stored, wanted: tuple[Service, ...], box: SecretBox) -> None:
    """Plan the services."""
    identifiers = {service.identifier for service in wanted}
    changed = []
    for new in wanted:
        old = stored.services.get(new.identifier)
        if old is None:
            plan.change("add", "service", new.identifier, new.api_root)
        elif details := _service_details(old, new):
            plan.change("change", "service", new.identifier, details)
        else:
            continue
        changed.append(new)
    gone = [identifier for identifier in stored.services if identifier not in identifiers]
    for identifier in gone:
        plan.change("remove", "service", identifier)
    for identifier in (*gone, *(service.identifier for service in changed)):
        plan.do("DELETE FROM service WHERE identifier = $1", identifier)
    for new in changed:
        values = msgspec.structs.asdict(new)  # the statement has its columns in this order
        for column in ("secret", "header_value"):
            place = service_place(new.identifier, column)
            values[column] = box.encrypt(values[column], place=place) if values[column] else None
        plan.do(_INSERT_SERVICE, *values.values())


def _service_details(stored: StoredService, new: Service) -> str:
    details = []
    for name, value in msgspec.structs.asdict(new).items():
        before = getattr(stored.service, name)
        if name in stored.unreadable:
            details.append(f"{name} {_REPLACED}")
        elif before == value:
            continue
        elif name in {"secret", "header_value"}:
            how = "removed" if not value else "replaced" if before else "set"
            details.append(f"{name} {how}")
        else:
            details.append(f"{name} was {before or 'empty'}, now {value or 'empty'}")
    return "; ".join(details)


def plan_setting(plan: Plan, stored: Stored, name: str, what: str, wanted: Part) -> None:
    """Plan a block that holds one object; one that names no service ('') is removed."""
    values: dict[str, object] = msgspec.structs.asdict(wanted)
    service = str(values[f"{what}_api_service_identifier"])
    before = stored.settings.get(name)
    if before == values or (before is None and not service):
        return
    plan.do("DELETE FROM instelling WHERE naam = $1", name)
    if before is not None and not service:
        plan.change("remove", what, str(before[f"{what}_api_service_identifier"]))
        return
    if before is None:
        plan.change("add", what, service)
    else:
        differences = [
            f"{key} was {before.get(key, 'absent')}, now {value}"
            for key, value in values.items()
            if before.get(key) != value
        ]
        plan.change("change", what, service, "; ".join(differences))
    plan.do(
        "INSERT INTO instelling (naam, waarde) VALUES ($1, $2::text::json)",
        name,
        msgspec.json.encode(values).decode(),
    )
