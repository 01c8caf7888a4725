"""Keys and values against the types of the model."""

import pytest

from tests.configuration.helpers import (
    LONG,
    UUID,
    Lines,
    Read,
    applicaties,
    credentials,
    notifications,
    services,
)


def test_an_unknown_key_is_refused_with_its_own_line(errors: Lines) -> None:
    text = (
        "vng_api_common_credentials_config_enable: true\n"
        "vng_api_common_credentials:\n"
        "  items:\n"
        "    - identifier: a\n"
        f"      secret: {LONG}\n"
        "      secrett: b\n"
        "      other: c\n"
    )
    assert errors(text) == [
        "6: vng_api_common_credentials.items[0]: unknown key `secrett`; did you mean `secret`?",
        "7: vng_api_common_credentials.items[0]: unknown key `other`; known are identifier, secret",
    ]


def test_an_unknown_block_is_refused(errors: Lines) -> None:
    (error,) = errors("oidc_db_config_enable: true\n")
    assert error.startswith("1: unknown key `oidc_db_config_enable`; known are vng_api_common_")


def test_what_may_be_a_value_that_lost_its_key_is_not_shown(errors: Lines) -> None:
    text = credentials(("a", LONG)).replace("]", ", {identifier: b, geheim}, {c: d, g3h31m: e}]")
    assert not [error for error in errors(text) if "geheim" in error or "g3h31m" in error]


def test_missing_keys_are_named_with_the_line_of_their_block(errors: Lines) -> None:
    text = "zgw_consumers:\n  services:\n    - api_type: nrc\n"
    assert errors(text) == [
        "3: zgw_consumers.services[0]: `identifier` is missing",
        "3: zgw_consumers.services[0]: `label` is missing",
        "3: zgw_consumers.services[0]: `api_root` is missing",
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "vng_api_common_credentials: []",
            "1: vng_api_common_credentials: must be a block with keys (items)",
        ),
        (
            "vng_api_common_credentials:",
            "1: vng_api_common_credentials: must be a block with keys (items)",
        ),
        (
            "vng_api_common_credentials: {items: }",
            "1: vng_api_common_credentials.items: must be a list (`- …` on each line, or [])",
        ),
        (
            "vng_api_common_credentials: {items: [a]}",
            (
                "1: vng_api_common_credentials.items[0]: "
                "must be a block with keys (identifier, secret)"
            ),
        ),
        (
            "zgw_consumers_config_enable: 'true'\nzgw_consumers: {services: []}",
            "1: zgw_consumers_config_enable: must be true or false, without quotes",
        ),
        (
            "zgw_consumers_config_enable: true",
            "1: zgw_consumers_config_enable: is true, but there is no block `zgw_consumers`",
        ),
    ],
)
def test_a_value_of_another_kind_is_refused(errors: Lines, text: str, error: str) -> None:
    assert errors(text) == [error]


@pytest.mark.parametrize(
    ("identifier", "secret", "reason"),
    [
        ("''", "x", "identifier: must not be empty"),
        ("a" * 51, "x", "identifier: must be 50 characters at most"),
        ("1234", "x", "identifier: must be text: put it in quotes"),
        ("2026-01-01", "x", "identifier: must be text: put it in quotes"),
        ("on", "x", "identifier: must be text: put it in quotes"),
        ("~", "x", "identifier: has no value"),
        ("a", "''", "secret: must not be empty"),
        ("a", "x" * 256, "secret: must be 255 characters at most"),
        (
            "a",
            '"a\\0b"',
            "secret: holds a control character (a line break, a tab, …) or is not UTF-8",
        ),
        (
            "a",
            '"a\\nb"',
            "secret: holds a control character (a line break, a tab, …) or is not UTF-8",
        ),
        (
            "a",
            '"a\\ud800b"',
            "secret: holds a control character (a line break, a tab, …) or is not UTF-8",
        ),
    ],
)
def test_a_wrong_credential_is_refused(
    errors: Lines, identifier: str, secret: str, reason: str
) -> None:
    text = (
        "vng_api_common_credentials_config_enable: true\n"
        f"vng_api_common_credentials: {{items: [{{identifier: {identifier}, secret: {secret}}}]}}\n"
    )
    assert errors(text) == [f"2: vng_api_common_credentials.items[0].{reason}"]


def test_the_longest_credential_is_accepted(read: Read) -> None:
    wanted = read(credentials(("ë" * 50, "ë" * 255))).credentials
    assert wanted is not None
    assert (wanted[0].identifier, wanted[0].secret) == ("ë" * 50, "ë" * 255)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("uuid: no, client_ids: [a], label: b", "uuid: must be text: put it in quotes"),
        (f"uuid: {UUID[:-1]}, client_ids: [a], label: b", "uuid: must be a UUID, such as {UUID}"),
        (f"uuid: {UUID}, client_ids: [], label: b", "client_ids: must not be empty"),
        (f"uuid: {UUID}, client_ids: a, label: b", "client_ids: must be a list"),
        (f"uuid: {UUID}, client_ids: [a, ''], label: b", "client_ids[1]: must not be empty"),
        (f"uuid: {UUID}, client_ids: [a], label: {'b' * 101}", "label: must be 100 characters"),
        (
            (
                f"uuid: {UUID}, client_ids: [a], label: b, "
                "autorisaties: [{component: cms, scopes: [a]}]"
            ),
            "autorisaties[0].component: must be one of ac, brc, cmc, drc, kc, nrc, vrc, zrc, ztc",
        ),
        (
            f"uuid: {UUID}, client_ids: [a], label: b, autorisaties: [{{component: cmc}}]",
            "autorisaties[0]: `scopes` is missing",
        ),
        (
            f"uuid: {UUID}, client_ids: [a], label: b, heeft_alle_autorisaties: 1",
            "heeft_alle_autorisaties: must be true or false, without quotes",
        ),
    ],
)
def test_a_wrong_application_is_refused(errors: Lines, item: str, reason: str) -> None:
    (error,) = errors(applicaties(item))
    reason = reason.replace("{UUID}", UUID)
    assert error.startswith("4: vng_api_common_applicaties.items[0]")
    assert reason in error


@pytest.mark.parametrize("yes", ["true", "True", "yes", "on"])
def test_all_ways_in_which_yaml_says_true_are_true(read: Read, yes: str) -> None:
    item = f"uuid: {UUID}, client_ids: [a], label: b, heeft_alle_autorisaties: {yes}"
    wanted = read(applicaties(item)).applicaties
    assert wanted is not None
    assert wanted[0].heeft_alle_autorisaties is True


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("api_type", "xyz", "must be one of ac, brc, cmc, drc, kc, nrc, orc, vrc, zrc, ztc"),
        ("auth_type", "basic", "must be one of api_key, no_auth, zgw"),
        ("identifier", "a b", "must be a name of letters, digits, - and _"),
        ("identifier", '"a\\n"', "holds a control character"),
        ("api_root", "example.nl", "must be an absolute URL"),
        ("api_root", "ftp://example.nl/", "must be an absolute URL"),
        ("api_root", "'https:///path'", "must be an absolute URL"),
        ("api_root", "'https://a:geheim@example.nl/'", "must be an absolute URL"),
        ("api_root", "'https://example.nl/?a'", "must be an absolute URL"),
        ("api_root", "'https://example.nl/#a'", "must be an absolute URL"),
        ("api_root", "'https://exa mple.nl/'", "must be an absolute URL"),
        ("api_root", "'https://example.nl:port/'", "must be an absolute URL with a valid host"),
        ("api_root", "'https://example.nl:99999/'", "must be an absolute URL with a valid host"),
        ("api_root", "'https://[::1/'", "must be an absolute URL with a valid host"),
        ("header_key", "'a: b'", "must be the name of an HTTP header"),
        ("header_value", "é", "must hold nothing but printable ASCII"),
    ],
)
def test_a_wrong_service_is_refused(errors: Lines, key: str, value: str, reason: str) -> None:
    keys = {"identifier": "a", "label": "b", "api_root": "https://a.nl/", "auth_type": "no_auth"}
    text = ", ".join(f"{name}: {text}" for name, text in {**keys, key: value}.items())
    (error,) = errors(services(text))
    assert error.startswith(f"2: zgw_consumers.services[0].{key}: {reason}")
    assert "geheim" not in error


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("-1", "must be 0 or more"),
        ("2147483648", "must be 2147483647 or less"),
        ("'5'", "must be a whole number, without quotes"),
        ("1.5", "must be a whole number, without quotes"),
        ("010", "must be a whole number, without quotes"),
        ("true", "must be a whole number, without quotes"),
        ("~", "has no value"),
    ],
)
def test_a_wrong_number_is_refused(errors: Lines, value: str, reason: str) -> None:
    text = notifications("", notification_delivery_max_retries=0).replace(": 0}", f": {value}}}")
    path = "notifications_config.notification_delivery_max_retries"
    assert errors(text) == [f"2: {path}: {reason}"]


def test_the_numbers_have_the_defaults_of_the_sister_products(read: Read) -> None:
    wanted = read(
        services("identifier: n, label: n, api_root: 'https://n.nl/', auth_type: no_auth")
        + notifications("n")
    ).notifications
    assert wanted is not None
    assert (
        wanted.notification_delivery_max_retries,
        wanted.notification_delivery_retry_backoff,
        wanted.notification_delivery_retry_backoff_max,
    ) == (5, 3, 48)


def test_a_block_that_is_off_is_checked_all_the_same(errors: Lines) -> None:
    assert errors("zgw_consumers: {services: [], other: 1}\n") == [
        "1: zgw_consumers: unknown key `other`; known are services"
    ]


def test_all_that_is_wrong_is_told_at_once_by_line(errors: Lines) -> None:
    text = (
        "autorisaties_config_enable: true\n"
        "other: 1\n"
        "zgw_consumers_config_enable: maybe\n"
        "zgw_consumers:\n"
        "  services:\n"
        "    - identifier: a\n"
        "      label: b\n"
        "      api_root: c\n"
        "    - identifier: a\n"
        "      label: 5\n"
        "      api_root: https://a.nl/\n"
    )
    lines = [error.split(":")[0] for error in errors(text)]
    assert lines == ["1", "2", "3", "6", "6", "8", "9", "9", "9", "10"]
