from collections import Counter

from contactmomenten.demo_data.world import World
from contactmomenten.fields.rsin import rsin_fault


def test_the_organisations_have_valid_rsins_and_differ_much_in_size() -> None:
    sizes = Counter(person.bronorganisatie for person in World(1, 1_000_000).people)
    assert len(sizes) == 20
    assert [rsin for rsin in sizes if rsin_fault(rsin)] == []
    assert max(sizes.values()) > 10 * min(sizes.values())


def test_there_are_2000_employees_that_differ() -> None:
    people = World(1, 1_000_000).people
    assert len({person.url for person in people}) == 2000
    assert len({person.identificatie for person in people}) == 2000


def test_where_there_are_few_contactmomenten_there_are_few_employees() -> None:
    assert len(World(1, 10_000).people) == 62
    assert {person.bronorganisatie for person in World(1, 1).people} == {
        person.bronorganisatie for person in World(1, 1_000_000).people
    }


def test_most_call_and_want_dutch() -> None:
    kinds = World(1, 1_000_000).kinds
    assert Counter(kind.kanaal for kind in kinds).most_common(1)[0][0] == "telefoon"
    assert len({kind.kanaal for kind in kinds}) == 8
    talen = Counter(kind.voorkeurstaal for kind in kinds)
    assert talen["nld"] > 0.8 * len(kinds)
    assert 0.05 < talen[""] / len(kinds) < 0.15
    assert {kind.initiatiefnemer for kind in kinds} == {"klant", "gemeente", ""}


def test_another_seed_is_another_world() -> None:
    assert World(1, 1_000_000).people == World(1, 1_000_000).people
    assert {person.url for person in World(1, 1_000_000).people}.isdisjoint(
        person.url for person in World(2, 1_000_000).people
    )
