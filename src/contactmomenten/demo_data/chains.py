"""Which contactmoment follows on which, and who had them."""

from collections import defaultdict
from random import Random
from typing import Final

from contactmomenten.demo_data.world import Person, World

# What share follows on an earlier one of the same organisation, and how far back that may lie.
_FOLLOWS: Final = 0.08
_RECENT: Final = 40


class Chains:
    """The chains within one part, by place; None where there is no neighbour.

    Attributes:
        people: who had each contactmoment; chains stay within an organisation.
        before: the place of the predecessor.
        after: the place of the successor.
    """

    def __init__(self, rng: Random, world: World, size: int) -> None:
        """Draw who had `size` contactmomenten and which of them follow on each other."""
        self.people: list[Person] = rng.choices(world.people, cum_weights=world.shares, k=size)
        self.before: list[int | None] = [None] * size
        self.after: list[int | None] = [None] * size
        random = rng.random
        # Of each organisation those that have no successor yet, the last ones at the end.
        free: defaultdict[str, list[int]] = defaultdict(list)
        for place, person in enumerate(self.people):
            candidates = free[person.bronorganisatie]
            if candidates and random() < _FOLLOWS:
                back = 1 + int(random() * min(len(candidates), _RECENT))
                before = candidates.pop(-back)
                self.before[place], self.after[before] = before, place
            candidates.append(place)
