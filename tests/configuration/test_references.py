"""Values from the environment and from files."""

import os
from pathlib import Path

import pytest

from tests.configuration.helpers import LONG, Lines, Read, credentials, notifications, services

OPEN = "vng_api_common_credentials_config_enable: true\nvng_api_common_credentials:\n  items:\n"
WRONG_DOLLAR = (
    "`${` must be followed by a name and `}`, or by a name, `:-`, a default without braces "
    "and `}`; write $$ for a plain $"
)


def _secret(read: Read, value: str, **environ: str) -> str:
    configuration = read(f"{OPEN}    - identifier: a\n      secret: {value}\n", **environ)
    assert configuration.credentials is not None
    return configuration.credentials[0].secret


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("${A}", "aaa"),
        ("'${A}'", "aaa"),
        ("x${A}y${B}z", "xaaaybbbz"),
        ("${NONE:-default}", "default"),
        ("${EMPTY:-default}", "default"),
        ("${A:-default}", "aaa"),
        ("x${NONE:-}", "x"),
        ("$${A}", "${A}"),
        ("$$$${A}", "$${A}"),
        ("$$${A}", "$aaa"),
        ("pa$word$", "pa$word$"),
        ("${TRICKY}", "${A}$$"),
        ("'${NUMBER}'", "12345"),
        ("${NUMBER}", "12345"),
        ("${TRUE}", "true"),
        ("{value_from: {env: A}}", "aaa"),
        ("{value_from: {env: NUMBER}}", "12345"),
        ("{value_from: {env: NONE, default: other}}", "other"),
        ("{value_from: {env: A, required: true}}", "aaa"),
        ("{value_from: {env: '${NAME}'}}", "aaa"),
    ],
)
def test_what_a_reference_means(read: Read, written: str, meant: str) -> None:
    environ = {"A": "aaa", "B": "bbb", "EMPTY": "", "TRICKY": "${A}$$", "NAME": "A"}
    assert _secret(read, written, **environ, NUMBER="12345", TRUE="true") == meant


@pytest.mark.parametrize(
    ("content", "meant"),
    [
        (b"abc", "abc"),
        (b"abc\n", "abc"),
        (b"abc\r\n", "abc"),
        (b" abc ${A} \n", " abc ${A} "),
        (b"42\n", "42"),
    ],
)
def test_a_file_gives_its_content_without_one_line_break(
    read: Read, tmp_path: Path, content: bytes, meant: str
) -> None:
    (tmp_path / "secret").write_bytes(content)
    assert _secret(read, "{value_from: {file: secret}}") == meant
    assert _secret(read, "{value_from: {file: '${DIR}/secret'}}", DIR=str(tmp_path)) == meant


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("${NONE}", "not set in the environment: NONE"),
        ("${NONE}${NO}${NONE}", "not set in the environment: NONE, NO"),
        (
            "'${not a name}'",
            WRONG_DOLLAR,
        ),
        ("'${A:-${B}}'", WRONG_DOLLAR),
        ("'${A:-x'", WRONG_DOLLAR),
        ("${EMPTY}", "must not be empty"),
        ("{value_from: {env: NONE}}", "not set in the environment: NONE"),
        ("{value_from: {env: '${GEHEIM}'}}", "not set in the environment: ${GEHEIM}"),
        ("{value_from: {env: NONE, required: false}}", "has no value: its variable is not set"),
        (
            "{value_from: {env: NONE, required: perhaps}}",
            "value_from: required must be true or false",
        ),
        ("{value_from: {file: none}}", "none is not a file"),
        ("{value_from: {file: '${GEHEIM}'}}", "${GEHEIM} is not a file"),
        ("{value_from: {file: .}}", ". is not a file"),
        ("{value_from: {file: pipe}}", "pipe is not a file"),
        ("{value_from: {file: large}}", "large is larger than 65536 bytes"),
        (
            "{value_from: {file: lines}}",
            "holds a control character (a line break, a tab, …) or is not UTF-8",
        ),
        (
            "{value_from: {file: bytes}}",
            "holds a control character (a line break, a tab, …) or is not UTF-8",
        ),
        ("{value_from: {file: empty}}", "must not be empty"),
        ("{value_from: {file: a}, more: 1}", "value_from must be the only key here"),
        ("{other: 1}", "must be a single value, not a list or a block"),
        ("[a]", "must be a single value, not a list or a block"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(
    errors: Lines, tmp_path: Path, written: str, reason: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * 65_537)
    (tmp_path / "lines").write_bytes(b"geheim\ngeheim\n\n")
    (tmp_path / "bytes").write_bytes(b"geheim\xff")
    (tmp_path / "empty").write_bytes(b"\n")
    text = f"{OPEN}    - identifier: a\n      secret: {written}\n"
    path = "vng_api_common_credentials.items[0].secret"
    assert errors(text, EMPTY="", GEHEIM="geheim") == [f"5: {path}: {reason}"]


@pytest.mark.parametrize(
    "written",
    ["{}", "text", "{env: A, file: b}", "{env: A, default: b, required: true}", "{other: A}", "[]"],
)
def test_a_value_from_of_another_shape_is_refused(errors: Lines, written: str) -> None:
    (error,) = errors(f"{OPEN}    - {{identifier: a, secret: {{value_from: {written}}}}}\n")
    assert "value_from must be {file: name}, {env: VARIABLE}" in error


def test_a_variable_becomes_a_number_or_a_boolean_where_one_belongs(read: Read) -> None:
    text = (
        services("identifier: nrc, label: n, api_root: 'https://n.nl/', auth_type: no_auth")
        + "notifications_config_enable: ${ON}\n"
        "notifications_config:\n"
        "  notifications_api_service_identifier: nrc\n"
        "  notification_delivery_max_retries: ${RETRIES}\n"
        "  notification_delivery_retry_backoff: '${BACKOFF:-4}'\n"
        "  notification_delivery_retry_backoff_max: {value_from: {env: NONE, required: false}}\n"
    )
    wanted = read(text, ON="true", RETRIES="7").notifications
    assert wanted is not None
    assert wanted.notification_delivery_max_retries == 7
    assert wanted.notification_delivery_retry_backoff == 4
    assert wanted.notification_delivery_retry_backoff_max == 48
    assert read(text, ON="no", RETRIES="7").notifications is None


@pytest.mark.parametrize("value", ["", "many", "1.5", "010", "0x10", "1_000", "9" * 5000])
def test_a_variable_that_is_no_number_is_refused(errors: Lines, value: str) -> None:
    text = services() + notifications("", notification_delivery_max_retries=0)
    (error,) = errors(text.replace(": 0}", ": '${N}'}"), N=value)
    assert error.endswith("must be a whole number, without quotes")


def test_a_number_is_not_pieced_together(errors: Lines) -> None:
    text = notifications("", notification_delivery_max_retries=0).replace(": 0}", ": '1${N}'}")
    assert errors(text, N="2")[0].endswith("must be a whole number, without quotes")


def test_list_items_may_be_references(read: Read) -> None:
    text = (
        "vng_api_common_applicaties_config_enable: true\n"
        "vng_api_common_applicaties:\n"
        "  items:\n"
        "    - uuid: ${UUID}\n"
        "      label: a\n"
        "      client_ids:\n"
        "        - ${CLIENT}\n"
        "        - {value_from: {env: CLIENT2}}\n"
        "        - {value_from: {env: NONE, required: false}}\n"
        "      heeft_alle_autorisaties: ${ALL}\n"
    )
    uuid = "8a6a1d3c-6e1b-4f0e-9d0a-2f6f0a9b6c11"
    wanted = read(text, UUID=uuid, CLIENT="a", CLIENT2="b", ALL="true").applicaties
    assert wanted is not None
    assert (str(wanted[0].uuid), wanted[0].client_ids) == (uuid, ["a", "b"])


def test_a_block_that_is_off_needs_no_variables_and_no_files(warnings: Lines) -> None:
    text = (
        "vng_api_common_credentials:\n"
        "  items:\n"
        "    - {identifier: '${A}', secret: {value_from: {file: none}}}\n"
        "    - {identifier: '$$', secret: {value_from: {env: '${B}'}}}\n"
    )
    assert warnings(text) == [
        (
            "1: vng_api_common_credentials: is not applied: "
            "vng_api_common_credentials_config_enable is not true"
        )
    ]


def test_a_row_of_references_without_an_end_takes_no_time(errors: Lines) -> None:
    text = f"{OPEN}    - {{identifier: a, secret: '{'${A:-' * 150_000}'}}\n"
    assert errors(text) == [f"4: vng_api_common_credentials.items[0].secret: {WRONG_DOLLAR}"]


def test_the_environment_of_the_process_itself_is_not_looked_at(errors: Lines) -> None:
    assert errors(credentials(("${PATH}", LONG))) != []
