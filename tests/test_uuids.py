from uuid import UUID, uuid4

from contactmomenten.uuids import new_uuid, uuid_from


def test_a_uuid_is_equal_to_the_plain_one_and_found_by_it() -> None:
    plain = uuid4()
    fast = uuid_from(str(plain))
    assert fast == plain
    assert {plain: 1}[fast] == {fast: 1}[plain] == 1
    assert isinstance(fast, UUID)
    assert str(fast) == str(plain)


def test_capitals_and_missing_dashes_make_no_difference() -> None:
    plain = uuid4()
    assert uuid_from(str(plain).upper()) == uuid_from(plain.hex) == plain


def test_new_ones_are_random_and_differ() -> None:
    made = {new_uuid() for _ in range(1000)}
    assert len(made) == 1000
    assert {(one.version, one.variant) for one in made} == {(4, uuid4().variant)}
