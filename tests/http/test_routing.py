import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactmomenten.app import ROUTES
from contactmomenten.http.routing import Route, Router

ROUTER = Router(ROUTES)


@pytest.mark.parametrize(
    ("path", "route", "variables"),
    [
        ("/contactmomenten", "/contactmomenten", []),
        ("/contactmomenten/a", "/contactmomenten/{uuid}", ["a"]),
        ("/contactmomenten/{}", "/contactmomenten/{uuid}", ["{}"]),
        ("/contactmomenten/audittrail", "/contactmomenten/{uuid}", ["audittrail"]),
        (
            "/contactmomenten/a/audittrail",
            "/contactmomenten/{contactmoment_uuid}/audittrail",
            ["a"],
        ),
        (
            "/contactmomenten/a/audittrail/b",
            "/contactmomenten/{contactmoment_uuid}/audittrail/{uuid}",
            ["a", "b"],
        ),
        ("/klantcontactmomenten/a b", "/klantcontactmomenten/{uuid}", ["a b"]),
        ("/objectcontactmomenten", "/objectcontactmomenten", []),
    ],
)
def test_a_path_has_its_route(path: str, route: str, variables: list[str]) -> None:
    found = ROUTER.find(path)
    assert found is not None
    assert (found[0].path, found[1]) == (route, variables)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//",
        "contactmomenten",
        "xcontactmomenten",
        ".contactmomenten",
        "0/contactmomenten",
        "//contactmomenten",
        "/contactmomenten/",
        "/contactmomenten//",
        "/contactmomenten/a/",
        "/contactmomenten/a.json",
        "/contactmomenten/.",
        "/contactmomenten/..",
        "/contactmomenten/a/b",
        "/contactmomenten/a/audittrail/",
        "/contactmomenten/a/audittrail/b/c",
        "/klantcontactmomenten/a/audittrail",
        "/Contactmomenten",
        "/contactmomenten.json",
        "/{}",
        "/zaken",
    ],
)
def test_any_other_path_has_none(path: str) -> None:
    assert ROUTER.find(path) is None


@given(st.lists(st.sampled_from(["", "contactmomenten", "audittrail", "{}", "/", ".", "a"])))
def test_a_route_always_has_all_its_variables(segments: list[str]) -> None:
    found = ROUTER.find("/".join(segments))
    if found is not None:
        assert len(found[1]) == found[0].path.count("{")


def test_allow_names_the_methods_in_order_and_those_of_http() -> None:
    assert {route.path: route.allow.decode() for route in ROUTES} == {
        "/contactmomenten": "GET, POST, HEAD, OPTIONS",
        "/contactmomenten/{uuid}": "GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
        "/contactmomenten/{contactmoment_uuid}/audittrail": "GET, HEAD, OPTIONS",
        "/contactmomenten/{contactmoment_uuid}/audittrail/{uuid}": "GET, HEAD, OPTIONS",
        "/klantcontactmomenten": "GET, POST, HEAD, OPTIONS",
        "/klantcontactmomenten/{uuid}": "GET, DELETE, HEAD, OPTIONS",
        "/objectcontactmomenten": "GET, POST, HEAD, OPTIONS",
        "/objectcontactmomenten/{uuid}": "GET, DELETE, HEAD, OPTIONS",
    }


def test_a_fixed_segment_goes_before_a_variable_one() -> None:
    router = Router([Route("/a/{x}", {}), Route("/a/b", {})])
    found = router.find("/a/b")
    assert found is not None
    assert (found[0].path, found[1]) == ("/a/b", [])
