"""What a contactmoment is about: its tekst and its onderwerpLinks."""

from random import Random
from typing import Final

from contactmomenten.demo_data import words
from contactmomenten.demo_data.world import Subject

_LONGEST: Final = 400  # characters
_EMPTY: Final = 0.03
_CLOSED: Final = 0.4

# How many links, in per cent, and how many sentences follow on the question.
_LINKS: Final = (0,) * 38 + (1,) * 47 + (2,) * 15
_SENTENCES: Final = (0, 1, 1, 1, 2, 2, 2, 3, 3, 4)


def content(rng: Random, subjects: list[Subject]) -> tuple[str, tuple[str, ...]]:
    """Return a tekst and its links: none, that of its subject, or that of another one too."""
    random = rng.random
    subject = subjects[int(random() * len(subjects))]
    number = _LINKS[int(random() * len(_LINKS))]
    links: tuple[str, ...] = ()
    if number:
        links = (subject.link,)
        other = subjects[int(random() * len(subjects))]
        if number > 1 and other is not subject:
            links = (subject.link, other.link)
    if random() < _EMPTY:
        return "", links
    questions, more = subject.questions, words.VERVOLGEN
    tekst = questions[int(random() * len(questions))]
    for _ in range(_SENTENCES[int(random() * len(_SENTENCES))]):
        tekst += " " + more[int(random() * len(more))]
    if random() < _CLOSED:
        tekst += " " + words.SLOTZINNEN[int(random() * len(words.SLOTZINNEN))]
    if "{}" in tekst:
        tekst = tekst.replace("{}", f"Z{int(random() * 10_000_000):07}")
    return tekst[:_LONGEST].rstrip(), links
