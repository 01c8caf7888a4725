"""The rules between keys and between blocks, and what is worth a warning."""

import pytest

from tests.configuration.helpers import (
    LONG,
    OTHER_UUID,
    UUID,
    Lines,
    Read,
    applicaties,
    credentials,
    notifications,
    service,
    services,
)

ITEMS = "vng_api_common_credentials.items"
APPS = "vng_api_common_applicaties.items"
SERVICES = "zgw_consumers.services"


def test_a_client_may_have_two_secrets(read: Read) -> None:
    wanted = read(credentials(("a", f"{LONG}1"), ("a", f"{LONG}2"))).credentials
    assert wanted is not None
    assert [item.secret for item in wanted] == [f"{LONG}1", f"{LONG}2"]


def test_a_third_secret_is_refused(errors: Lines) -> None:
    text = credentials(("a", f"{LONG}1"), ("b", LONG), ("a", f"{LONG}2"), ("a", f"{LONG}3"))
    assert errors(text) == [
        f"2: {ITEMS}[3].identifier: `a` stands here a third time; a client has two secrets at most"
    ]


def test_the_same_secret_twice_is_refused(errors: Lines) -> None:
    assert errors(credentials(("a", LONG), ("a", LONG))) == [
        f"2: {ITEMS}[1].secret: `a` has this same secret already"
    ]


def test_a_short_secret_gives_a_warning_that_does_not_show_it(warnings: Lines) -> None:
    assert warnings(credentials(("a", "geheim"), ("b", LONG))) == [
        f"2: {ITEMS}[0].secret: the secret of `a` is shorter than 32 characters"
    ]


def test_a_uuid_that_stands_twice_is_refused(errors: Lines) -> None:
    item = "client_ids: [a], label: b, heeft_alle_autorisaties: true, uuid: "
    assert errors(applicaties(item + UUID, item + OTHER_UUID, item + UUID.upper())) == [
        f"6: {APPS}[2].uuid: this uuid stands here twice; first at line 4"
    ]


def test_a_client_that_stands_twice_in_one_application_is_refused(errors: Lines) -> None:
    item = f"uuid: {UUID}, client_ids: [a, b, a], label: b, heeft_alle_autorisaties: true"
    assert errors(applicaties(item)) == [
        f"4: {APPS}[0].client_ids[2]: `a` stands here twice; first at line 4"
    ]


def test_a_client_may_be_in_several_applications(warnings: Lines) -> None:
    item = "client_ids: [a], label: b, heeft_alle_autorisaties: true, uuid: "
    assert warnings(applicaties(item + UUID, item + OTHER_UUID)) == []


def test_all_rights_and_some_rights_do_not_go_together(errors: Lines) -> None:
    item = (
        f"uuid: {UUID}, client_ids: [a], label: b, heeft_alle_autorisaties: true, "
        "autorisaties: [{component: cmc, scopes: [contactmomenten.lezen]}]"
    )
    assert errors(applicaties(item)) == [
        (
            f"4: {APPS}[0].autorisaties: must be left out where heeft_alle_autorisaties is true: "
            "everything is allowed"
        )
    ]


def test_an_application_without_rights_gives_a_warning(warnings: Lines) -> None:
    assert warnings(applicaties(f"uuid: {UUID}, client_ids: [a], label: b")) == [
        f"4: {APPS}[0]: the application has no rights at all"
    ]


def test_an_unknown_scope_of_this_api_gives_a_warning(warnings: Lines) -> None:
    item = (
        f"uuid: {UUID}, client_ids: [a], label: b, autorisaties: "
        "[{component: cmc, scopes: [contactmomenten.lezen, contactmomenten.leze]}, "
        "{component: zrc, scopes: [zaken.lezen]}]"
    )
    assert warnings(applicaties(item)) == [
        (
            f"4: {APPS}[0].autorisaties[0].scopes[1]: "
            "`contactmomenten.leze` is not a scope that this API knows"
        )
    ]


def test_a_client_without_a_secret_gives_a_warning(warnings: Lines) -> None:
    item = f"uuid: {UUID}, client_ids: [a, b], label: b, heeft_alle_autorisaties: true"
    assert warnings(credentials(("a", LONG)) + applicaties(item)) == [
        (
            f"6: {APPS}[0].client_ids[1]: "
            "`b` has no secret in vng_api_common_credentials and cannot sign in"
        )
    ]


def test_services_have_an_identifier_and_a_root_of_their_own(errors: Lines) -> None:
    text = services(
        service("a", "https://a.nl/x/"),
        service("a", "https://b.nl/"),
        service("c", "https://a.nl/x"),
    )
    assert errors(text) == [
        f"2: {SERVICES}[1].identifier: `a` stands here twice; first at line 2",
        f"2: {SERVICES}[2].api_root: this api_root stands here twice; first at line 2",
    ]


def test_a_missing_slash_is_added_with_a_warning(read: Read, warnings: Lines) -> None:
    text = services(service("a", "https://a.nl/x"))
    wanted = read(text).services
    assert wanted is not None
    assert wanted[0].api_root == "https://a.nl/x/"
    assert warnings(text) == [
        f"2: {SERVICES}[0].api_root: must end in a slash, which has been added"
    ]


@pytest.mark.parametrize(
    ("auth_type", "missing"),
    [("zgw", ["client_id", "secret"]), ("api_key", ["header_key", "header_value"])],
)
def test_a_way_of_signing_in_needs_its_keys(
    errors: Lines, auth_type: str, missing: list[str]
) -> None:
    assert errors(services(service("a", auth_type=auth_type))) == [
        f"2: {SERVICES}[0]: auth_type {auth_type} needs a `{key}`" for key in missing
    ]


def test_the_default_way_of_signing_in_is_zgw(errors: Lines) -> None:
    text = services("identifier: a, label: b, api_root: 'https://a.nl/', client_id: c")
    assert errors(text) == [f"2: {SERVICES}[0]: auth_type zgw needs a `secret`"]


def test_keys_of_another_way_of_signing_in_give_a_warning(warnings: Lines) -> None:
    text = services(service("a", secret="geheim", header_key="''"))
    assert warnings(text) == [f"2: {SERVICES}[0].secret: is not used where auth_type is no_auth"]


def test_a_service_that_is_named_must_be_in_the_file(errors: Lines) -> None:
    assert errors(services(service("a")) + notifications("b")) == [
        (
            "4: notifications_config.notifications_api_service_identifier: "
            "there is no service `b` in zgw_consumers"
        )
    ]


def test_a_service_of_another_type_gives_a_warning(warnings: Lines) -> None:
    text = services(service("a", api_type="ac"), service("b", api_type="nrc"))
    assert warnings(text + notifications("b")) == []
    assert warnings(text + notifications("a")) == [
        (
            "4: notifications_config.notifications_api_service_identifier: "
            "the api_type of `a` is not nrc"
        )
    ]


def test_a_block_that_is_off_gives_a_warning_and_nothing_else(read: Read) -> None:
    text = services(service("a")) + credentials(("a", "short"))
    configuration = read(text.replace("zgw_consumers_config_enable: true", ""))
    assert configuration.services is None
    assert configuration.credentials is not None
    assert len(configuration.warnings) == 2
    assert "zgw_consumers: is not applied" in configuration.warnings[0]
