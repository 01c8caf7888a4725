import pytest

from contactmomenten.autorisaties.access import Access
from contactmomenten.autorisaties.applicaties import Applicatie, may
from contactmomenten.autorisaties.registry import Registry
from contactmomenten.autorisaties.scopes import AANMAKEN, LEZEN, SCOPES
from contactmomenten.autorisaties.tokens import make_token
from contactmomenten.http.problems import Problem
from contactmomenten.secrets import SecretBox
from contactmomenten.services import access
from contactmomenten.settings import Settings
from tests.application import request_of, services_of, snapshot_of
from tests.autorisaties.signing import CLIENT, SECRET, token

READS = Applicatie("id-1", "Leest", False, frozenset({LEZEN}))  # noqa: FBT003
WRITES = Applicatie("id-2", "Schrijft", False, frozenset({AANMAKEN}))  # noqa: FBT003
ALL = Applicatie("id-3", "Alles", True, frozenset())  # noqa: FBT003
NOTHING = Applicatie("id-4", "Niets", False, frozenset())  # noqa: FBT003


RULES = Settings(jwt_expiry=60, time_leeway=0)


def access_of(*applicaties: Applicatie, rules: Settings = RULES) -> Access:
    snapshot = snapshot_of({CLIENT: (SECRET,)}, {CLIENT: applicaties} if applicaties else {})
    registry = Registry(lambda: SecretBox("x"), snapshot)
    return access(rules, registry, services_of(None, rules).ac)


async def code(access: Access, authorization: str | None, scope: str = LEZEN) -> str:
    headers = {} if authorization is None else {"authorization": authorization}
    try:
        await access.check(request_of(headers=headers), scope)
    except Problem as problem:
        return f"{problem.kind.status} {problem.code}"
    return ""


def good() -> str:
    return f"Bearer {make_token(CLIENT, SECRET, user_id='jan', user_representation='Jan')}"


@pytest.mark.parametrize("authorization", [None, "", "Basic x", "bearer x", "Bearer"])
async def test_without_token_nothing_is_permitted(authorization: str | None) -> None:
    assert await code(access_of(ALL), authorization) == "403 permission_denied"


async def test_a_wrong_token_has_a_code_of_its_own() -> None:
    assert await code(access_of(ALL), "Bearer x") == "403 jwt-decode-error"
    assert await code(access_of(ALL), f"Bearer {token(iat=0)}") == "403 jwt-expired"


@pytest.mark.parametrize(
    ("applicaties", "scope", "granted"),
    [
        ((), LEZEN, False),
        ((NOTHING,), LEZEN, False),
        ((READS,), LEZEN, True),
        ((READS,), AANMAKEN, False),
        ((READS,), "contactmomenten.leze", False),
        ((READS,), "", False),
        ((READS, WRITES), AANMAKEN, True),
        ((NOTHING, ALL), AANMAKEN, True),
        ((ALL,), "iets.nieuws", True),
    ],
)
async def test_the_union_of_all_applications_decides(
    applicaties: tuple[Applicatie, ...],
    scope: str,
    granted: bool,  # noqa: FBT001
) -> None:
    assert may(applicaties, scope) is granted
    assert await code(access_of(*applicaties), good(), scope) == (
        "" if granted else "403 permission_denied"
    )


async def test_the_caller_is_the_user_of_the_first_application() -> None:
    request = request_of(headers={"authorization": good()})
    caller = await access_of(NOTHING, READS).check(request, LEZEN)
    assert (caller.client_id, caller.applicatie_id, caller.applicatie_weergave) == (
        CLIENT,
        "id-4",
        "Niets",
    )
    assert (caller.gebruikers_id, caller.gebruikers_weergave) == ("jan", "Jan")


def test_the_scopes_of_the_standard_are_described() -> None:
    assert list(SCOPES) == [
        "audittrails.lezen",
        "contactmomenten.aanmaken",
        "contactmomenten.bijwerken",
        "contactmomenten.lezen",
        "contactmomenten.verwijderen",
    ]
