"""Secrets at rest: encrypted with the key of this installation, bound to the place they stand."""

import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT = b"\x01"
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12


class WrongKeyError(Exception):
    """The value was encrypted with another key, or does not belong where it stands."""


class SecretBox:
    """Encrypts and decrypts short texts with AES-256-GCM.

    An encrypted value is: format (1 byte), id of the key (4 bytes), nonce (12 bytes), ciphertext.
    The `place` (such as ``client_secret:portal``) is authenticated too, so that a value copied
    to another row does not decrypt there.
    """

    def __init__(self, secret_key: str, previous_key: str = "") -> None:
        """Derive the key from `secret_key`, any text; the longer and more random the better.

        What was encrypted with `previous_key`, if there is one, is decrypted too.
        """
        key = _derived(secret_key)
        self.key_id = sha256(b"key id\x00" + key).digest()[:_KEY_ID_BYTES]
        self._cipher = AESGCM(key)
        self._ciphers = [self._cipher]
        if previous_key:
            self._ciphers.append(AESGCM(_derived(previous_key)))

    def encrypt(self, text: str, *, place: str) -> bytes:
        """Return `text` encrypted for `place`."""
        nonce = os.urandom(_NONCE_BYTES)
        header = _FORMAT + self.key_id + nonce
        return header + self._cipher.encrypt(nonce, text.encode(), place.encode())

    def decrypt(self, value: bytes, *, place: str) -> str:
        """Return the text of `value`.

        Raises:
            WrongKeyError: another key, another place, or a damaged value.
        """
        for cipher in self._ciphers:
            text = _opened(cipher, value, place)
            if text is not None:
                return text
        raise WrongKeyError

    def is_current(self, value: bytes, *, place: str) -> bool:
        """Tell whether `value` opens with the present key, not with the previous one."""
        return _opened(self._cipher, value, place) is not None


def _derived(secret_key: str) -> bytes:
    return sha256(b"contactmomenten secrets v1\x00" + secret_key.encode()).digest()


def _opened(cipher: AESGCM, value: bytes, place: str) -> str | None:
    start = len(_FORMAT) + _KEY_ID_BYTES
    nonce = value[start : start + _NONCE_BYTES]
    if value[: len(_FORMAT)] != _FORMAT or len(nonce) != _NONCE_BYTES:
        return None
    try:
        return cipher.decrypt(nonce, value[start + _NONCE_BYTES :], place.encode()).decode()
    except InvalidTag:
        return None
