"""What publiccode.yml tells about this project, by version 0.4 of its standard."""

import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
TOLD: dict[str, Any] = yaml.safe_load((REPOSITORY / "publiccode.yml").read_text("utf-8"))
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]

# Of the categories in the standard, those that could be said of this program.
CATEGORIES = {
    "call-center-management",
    "communications",
    "contact-management",
    "crm",
    "customer-service-and-support",
    "document-management",
    "help-desk",
    "service-desk",
}


def test_what_the_standard_asks_for_is_there() -> None:
    assert TOLD["publiccodeYmlVersion"] == "0.4"
    asked = {"name", "platforms", "categories", "developmentStatus", "softwareType"}
    asked |= {"description", "legal", "maintenance", "localisation"}
    assert asked <= {name for name, value in TOLD.items() if value}
    assert TOLD["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert TOLD["softwareType"] == "standalone/backend"
    assert TOLD["maintenance"]["type"] in {"internal", "community"}
    assert all(contact["name"] for contact in TOLD["maintenance"]["contacts"])
    assert TOLD["localisation"]["localisationReady"] is False
    assert TOLD["localisation"]["availableLanguages"]


def test_an_address_is_a_real_one_and_it_is_said_that_it_has_to_come() -> None:
    steps = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    if "url" not in TOLD:
        assert "set `url`" in steps
        return
    url = urlsplit(TOLD["url"])
    assert url.scheme == "https"
    assert url.hostname
    assert "example" not in url.hostname


def test_the_categories_are_those_of_the_standard() -> None:
    assert set(TOLD["categories"]) <= CATEGORIES
    assert set(TOLD["intendedAudience"]["scope"]) <= {"government", "local-authorities", "society"}


@pytest.mark.parametrize("language", TOLD["localisation"]["availableLanguages"])
def test_it_is_described_in_each_language(language: str) -> None:
    text = TOLD["description"][language]
    assert len(text["shortDescription"]) <= 150
    assert 150 <= len(text["longDescription"]) <= 10_000
    assert text["features"]


def test_the_licence_is_that_of_the_project() -> None:
    assert TOLD["legal"]["license"] == PROJECT["license"]
    assert (REPOSITORY / f"LICENSES/{PROJECT['license']}.txt").is_file()


def test_the_release_is_the_newest_of_the_changelog() -> None:
    headings = re.findall(r"^## (.+)$", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    told = [str(TOLD[name]) for name in ("softwareVersion", "releaseDate") if name in TOLD]
    assert [" - ".join(told)] == ([one for one in headings if one != "Unreleased"] or [""])[:1]
    if told and headings[0] != "Unreleased":
        assert told[0] == PROJECT["version"]
