import msgspec
import pytest

from contactmomenten.fields.base import Fault
from contactmomenten.http.problems import (
    API_EXCEPTION,
    PERMISSION_DENIED,
    PROBLEM_CLASSES,
    Problem,
    not_found,
    validation_error,
)


@pytest.mark.parametrize("kind", PROBLEM_CLASSES.values(), ids=list(PROBLEM_CLASSES))
def test_a_document_has_all_properties_in_order_and_none_is_empty(kind: object) -> None:
    problem = Problem(PROBLEM_CLASSES[getattr(kind, "name", "")])
    document = msgspec.json.decode(problem.document("https://a.nl/cm"))
    assert list(document) == ["type", "code", "title", "status", "detail", "instance"]
    assert document["type"] == f"https://a.nl/cm/ref/fouten/{problem.kind.name}/"
    assert all(document.values())
    assert 400 <= document["status"] <= 599


def test_each_problem_is_an_instance_of_its_own() -> None:
    one, other = Problem(API_EXCEPTION), Problem(API_EXCEPTION)
    assert msgspec.json.decode(one.document(""))["instance"] == f"urn:uuid:{one.id}"
    assert one.id != other.id


def test_a_code_and_detail_may_be_more_specific() -> None:
    document = msgspec.json.decode(Problem(PERMISSION_DENIED, "Nee.", code="x").document(""))
    assert (document["code"], document["detail"], document["status"]) == ("x", "Nee.", 403)


def test_an_empty_detail_is_that_of_the_class() -> None:
    assert Problem(PERMISSION_DENIED, "").detail == PERMISSION_DENIED.detail
    assert not_found().detail == "Niet gevonden."


@pytest.mark.parametrize(
    ("names", "detail"),
    [
        (["a"], "Ongeldige waarde voor: a."),
        (["a", "b.1", "a"], "Ongeldige waarde voor: a, b.1."),
        (["nonFieldErrors", "a"], "Ongeldige waarde voor: a."),
        (["nonFieldErrors"], "reden"),
    ],
)
def test_the_detail_of_a_validation_error_names_the_fields(names: list[str], detail: str) -> None:
    problem = validation_error([Fault(name, "code", "reden") for name in names])
    assert problem.detail == detail


def test_a_validation_error_lists_what_is_wrong() -> None:
    problem = validation_error([Fault("a", "required", "Dit veld is vereist.")])
    assert msgspec.json.decode(problem.document(""))["invalidParams"] == [
        {"name": "a", "code": "required", "reason": "Dit veld is vereist."}
    ]
