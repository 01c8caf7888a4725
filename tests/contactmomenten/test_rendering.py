from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from contactmomenten.contactmomenten.rendering import merged_identificatie, moment_url, rendered

ROOT = "https://a.nl/cm/api/v1"
ID = UUID("0a1b2c3d-0000-4000-8000-00000000000f")
ROW = {
    "uuid": ID,
    "vorig_contactmoment": None,
    "volgend_contactmoment": None,
    "bronorganisatie": "000000000",
    "registratiedatum": datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
    "kanaal": "",
    "voorkeurskanaal": "",
    "voorkeurstaal": "",
    "tekst": 'é\U0001f600"\\\n</script>',
    "onderwerp_links": ["http://a.nl"],
    "initiatiefnemer": "",
    "medewerker": "",
    "medewerker_identificatie": None,
}


def test_a_row_is_shown_in_the_order_of_the_standard_compact_and_in_utf_8() -> None:
    assert rendered(ROW, ROOT).decode() == (
        f'{{"url":"{ROOT}/contactmomenten/{ID}","vorigContactmoment":null,'
        '"volgendContactmoment":null,"bronorganisatie":"000000000",'
        '"registratiedatum":"2026-11-23T12:00:00Z","kanaal":"","voorkeurskanaal":"",'
        '"voorkeurstaal":"","tekst":"é\U0001f600\\"\\\\\\n</script>",'
        '"onderwerpLinks":["http://a.nl"],"initiatiefnemer":"","medewerker":"",'
        '"medewerkerIdentificatie":null}'
    )


def test_neighbours_are_shown_as_urls_at_the_same_root() -> None:
    other = UUID(int=1)
    row = {**ROW, "vorig_contactmoment": other, "volgend_contactmoment": ID}
    shown = msgspec.json.decode(rendered(row, ROOT))
    assert shown["vorigContactmoment"] == moment_url(ROOT, other)
    assert shown["volgendContactmoment"] == moment_url(ROOT, ID)


STORED = '{"identificatie":"1","achternaam":"A","voorletters":"","voorvoegselAchternaam":""}'


@pytest.mark.parametrize(
    ("stored", "given", "merged"),
    [
        (None, None, None),
        (None, {}, None),
        (STORED, None, STORED),
        (STORED, {}, STORED),
        (STORED, {"achternaam": ""}, STORED.replace('"A"', '""')),
        (STORED, {"voorvoegsel_achternaam": "é"}, STORED.replace('am":""}', 'am":"é"}')),
        (
            None,
            {"achternaam": "A"},
            STORED.replace('"1"', '""'),
        ),
    ],
)
def test_an_identification_changes_only_where_something_is_given(
    stored: str | None, given: dict[str, str] | None, merged: str | None
) -> None:
    assert merged_identificatie(stored, given) == merged
