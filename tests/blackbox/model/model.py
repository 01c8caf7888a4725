"""The standard as a plain program in memory: one request after another, nothing kept on a disk."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from tests.blackbox.support import clients, expect
from tests.blackbox.support.expect import Entry, Fault
from tests.blackbox.support.values import JsonObject

from . import fields, lists
from .asking import Ask, Expected, New, RefusedError, invalid, not_found
from .elsewhere import RELATED, SILENT, UNREACHABLE, Elsewhere
from .records import (
    ACTIES,
    KINDS,
    KLANT,
    OBJECT,
    UUID,
    Change,
    Kind,
    Moment,
    Relation,
    plain,
    stamp,
    weergave,
)

Show = Callable[[Any], JsonObject]

_PATH: Final = re.compile(
    r"/(contactmomenten|klantcontactmomenten|objectcontactmomenten)"
    r"(?:/([^/.]+)(?:/(audittrail)(?:/([^/.]+))?)?)?"
)
_COLLECTION: Final = {"GET": clients.LEZEN, "POST": clients.AANMAKEN}
_ALLOW: Final = {
    "collection": (_COLLECTION, expect.COLLECTION),
    "moment": (
        {
            "GET": clients.LEZEN,
            "PUT": clients.BIJWERKEN,
            "PATCH": clients.BIJWERKEN,
            "DELETE": clients.VERWIJDEREN,
        },
        expect.MOMENT,
    ),
    "relation": ({"GET": clients.LEZEN, "DELETE": clients.VERWIJDEREN}, expect.RELATION),
    "trail": ({"GET": clients.AUDITTRAILS}, expect.TRAIL),
}
_MOMENT_FILTERS: Final = (
    "vorigContactmoment",
    "volgendContactmoment",
    "bronorganisatie",
    "registratiedatum",
    "registratiedatum__gt",
    "registratiedatum__gte",
    "registratiedatum__lt",
    "registratiedatum__lte",
    "kanaal",
    "voorkeurskanaal",
    "voorkeurstaal",
    "initiatiefnemer",
    "medewerker",
    "ordering",
    "page",
)


class Model:
    """All there is. Dictionaries keep the order of creation."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        self.elsewhere = elsewhere
        self.moments: dict[str, Moment] = {}
        self.relations: dict[str, dict[str, Relation]] = {path: {} for path in KINDS}
        self.outbox: list[JsonObject] = []
        self.identifications = 0

    # What a resource looks like

    def volgend(self, moment: Moment) -> Moment | None:
        return next((one for one in self.moments.values() if one.vorig is moment), None)

    def moment_json(self, moment: Moment, root: str) -> JsonObject:
        url = f"{root}/contactmomenten/"
        volgend = self.volgend(moment)
        return {
            "url": url + moment.uuid,
            "vorigContactmoment": url + moment.vorig.uuid if moment.vorig else None,
            "volgendContactmoment": url + volgend.uuid if volgend else None,
            **moment.values,
            "registratiedatum": stamp(moment.values["registratiedatum"]),
        }

    def relation_json(self, kind: Kind, relation: Relation, root: str) -> JsonObject:
        return {
            "url": f"{root}/{kind.path}/{relation.uuid}",
            "contactmoment": f"{root}/contactmomenten/{relation.moment.uuid}",
            **relation.values,
        }

    # One request

    def answer(self, ask: Ask, new: New) -> Expected:
        """Do what is asked, and return what must be answered."""
        match = own_path(f"/api/v1{ask.path}")
        path, uuid, trail, line = match.groups() if match else ("", "", "", "")
        group = "trail" if trail else ("moment" if path == "contactmomenten" else "relation")
        scopes, allow = _ALLOW[group if uuid else "collection"] if match else ({}, "")
        try:
            self._check(ask, scopes)
            method = "GET" if ask.method == "HEAD" else ask.method
            if method == "OPTIONS":
                found = Expected(204)
            elif trail:
                found = self._trail(self._moment(uuid), line)
            elif path == "contactmomenten":
                found = self._moments(method, ask, new, uuid)
            else:
                found = self._relations(KINDS[path], method, ask, new, uuid)
        except RefusedError as no:
            found = Expected(no.status, code=no.code, entries=no.entries, detail=no.detail)
        return replace(found, allow=allow)

    @staticmethod
    def _check(ask: Ask, scopes: Mapping[str, str]) -> None:
        """Check what comes before any operation, in the order of 1.6.

        `scopes` has the methods of the path, each with the scope it needs; none for no path.
        """
        if not scopes and not ask.path.startswith("/api/"):
            raise not_found()
        check_accept(ask)
        if not scopes:
            raise RefusedError(404, "not_found", detail=expect.INVALID_VERSION)
        method = "GET" if ask.method == "HEAD" else ask.method
        if method == "OPTIONS":
            return
        if method not in scopes:
            detail = f'Methode "{ask.method}" niet toegestaan.'
            raise RefusedError(405, "method_not_allowed", detail=detail)
        if scopes[method] not in ask.client.scopes:
            raise RefusedError(403, "permission_denied", detail=expect.DENIED)

    def _moment(self, uuid: str) -> Moment:
        moment = self.moments.get(plain(uuid))
        if moment is None:
            raise not_found()
        return moment

    @staticmethod
    def _trail(moment: Moment, line: str | None) -> Expected:
        if line is None:
            return Expected(200, moment.trail)
        for row in moment.trail:
            if row["uuid"] == plain(line):
                return Expected(200, row, cached=True)
        raise not_found()

    # Contactmomenten

    def _moments(self, method: str, ask: Ask, new: New, uuid: str | None) -> Expected:
        if uuid is None:
            return self._create(ask, new) if method == "POST" else self._list_moments(ask)
        moment = self._moment(uuid)
        if method == "GET":
            return Expected(200, self.moment_json(moment, ask.root), cached=True)
        if method == "DELETE":
            return self._delete(ask, moment)
        return self._update(ask, moment, "update" if method == "PUT" else "partial_update")

    def _create(self, ask: Ask, new: New) -> Expected:
        values = self._checked(read_json(ask), None, ["bronorganisatie"])
        usual = {
            "bronorganisatie": "",
            "registratiedatum": fields.moment(new.registratiedatum)[0],
            "kanaal": "",
            "voorkeurskanaal": "",
            "voorkeurstaal": "",
            "tekst": "",
            "onderwerpLinks": [],
            "initiatiefnemer": "",
            "medewerker": "",
            "medewerkerIdentificatie": None,
        }
        moment = Moment(new.uuid, usual)
        self.moments[new.uuid] = moment
        self._change(ask, moment, values, "create")
        content = self.moment_json(moment, ask.root)
        return Expected(201, content, location=content["url"])

    def _update(self, ask: Ask, moment: Moment, actie: str) -> Expected:
        required = ["bronorganisatie"] if actie == "update" else []
        values = self._checked(read_json(ask), moment, required)
        self._change(ask, moment, values, actie)
        return Expected(200, self.moment_json(moment, ask.root))

    def _checked(self, body: JsonObject, own: Moment | None, required: Sequence[str]) -> JsonObject:
        table: dict[str, fields.Reader] = {
            "vorigContactmoment": partial(self._predecessor, own),
            "bronorganisatie": fields.rsin,
            "registratiedatum": fields.moment,
            "kanaal": fields.text(50),
            "voorkeurskanaal": fields.text(50),
            "voorkeurstaal": fields.text(3),
            "tekst": fields.text(),
            "onderwerpLinks": fields.links,
            "initiatiefnemer": fields.choice("gemeente", "klant", ""),
            "medewerker": self._existing(fields.url(blank=True)),
            "medewerkerIdentificatie": fields.identificatie,
        }
        values, entries = fields.read_body(body, table, required)
        if entries:
            raise invalid(*entries)
        known = own.values if own else {}
        if not any(
            source.get(name)
            for source in (values, known)
            for name in ("medewerker", "medewerkerIdentificatie")
        ):
            reason = "medewerker or medewerkerIdentificatie must be provided"
            raise invalid(("nonFieldErrors", "invalid-medewerker", reason))
        return values

    def _change(self, ask: Ask, moment: Moment, values: JsonObject, actie: str) -> None:
        """Take over the values, with the lines of all whom that concerns."""
        created = actie == "create"
        oud = None if created else self.moment_json(moment, ask.root)
        before = weergave(moment)
        given = values.pop("medewerkerIdentificatie", None)
        if "vorigContactmoment" in values:
            self._move(ask, moment, values.pop("vorigContactmoment"))
        moment.values.update(values)
        had = moment.values["medewerkerIdentificatie"]
        moment.values["medewerkerIdentificatie"] = fields.merged(had, given)
        if given and not had:
            self.identifications += 1
            moment.identified = self.identifications
        nieuw = self.moment_json(moment, ask.root)
        name = weergave(moment) if created else before
        self._note(ask, moment, Change(actie, name, oud=oud, nieuw=nieuw))
        self._notify(ask, moment, actie)

    def _move(self, ask: Ask, moment: Moment, predecessor: Moment | None) -> None:
        """Set the predecessor; both others concerned get a line (cm-002)."""
        if predecessor is moment.vorig:
            return
        others = [one for one in (moment.vorig, predecessor) if one and one is not moment]
        before = [self.moment_json(one, ask.root) for one in others]
        moment.vorig = predecessor
        for other, oud in zip(others, before, strict=True):
            nieuw = self.moment_json(other, ask.root)
            self._note(ask, other, Change("partial_update", weergave(other), oud=oud, nieuw=nieuw))

    def _delete(self, ask: Ask, moment: Moment) -> Expected:
        """Remove it with all that is its own; its neighbours lose their reference (D-04)."""
        volgend = self.volgend(moment)
        if moment.vorig is not moment:
            self._move(ask, moment, None)
            if volgend is not None:
                oud = self.moment_json(volgend, ask.root)
                volgend.vorig = None
                nieuw = self.moment_json(volgend, ask.root)
                self._note(
                    ask, volgend, Change("partial_update", weergave(volgend), oud=oud, nieuw=nieuw)
                )
        self._notify(ask, moment, "destroy")
        del self.moments[moment.uuid]
        for kept in self.relations.values():
            for relation in [one for one in kept.values() if one.moment is moment]:
                del kept[relation.uuid]
        return Expected(204)

    # Relations

    def _relations(self, kind: Kind, method: str, ask: Ask, new: New, uuid: str | None) -> Expected:
        kept = self.relations[kind.path]
        if uuid is None:
            if method == "GET":
                return self._list_relations(kind, ask)
            return self._relate(kind, ask, new)
        relation = kept.get(plain(uuid))
        if relation is None:
            raise not_found()
        content = self.relation_json(kind, relation, ask.root)
        if method == "GET":
            return Expected(200, content, cached=True)
        if kind is OBJECT and self.elsewhere.says == SILENT:
            raise invalid(("nonFieldErrors", "relation-lookup-error", ""))
        if kind is OBJECT and self.elsewhere.says == RELATED:
            reason = "The canonical remote relation still exists, this relation cannot be deleted."
            raise invalid(("nonFieldErrors", "remote-relation-exists", reason))
        del kept[relation.uuid]
        self._note(ask, relation.moment, Change("destroy", *kind.named(relation), oud=content))
        return Expected(204)

    def _relate(self, kind: Kind, ask: Ask, new: New) -> Expected:
        target = fields.url(blank=False)
        table: dict[str, fields.Reader] = {
            "contactmoment": self._own_moment,
            kind.target: self._existing(target) if kind is KLANT else target,
            kind.word: fields.choice(*kind.words),
        }
        values, entries = fields.read_body(read_json(ask), table, list(table))
        if entries:
            raise invalid(*entries)
        kept = self.relations[kind.path]
        relation = Relation(new.uuid, values.pop("contactmoment"), values)
        if any(
            (one.moment, *(one.values[name] for name in kind.unique[1:]))
            == (relation.moment, *(values[name] for name in kind.unique[1:]))
            for one in kept.values()
        ):
            reason = f"De velden {', '.join(kind.unique)} moeten een unieke set zijn."
            raise invalid(("nonFieldErrors", "unique", reason))
        if kind is OBJECT:
            self._check_source(values["object"])
        kept[relation.uuid] = relation
        content = self.relation_json(kind, relation, ask.root)
        self._note(ask, relation.moment, Change("create", *kind.named(relation), nieuw=content))
        return Expected(201, content, location=content["url"])

    def _check_source(self, zaak: str) -> None:
        """Ask the Zaken API: it must have the zaak, and the relation (cm-005, cm-006)."""
        faults = self._existing(fields.url(blank=False))(zaak)[1]
        if faults:
            raise invalid(("object", *faults[0][1]))
        if "startdatum" not in self.elsewhere.content(zaak):
            reason = f"De URL {zaak} resource lijkt niet op een `Zaak`. Geef een validate URL op."
            raise invalid(("object", "invalid-resource", reason))
        if self.elsewhere.says == SILENT:
            raise invalid(("nonFieldErrors", "relation-validation-error", ""))
        if self.elsewhere.says != RELATED:
            reason = "The contactmoment has no relations to zaak"
            raise invalid(("nonFieldErrors", "inconsistent-relation", reason))

    # References

    def _existing(self, read: fields.Reader) -> fields.Reader:
        """Read a URL, and ask for it when it may be one (cm-003, cm-004)."""

        def read_and_ask(value: object) -> fields.Found:
            clean, faults = read(value)
            if faults or not clean:
                return clean, faults
            status = self.elsewhere.status(clean)
            if status is None:
                reason = f"De URL {clean} kon niet opgehaald worden. Foutmelding: {UNREACHABLE}"
            else:
                reason = f"De URL {clean} gaf als antwoord HTTP {status}. Geef een geldige URL op."
            return clean, [] if status == 200 else [("", ("bad-url", reason))]

        return read_and_ask

    def _own_moment(self, value: object) -> fields.Found:
        """Read the URL of a contactmoment of this API (4.1.2)."""
        uuid, fault = named_moment(value)
        if fault:
            return fields.wrong(fault)
        moment = self.moments.get(plain(uuid))
        return fields.right(moment) if moment else fields.wrong(expect.DOES_NOT_EXIST)

    def _predecessor(self, own: Moment | None, value: object) -> fields.Found:
        if value is None or value == "":
            return fields.right(None)
        moment, faults = self._own_moment(value)
        if faults:
            return moment, faults
        volgend = self.volgend(moment)
        if volgend is not None and volgend is not own:
            return fields.wrong(expect.UNIQUE)
        return fields.right(moment)

    # Lists

    def _list_moments(self, ask: Ask) -> Expected:
        rows = list(self.moments.values())
        show = partial(self.moment_json, root=ask.root)
        return self._list(ask, "contactmomenten", _MOMENT_FILTERS, rows, show)

    def _list_relations(self, kind: Kind, ask: Ask) -> Expected:
        rows = list(self.relations[kind.path].values())
        show = partial(self.relation_json, kind, root=ask.root)
        return self._list(ask, kind.path, kind.filters, rows, show)

    def _list(
        self, ask: Ask, path: str, known: Sequence[str], rows: Sequence[Any], show: Show
    ) -> Expected:
        entries = lists.unknown(ask.query, known)
        if entries:
            raise invalid(*entries)
        given = dict(ask.query)
        for name in known:
            if name in given and name not in {"ordering", "page"}:
                test, wrong = self._filter(ask, name, given[name])
                rows = [row for row in rows if test(row)]
                entries += wrong
        rows, wrong = lists.ordered(rows, given.get("ordering", ""))
        entries += wrong
        if entries:
            raise invalid(*entries)
        page = lists.page_of(ask.query, len(rows))
        if page is None:
            raise RefusedError(404, "not_found", detail=expect.INVALID_PAGE)
        url = f"{ask.root}/{path}"
        following, previous = lists.links(url, ask.query, page, len(rows))
        shown = rows[(page - 1) * lists.SIZE : page * lists.SIZE]
        content = {
            "count": len(rows),
            "next": following,
            "previous": previous,
            "results": [show(row) for row in shown],
        }
        return Expected(200, content)

    def _filter(self, ask: Ask, name: str, value: str) -> tuple[lists.Test, list[Entry]]:
        if name in {"initiatiefnemer", "rol", "objectType"}:
            allowed = {"initiatiefnemer": ("gemeente", "klant"), "rol": KLANT.words}
            return lists.by_choice(name, value, allowed.get(name, OBJECT.words))
        if name.startswith("registratiedatum"):
            return lists.by_moment(name, value)
        if name.lower().endswith("contactmoment"):
            return self._by_reference(ask, name, value)
        return lists.by_text(name, value)

    def _by_reference(self, ask: Ask, name: str, value: str) -> tuple[lists.Test, list[Entry]]:
        """Filter on the URL of a contactmoment (6.4)."""
        value = value.strip()
        if not fields.is_url(value):
            return lists.everything, [(name, *expect.NO_URL)]
        split = urlsplit(value)
        match = own_path(split.path)
        if match is None or split.netloc != ask.host or not match[2] or match[3]:
            return lists.nothing, []
        if not UUID.fullmatch(match[2]):
            return lists.nothing, [(name, "invalid", f"'{match[2]}' is geen geldige UUID.")]
        uuid = plain(match[2])
        if match[1] != "contactmomenten":
            wrong: list[Entry] = [(name, "invalid-type", "")]
            return lists.nothing, wrong if uuid in self.relations[match[1]] else []
        tests: dict[str, lists.Test] = {
            "vorigContactmoment": lambda row: bool(row.vorig and row.vorig.uuid == uuid),
            "volgendContactmoment": lambda row: bool(
                (volgend := self.volgend(row)) and volgend.uuid == uuid
            ),
            "contactmoment": lambda row: bool(row.moment.uuid == uuid),
        }
        return tests[name], []

    # What is written besides

    def _note(self, ask: Ask, moment: Moment, change: Change) -> None:
        """Write a line in the trail of `moment`; uuid and moment are the program's to choose."""
        moment.trail.append(
            {
                "uuid": None,
                "bron": "cmc",
                "applicatieId": ask.client.applicatie_id,
                "applicatieWeergave": ask.client.label,
                "gebruikersId": f"u-{ask.client.client_id}",
                "gebruikersWeergave": f"Ute {ask.client.client_id}",
                "actie": change.actie,
                "actieWeergave": ACTIES[change.actie][0],
                "resultaat": ACTIES[change.actie][1],
                "hoofdObject": f"{ask.root}/contactmomenten/{moment.uuid}",
                "resource": change.resource,
                "resourceUrl": (change.oud or change.nieuw or {})["url"],
                "toelichting": ask.toelichting,
                "resourceWeergave": change.name[:200],
                "aanmaakdatum": None,
                "wijzigingen": {"oud": change.oud, "nieuw": change.nieuw},
            }
        )

    def _notify(self, ask: Ask, moment: Moment, actie: str) -> None:
        url = f"{ask.root}/contactmomenten/{moment.uuid}"
        self.outbox.append(
            {
                "kanaal": "contactmomenten",
                "hoofdObject": url,
                "resource": "contactmoment",
                "resourceUrl": url,
                "actie": actie,
                "kenmerken": {name: moment.values[name] for name in ("bronorganisatie", "kanaal")},
            }
        )


def check_accept(ask: Ask) -> None:
    """Raise the 406 (1.5)."""
    ranges = [part.partition(";")[0].strip() for part in ask.accept.split(",")]
    if not {"*/*", "application/*", "application/json"} & set(ranges):
        raise RefusedError(406, "not_acceptable")


def read_json(ask: Ask) -> JsonObject:
    """Return the body as an object (1.5, 4.0)."""
    if not ask.body:
        return {}
    if ask.content_type.partition(";")[0].strip().lower() != "application/json":
        detail = f'Ongeldige media type "{ask.content_type}" in aanvraag.'
        raise RefusedError(415, "unsupported_media_type", detail=detail)
    try:
        body = json.loads(ask.body)
    except ValueError:
        raise RefusedError(400, "parse_error") from None
    if body is None:
        raise invalid(("nonFieldErrors", "null", "No data provided"))
    if not isinstance(body, dict):
        fault = expect.not_a_dictionary(type(body).__name__)
        raise invalid(("nonFieldErrors", *fault))
    return body


def named_moment(value: object) -> tuple[str, Fault | None]:
    """Return the uuid in the URL of a contactmoment of this API, or what is wrong with it."""
    if not isinstance(value, str):
        kind = type(value).__name__
        return "", expect.NULL if value is None else expect.incorrect_type(kind)
    if value == "" or len(value) > 1000:
        return "", expect.max_length(1000) if value else expect.NULL
    match = own_path(urlsplit(value).path if value.startswith(("http:", "https:")) else value)
    if match is None:
        return "", expect.NO_MATCH
    if match[1] != "contactmomenten" or match[2] is None or match[3]:
        return "", expect.INCORRECT_MATCH
    wrong = None if UUID.fullmatch(match[2]) else f"'{match[2]}' is geen geldige UUID."
    return match[2], ("invalid", wrong) if wrong else None


def own_path(path: str) -> re.Match[str] | None:
    """Return the parts of a path of this API."""
    match = _PATH.fullmatch(path.removeprefix("/api/v1")) if path.startswith("/api/v1/") else None
    return match if match and (not match[3] or match[1] == "contactmomenten") else None
