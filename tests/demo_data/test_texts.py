from random import Random

from contactmomenten.demo_data.texts import content
from contactmomenten.demo_data.world import World


def test_texts_are_of_20_to_400_characters_and_some_are_empty() -> None:
    rng, subjects = Random(1), World(1, 1_000_000).subjects
    texts = [content(rng, subjects)[0] for _ in range(5000)]
    assert 0.02 < texts.count("") / 5000 < 0.04
    lengths = [len(text) for text in texts if text]
    assert 20 <= min(lengths) < 60
    assert 350 < max(lengths) <= 400
    assert not [text for text in texts if "{" in text or "\\" in text or text != text.strip()]


def test_most_have_no_subject_or_one() -> None:
    rng, subjects = Random(1), World(1, 1_000_000).subjects
    found = [content(rng, subjects)[1] for _ in range(5000)]
    shares = [sum(len(links) == number for links in found) / 5000 for number in range(3)]
    assert 0.35 < shares[0] < 0.41
    assert 0.44 < shares[1] < 0.5
    assert sum(shares) == 1
    assert not [links for links in found if len(set(links)) < len(links)]
    assert len({link for links in found for link in links}) == 200
