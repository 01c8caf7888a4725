from random import Random
from uuid import UUID

from contactmomenten.demo_data.uuids import numbered_uuid, random_uuids


def is_version_4(text: str) -> bool:
    uuid = UUID(text)
    return str(uuid) == text and uuid.version == 4


def test_random_ones_are_of_version_4_and_all_different() -> None:
    uuids = random_uuids(Random(1), 2000)
    assert all(map(is_version_4, uuids))
    assert len(set(uuids)) == 2000
    assert random_uuids(Random(1), 0) == []


def test_they_follow_from_the_seed() -> None:
    assert random_uuids(Random(1), 3) == random_uuids(Random(1), 3)
    assert set(random_uuids(Random(1), 3)).isdisjoint(random_uuids(Random(2), 3))


def test_every_digit_that_is_free_takes_all_values() -> None:
    uuids = random_uuids(Random(1), 2000)
    seen = [len({uuid[place] for uuid in uuids}) for place in range(36)]
    assert (
        seen == [16] * 8 + [1] + [16] * 4 + [1, 1] + [16] * 3 + [1, 4] + [16] * 3 + [1] + [16] * 12
    )


def test_numbered_ones_are_of_version_4_and_all_different() -> None:
    uuids = [numbered_uuid(number, 2**119) for number in range(2000)]
    assert all(map(is_version_4, uuids))
    assert len(set(uuids)) == 2000
    assert numbered_uuid(7, 5) == numbered_uuid(5, 7) != numbered_uuid(7, 6)
