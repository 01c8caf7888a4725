import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactmomenten.secrets import SecretBox, WrongKeyError

BOX = SecretBox("a key")
PLACE = "client_secret:portaal"


@given(st.text(), st.text())
def test_what_is_encrypted_is_decrypted_at_its_place(text: str, place: str) -> None:
    assert BOX.decrypt(BOX.encrypt(text, place=place), place=place) == text


def test_the_same_text_is_never_encrypted_alike() -> None:
    assert BOX.encrypt("x", place=PLACE) != BOX.encrypt("x", place=PLACE)


@pytest.mark.parametrize("place", ["client_secret:ander", "client_secret:portaa", ""])
def test_a_value_is_worth_nothing_at_another_place(place: str) -> None:
    value = BOX.encrypt("geheim", place=PLACE)
    with pytest.raises(WrongKeyError):
        BOX.decrypt(value, place=place)


@pytest.mark.parametrize("key", ["", "a key ", "A key", "a ke"])
def test_another_key_opens_nothing(key: str) -> None:
    with pytest.raises(WrongKeyError):
        SecretBox(key).decrypt(BOX.encrypt("geheim", place=PLACE), place=PLACE)


def test_a_value_that_is_damaged_anywhere_opens_no_more() -> None:
    value = BOX.encrypt("geheim", place=PLACE)
    key_id = range(1, 5)  # tells which key, and is not needed to open
    for index in set(range(len(value))) - set(key_id):
        damaged = bytearray(value)
        damaged[index] ^= 1
        with pytest.raises(WrongKeyError):
            BOX.decrypt(bytes(damaged), place=PLACE)


def test_a_value_that_is_cut_off_opens_no_more() -> None:
    value = BOX.encrypt("geheim", place=PLACE)
    for length in range(len(value)):
        with pytest.raises(WrongKeyError):
            BOX.decrypt(value[:length], place=PLACE)
    with pytest.raises(WrongKeyError):
        BOX.decrypt(value + b"x", place=PLACE)


def test_a_value_tells_its_format_and_key_and_nothing_else() -> None:
    value = BOX.encrypt("geheim", place=PLACE)
    assert value[:5] == b"\x01" + BOX.key_id
    assert BOX.key_id == SecretBox("a key").key_id != SecretBox("b key").key_id
    assert b"geheim" not in value
    assert len(value) == 1 + 4 + 12 + len("geheim") + 16


def test_the_previous_key_opens_and_the_present_one_encrypts() -> None:
    both = SecretBox("b key", "a key")
    old = BOX.encrypt("geheim", place=PLACE)
    new = both.encrypt("geheim", place=PLACE)
    assert both.decrypt(old, place=PLACE) == both.decrypt(new, place=PLACE) == "geheim"
    assert SecretBox("b key").decrypt(new, place=PLACE) == "geheim"
    assert both.is_current(new, place=PLACE)
    assert not both.is_current(old, place=PLACE)
    assert not both.is_current(new, place="elsewhere")
    for box in (SecretBox("b key"), SecretBox("b key", "c key"), BOX):
        with pytest.raises(WrongKeyError):
            box.decrypt(new if box is BOX else old, place=PLACE)


def test_neither_key_nor_text_is_shown() -> None:
    assert "a key" not in repr(BOX)
    assert "a key" not in repr(vars(BOX))
