"""Reading YAML: only plain data, and the line of everything that is wrong."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contactmomenten.configuration import ConfigurationError, read_configuration
from tests.configuration.helpers import EXAMPLE, LONG, Lines, Read, credentials


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.yaml:1: cannot be read: No such file"):
        read_configuration(tmp_path / "none.yaml", {})


@pytest.mark.parametrize("text", ["", "# only this\n", "---\n", "~\n"])
def test_an_empty_file_is_refused(errors: Lines, text: str) -> None:
    assert errors(text) == ["1: the file is empty: it must hold the blocks to configure"]


@pytest.mark.parametrize("text", ["[]", "text", "3"])
def test_a_file_without_keys_is_refused(errors: Lines, text: str) -> None:
    assert errors(text) == ["1: must hold keys (`zgw_consumers: …`) at the top"]


def test_a_file_of_more_than_a_megabyte_is_refused(errors: Lines) -> None:
    assert errors("#" * 1_000_001) == ["1: is larger than 1 MB"]


def test_a_file_that_is_not_utf_8_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(ConfigurationError, match=r"latin\.yaml:2: is not UTF-8 text"):
        read_configuration(path, {})


def test_a_byte_order_mark_is_no_problem(read: Read) -> None:
    assert read("\ufeff" + credentials(("a", LONG))).credentials is not None


def test_a_forbidden_character_is_refused_with_the_line(errors: Lines) -> None:
    assert errors("a: 1\nb: \x00\n") == ["2: holds a character that YAML does not allow"]


def test_an_impossible_escape_is_refused(errors: Lines) -> None:
    assert errors('a: "\\UFFFFFFFF"') == ["1: is not valid YAML: an impossible escape"]


def test_wrong_yaml_is_refused_with_the_line_and_without_its_text(errors: Lines) -> None:
    (error,) = errors("a: 1\nsecret: 'geheim\nb: 2\n")
    assert error.startswith("4: is not valid YAML: found unexpected end of stream")
    assert "geheim" not in error


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [${A}]", "expected ',' or ']', but got '{'"),
        ("a:\n\tb: 1", "found character '\\t' that cannot start any token"),
        ("a: 1\n b: 2", "mapping values are not allowed here"),
        ("a: {b: 1]", "expected ',' or '}', but got ']'"),
        ("a: [b, c", "expected ',' or ']', but got '<stream end>'"),
    ],
)
def test_the_reason_of_the_yaml_parser_is_told(errors: Lines, text: str, reason: str) -> None:
    assert reason in errors(text)[0]


def test_an_undefined_tag_handle_is_not_quoted(errors: Lines) -> None:
    (error,) = errors("secret: !geheim!heel\n")
    assert error.startswith("1: is not valid YAML: found undefined tag handle")
    assert "geheim" not in error


def test_a_key_that_stands_twice_is_refused(errors: Lines) -> None:
    assert errors("zgw_consumers: {services: []}\nzgw_consumers: {services: []}\n") == [
        "2: `zgw_consumers` stands here twice; first at line 1"
    ]


def test_a_key_that_stands_twice_deeper_is_refused_with_its_path(errors: Lines) -> None:
    text = "zgw_consumers:\n  services:\n    - label: a\n      label: b\n"
    assert "4: zgw_consumers.services[0]: `label` stands here twice; first at line 3" in errors(
        text
    )


def test_aliases_are_refused(errors: Lines) -> None:
    text = "zgw_consumers: &geheim {services: []}\nnotifications_config: *geheim\n"
    assert errors(text) == [
        "1: zgw_consumers: anchors (`&…`) are not used here; quote the value",
        "2: notifications_config: aliases (`*…`) are not used here; write or quote it",
    ]


def test_tags_are_refused(errors: Lines) -> None:
    assert errors("zgw_consumers: !!python/object:os.system {services: []}\n") != []
    assert errors("zgw_consumers_config_enable: !geheim true\n") == [
        "1: zgw_consumers_config_enable: tags (`!…`) are not used here; quote the value"
    ]


def test_a_second_document_is_refused_with_its_line(errors: Lines) -> None:
    assert errors(credentials(("a", LONG)) + "---\na: 1\n") == [
        "3: only one YAML document (`---`) may be in the file"
    ]


@pytest.mark.parametrize("text", ["[" * 5000, "a: " + "{a: " * 5000, "- " * 5000])
def test_deep_nesting_is_refused(errors: Lines, text: str) -> None:
    assert errors(text) == ["1: is nested too deeply"]


def test_a_key_that_is_no_name_is_refused(errors: Lines) -> None:
    assert (
        errors("{a: b}: 1\n")[0] == "1: a key must be a name (a value with { or [ goes in quotes)"
    )


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200
)
@given(
    text=st.text(alphabet="ab:-[]{}&*!|>'\"%@`#,?\\ \n\tUx0$~<=\x85\ud800", max_size=40),
    at=st.integers(min_value=0, max_value=4000),
)
def test_whatever_is_in_the_file_the_answer_is_a_configuration_error(
    tmp_path: Path, text: str, at: int
) -> None:
    example = EXAMPLE.read_text()
    path = tmp_path / "any.yaml"
    path.write_text(example[:at] + text + example[at:], errors="surrogatepass")
    with pytest.raises(ConfigurationError):
        read_configuration(path, {})  # the example wants variables, so it is wrong anyhow
    path.write_text(text, errors="surrogatepass")
    with contextlib.suppress(ConfigurationError):
        # The one thing that is right in this alphabet: a file that configures nothing.
        assert read_configuration(path, {}).credentials is None
