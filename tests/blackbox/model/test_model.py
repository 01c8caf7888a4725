"""Whatever clients do, in whatever order: the program answers as the model of the standard does."""

import json
import re
import time
from collections import Counter
from typing import Any, Final, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from tests import proof
from tests.blackbox.support.operations import OPERATIONS
from tests.blackbox.support.values import UNKNOWN

from . import sending
from .asking import ALLES, EVERYBODY, HOST, INWAY, Ask, Expected
from .comparing import Comparer, as_text, assert_now, new_in
from .elsewhere import RELATED, SILENT, UNRELATED
from .model import Model
from .program import Answer, Program
from .records import KINDS
from .sending import Named, rarely

SEQUENCES: Final = proof.amount(short=100, long=10_000)
# hypothesis keeps all that it has drawn in memory, until a batch is done.
BATCHES: Final = proof.amount(short=1, long=20)
STEPS: Final = 30

CONTACT: Final = "/contactmomenten"
_ANY_KIND: Final = [CONTACT, *(f"/{kind}" for kind in KINDS)]

clients = rarely(st.sampled_from(EVERYBODY), st.just(ALLES), 4)
numbers = st.integers(0, 7)
spellings = rarely(st.sampled_from([str.upper, lambda uuid: uuid.replace("-", "")]), st.just(str))
remarks = rarely(st.just("Op verzoek van de klant: één"), st.just(""), 6)
tags = st.sampled_from(["", "", "", "*", "this", "W/this", '"x", this', "old", '"x"', "<string>"])
_KNOWN_TAGS: Final = {"this", "old", "W/this", '"x", this'}
whom = rarely(st.sampled_from(["gone", "unknown", "abc"]), st.just("there"), 10)
reading = rarely(st.just("HEAD"), st.just("GET"), 5)


_UUID: Final = re.compile(r"(?<=/)[0-9a-fA-F-]{32,36}")
_OPERATIONS: Final = {
    (operation.method, re.sub(r"{.}", "{}", operation.path)): operation.name
    for operation in OPERATIONS
}
# Faults that a run without them would say little about.
_CODES: Final = {
    *("required", "null", "invalid", "max_length", "invalid_choice", "not_a_list", "only-digits"),
    *("no_match", "incorrect_match", "does_not_exist", "incorrect_type", "unique", "bad-url"),
    *("invalid-resource", "inconsistent-relation", "remote-relation-exists"),
    *("relation-validation-error", "relation-lookup-error", "unknown-parameters"),
}


class Standard(RuleBasedStateMachine):
    """Any sequence of requests; `program` is set by the test."""

    program: Program
    seen: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere = self.program.begin()
        self.model = Model(self.elsewhere)
        self.comparer = Comparer()
        self.diverged = False
        self.gone: list[str] = []
        self.tag_of: dict[str, list[str]] = {}
        self.seen["sequences"] += 1

    # One step

    def ask(self, ask: Ask) -> Answer:
        """Put one request to both, and compare."""
        self.diverged = True  # until it is known that it did not
        answer = self.program.send(ask)
        expected = self.model.answer(ask, new_in(answer))
        try:
            self.comparer.compare(ask, answer, expected)
        except Exception as error:
            error.add_note(f"asked: {ask}\nexpected: {expected}\nanswered: {answer}")
            raise
        if ask.method == "HEAD":
            self._compare_with_get(ask, answer, expected)
        self.diverged = False
        if "etag" in answer.headers:
            self.tag_of.setdefault(ask.path.lower(), []).append(answer.headers["etag"])
        if ask.method == "DELETE" and answer.status == 204:
            self.gone.append(ask.path.rpartition("/")[2])
        self.seen["requests"] += 1
        self.seen[f"answers {answer.status}"] += 1
        self.seen.update(f"code {code}" for _, code, _ in expected.entries)
        if answer.status < 300:
            shape = _UUID.sub("{}", ask.path)
            self.seen[f"done: {_OPERATIONS.get((ask.method, shape), ask.method)}"] += 1
        return answer

    def _compare_with_get(self, ask: Ask, head: Answer, expected: Expected) -> None:
        get = self.program.send(Ask(**{**vars(ask), "method": "GET"}))
        if expected.code:  # the document names the method
            return
        assert get.status == head.status
        assert get.headers == head.headers

    # What is there

    def uuids(self, kind: str) -> list[str]:
        if kind == "gone":
            return self.gone
        if kind == "contactmomenten":
            return list(self.model.moments)
        return list(self.model.relations[kind])

    def uuid(self, kind: str, number: int, whom: str = "there") -> str:
        """Return the uuid of the n-th of a kind, or of something that is not there."""
        found = self.gone if whom == "gone" else self.uuids(kind)
        if whom == "abc":
            return "abc"
        return found[-1 - number % len(found)] if found and whom != "unknown" else UNKNOWN

    def resolved(self, value: Any, root: str) -> Any:  # noqa: ANN401 (JSON)
        """Replace each `Named` in `value` by what it stands for now."""
        if isinstance(value, Named):
            uuid = self.uuid(value.kind, value.number)
            return value.spelling.replace("{root}", root).replace("{}", uuid)
        if isinstance(value, dict):
            return {name: self.resolved(item, root) for name, item in value.items()}
        return value

    def write(self, method: str, path: str, body: Any, **rest: Any) -> Answer:  # noqa: ANN401
        """Send a body, which may be bytes as they are."""
        ask = Ask(method, path, **rest)
        content = body if isinstance(body, bytes) else json.dumps(self.resolved(body, ask.root))
        content = content if isinstance(content, bytes) else content.encode()
        return self.ask(Ask(**{**vars(ask), "body": content}))

    def list_of(self, path: str, query: Any, **rest: Any) -> None:  # noqa: ANN401
        root = Ask(path=path, **rest).root
        pairs = tuple((name, str(self.resolved(value, root))) for name, value in query)
        self.ask(Ask(path=path, query=pairs, **rest))

    # The sixteen operations

    @initialize(
        many=rarely(st.sampled_from([100, 205]), st.integers(0, 4), 50),
        related=st.sampled_from([{}, sending.RELATED, sending.RELATED]),
    )
    def fill(self, many: int, related: dict[str, Any]) -> None:
        """Begin with some contactmomenten, now and then with so many that there are pages."""
        for number in range(many):
            kanaal = ["balie", "Balie", ""][number % 3]
            body = {"bronorganisatie": "000000000", "kanaal": kanaal}
            body["medewerker"] = sending.MEDEWERKERS[number % 2]
            self.write("POST", CONTACT, body)
        named = Named("{root}/contactmomenten/{}", 0)
        for path, body in related.items():
            self.write("POST", path, body | {"contactmoment": named})

    @rule(
        client=clients,
        body=sending.or_bytes(sending.moment_bodies(create=True)),
        host=sending.hosts,
        toelichting=remarks,
        content_type=sending.content_types,
    )
    def contactmoment_create(self, body: object, **rest: Any) -> None:  # noqa: ANN401
        self.write("POST", CONTACT, body, **rest)

    @rule(
        method=st.sampled_from(["PUT", "PATCH", "PATCH"]),
        client=clients,
        number=numbers,
        whom=whom,
        spelled=spellings,
        body=sending.or_bytes(sending.moment_bodies(create=False)),
        host=sending.hosts,
        toelichting=remarks,
        content_type=sending.content_types,
    )
    def contactmoment_update(
        self,
        method: str,
        number: int,
        whom: str,
        spelled: Any,  # noqa: ANN401
        body: object,
        **rest: Any,  # noqa: ANN401
    ) -> None:
        uuid = spelled(self.uuid("contactmomenten", number, whom))
        self.write(method, f"{CONTACT}/{uuid}", body, **rest)

    @rule(number=numbers, other=numbers, method=st.sampled_from(["PUT", "PATCH"]))
    def chain(self, number: int, other: int, method: str) -> None:
        """Give one a predecessor, be it itself or part of a circle."""
        named = Named("{root}/contactmomenten/{}", other)
        body = {"bronorganisatie": "000000000", "vorigContactmoment": named}
        self.write(method, f"{CONTACT}/{self.uuid('contactmomenten', number)}", body)

    @rule(number=numbers, which=st.sampled_from(["first", "middle", "last"]))
    def delete_out_of_a_chain(self, number: int, which: str) -> None:
        """Delete one that has neighbours; they lose their reference to it."""
        uuid = self.uuid("contactmomenten", number)
        chain = [f"{CONTACT}/{uuid}"]
        for _ in range(2):
            vorig = f"{Ask('GET', '').root}{chain[-1]}"
            body = {"bronorganisatie": "000000000", "medewerker": sending.MEDEWERKERS[0]}
            answer = self.write("POST", CONTACT, body | {"vorigContactmoment": vorig})
            if answer.status != 201:  # it is not there, or has a successor
                break
            chain.append(answer.headers["location"].partition("/api/v1")[2])
        place = {"first": 0, "middle": len(chain) // 2, "last": -1}[which]
        self.ask(Ask("DELETE", chain[place], toelichting="uit de keten"))

    @rule(
        kind=st.sampled_from(_ANY_KIND),
        client=clients,
        number=numbers,
        whom=whom,
        spelled=spellings,
        host=sending.hosts,
        toelichting=remarks,
    )
    def delete(
        self,
        kind: str,
        number: int,
        whom: str,
        spelled: Any,  # noqa: ANN401
        **rest: Any,  # noqa: ANN401
    ) -> None:
        self.ask(Ask("DELETE", f"{kind}/{spelled(self.uuid(kind[1:], number, whom))}", **rest))

    @rule(
        kind=st.sampled_from(_ANY_KIND),
        method=reading,
        client=clients,
        number=numbers,
        whom=whom,
        spelled=spellings,
        tag=tags,
        host=sending.hosts,
        accept=sending.accepts,
    )
    def read(
        self,
        kind: str,
        number: int,
        whom: str,
        spelled: Any,  # noqa: ANN401
        tag: str,
        **rest: Any,  # noqa: ANN401
    ) -> None:
        self._read(f"{kind}/{spelled(self.uuid(kind[1:], number, whom))}", tag, **rest)

    @rule(kind=st.sampled_from(_ANY_KIND), number=numbers)
    def read_by_two_hosts(self, kind: str, number: int) -> None:
        """Another host is another representation: the tag of the one is not that of the other."""
        path = f"{kind}/{self.uuid(kind[1:], number)}"
        for host in (HOST, INWAY, HOST):
            self._read(path, "this", method="GET", host=host)

    def _read(self, path: str, tag: str, **rest: Any) -> None:  # noqa: ANN401
        if tag in _KNOWN_TAGS and path.lower() not in self.tag_of:
            self.ask(Ask("GET", path))
        known = self.tag_of.get(path.lower(), ['"0"'])
        header = tag.replace("this", known[-1]).replace("old", known[0])
        self.ask(Ask(path=path, if_none_match=header, **rest))

    @rule(method=reading, client=clients, number=numbers, whom=whom, accept=sending.accepts)
    def audittrail_list(self, number: int, whom: str, **rest: Any) -> None:  # noqa: ANN401
        self.ask(Ask(path=f"{self._moment_path(number, whom)}/audittrail", **rest))

    def _moment_path(self, number: int, whom: str) -> str:
        return f"{CONTACT}/{self.uuid('contactmomenten', number, whom)}"

    @rule(
        method=reading,
        client=clients,
        number=numbers,
        line=numbers,
        whom=whom,
        other=rarely(st.just(1), st.just(0)),
        tag=tags,
    )
    def audittrail_read(
        self,
        number: int,
        line: int,
        whom: str,
        other: int,
        tag: str,
        **rest: Any,  # noqa: ANN401
    ) -> None:
        path = self._moment_path(number, whom)
        self.ask(Ask("GET", f"{path}/audittrail"))  # only the program knows their uuids
        moment = self.model.moments.get(self.uuid("contactmomenten", number + other))
        rows = [row["uuid"] for row in moment.trail if row["uuid"]] if moment else []
        uuid = rows[line % len(rows)] if rows and whom != "abc" else whom
        self._read(f"{path}/audittrail/{uuid}", tag, **rest)

    @rule(
        method=reading,
        client=clients,
        query=sending.moment_queries(),
        host=sending.hosts,
        accept=sending.accepts,
    )
    def contactmoment_list(self, query: object, **rest: Any) -> None:  # noqa: ANN401
        self.list_of(CONTACT, query, **rest)

    @rule(
        client=clients,
        body=sending.or_bytes(sending.klant_bodies()),
        host=sending.hosts,
        toelichting=remarks,
        content_type=sending.content_types,
    )
    def klantcontactmoment_create(self, body: object, **rest: Any) -> None:  # noqa: ANN401
        self.write("POST", "/klantcontactmomenten", body, **rest)

    @rule(
        client=clients,
        body=sending.or_bytes(sending.object_bodies()),
        host=sending.hosts,
        toelichting=remarks,
        content_type=sending.content_types,
    )
    def objectcontactmoment_create(self, body: object, **rest: Any) -> None:  # noqa: ANN401
        self.write("POST", "/objectcontactmomenten", body, **rest)

    @rule(method=reading, client=clients, query=sending.klant_queries(), host=sending.hosts)
    def klantcontactmoment_list(self, query: object, **rest: Any) -> None:  # noqa: ANN401
        self.list_of("/klantcontactmomenten", query, **rest)

    @rule(method=reading, client=clients, query=sending.object_queries(), host=sending.hosts)
    def objectcontactmoment_list(self, query: object, **rest: Any) -> None:  # noqa: ANN401
        self.list_of("/objectcontactmomenten", query, **rest)

    # And besides

    @rule(
        method=st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]),
        place=st.sampled_from(
            [
                CONTACT,
                "/klantcontactmomenten",
                "/objectcontactmomenten/{}",
                "/contactmomenten/{}/audittrail",
                "/contactmomenten/{}/audittrail/{}",
                "/klantcontactmomenten/{}/audittrail",
                "/contactmomenten/",
                "/contactmomenten.json",
                "/niets",
                "/api/v2/contactmomenten",
            ]
        ),
        client=clients,
        accept=sending.accepts,
    )
    def no_operation(self, place: str, method: str, **rest: Any) -> None:  # noqa: ANN401
        path = place.replace("{}", self.uuid("contactmomenten", 0))
        self.ask(Ask(method, path, body=b"{}", **rest))

    @rule(says=st.sampled_from([RELATED, RELATED, UNRELATED, SILENT]))
    def zaken_api_says(self, says: str) -> None:
        self.elsewhere.says = says

    @rule(number=numbers)
    def let_go(self, number: int) -> None:
        """Remove a relation as the standard wants it: at the Zaken API first."""
        self.elsewhere.says = UNRELATED
        uuid = self.uuid("objectcontactmomenten", number)
        self.ask(Ask("DELETE", f"/objectcontactmomenten/{uuid}"))

    @rule()
    def counts_are_added_up(self) -> None:
        self.program.fold()

    # In the end

    def teardown(self) -> None:
        """Compare everything that is left: lists, trails, notifications, rows."""
        if self.diverged:  # which says more
            return
        pages = 1 + max(0, len(self.model.moments) - 1) // 100
        for page in range(1, pages + 2):
            self.ask(Ask("GET", CONTACT, query=(("page", str(page)),)))
        for kind in KINDS:
            self.ask(Ask("GET", f"/{kind}"))
        for uuid in list(self.model.moments)[-12:]:
            self.ask(Ask("GET", f"{CONTACT}/{uuid}/audittrail"))
        self._compare_outbox()
        moments = self.model.moments.values()
        assert self.program.numbers() == (
            sum(len(moment.trail) for moment in moments),
            *(len(kept) for kept in self.model.relations.values()),
            sum(moment.vorig is not None for moment in moments),
        )

    def _compare_outbox(self) -> None:
        found = self.program.outbox()
        for bericht in found:
            assert_now(bericht.pop("aanmaakdatum"))
        assert as_text(found) == as_text(self.model.outbox)


@pytest.mark.proof
def test_the_program_answers_as_the_model(program: Program) -> None:
    seen: Counter[str] = Counter()
    machine = cast("type[Standard]", type("Model", (Standard,), {"program": program, "seen": seen}))
    begun = time.monotonic()
    for _ in range(BATCHES):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=SEQUENCES // BATCHES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                derandomize=not proof.LONG,
                suppress_health_check=list(HealthCheck),
                # Making a failing sequence shorter takes minutes.
                phases=(Phase.generate, Phase.shrink) if proof.LONG else (Phase.generate,),
            ),
        )
    taken = time.monotonic() - begun
    assert {f"done: {name}" for name in _OPERATIONS.values()} <= set(seen)
    if proof.LONG:  # in a short run chance has no time for all of them
        assert {f"code {code}" for code in _CODES} <= set(seen)
    assert {f"answers {status}" for status in (200, 201, 204, 304, 400, 403, 404)} <= set(seen)
    assert seen["sequences"] >= SEQUENCES
    figures = {name: seen[name] for name in sorted(seen) if name not in {"sequences", "requests"}}
    proof.record(
        "Model of the standard",
        sequences=seen["sequences"],
        requests=seen["requests"],
        divergences=0,
        sequences_per_second=seen["sequences"] / taken,
        **figures,
    )
