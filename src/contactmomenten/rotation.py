"""Another key for the secrets in the database: ``contactmomenten secrets rotate``.

All secrets change over in one transaction, so there is never a half of them. What is broken off is
done by running it again.
"""

from pathlib import Path
from typing import Final, NamedTuple

from contactmomenten.configuration.stored import PROOF_PLACE, client_secret_place, service_place
from contactmomenten.database.pool import Connection
from contactmomenten.keys import Keys, make_key, read_key_file, write_key_file
from contactmomenten.secrets import SecretBox, WrongKeyError

# Any number that nothing else in this database locks.
_LOCK: Final = 7_091_264_350_021
_TAKE_LOCK: Final = "SELECT pg_advisory_lock($1)"

# Waits for, and keeps off, a `configure` and another rotation.
_PROOF: Final = "SELECT sleutelproef FROM configuratie FOR UPDATE"
_CLIENT_SECRETS: Final = "SELECT client_id, nummer, secret FROM client_secret"
_SERVICES: Final = "SELECT identifier, secret, header_value FROM service"

_STORE_PROOF: Final = "UPDATE configuratie SET sleutelproef = $1"
_STORE_CLIENT_SECRET: Final = (
    "UPDATE client_secret SET secret = $1 WHERE client_id = $2 AND nummer = $3"  # noqa: S105 (SQL)
)
_STORE_SERVICE_SECRET: Final = "UPDATE service SET secret = $1 WHERE identifier = $2"  # noqa: S105 (SQL)
_STORE_HEADER_VALUE: Final = "UPDATE service SET header_value = $1 WHERE identifier = $2"

# Workers read everything again, with the keys as they are by then.
_NEW_VERSION: Final = "UPDATE configuratie SET versie = versie + 1"


class RotationError(Exception):
    """Some secrets open with neither key; the text says whose."""


class _Secret(NamedTuple):
    """One encrypted value: whose it is, where it stands, and how it is stored anew."""

    whose: str
    place: str
    value: bytes
    store: str
    row: tuple[object, ...]


async def rotate(connection: Connection, box: SecretBox) -> int:
    """Encrypt everything with the present key of `box`; return how many values were not yet.

    Raises:
        RotationError: there are values that `box` does not open; then nothing was changed.
    """
    async with connection.transaction():
        found = await _all(connection)
        old = [one for one in found if not box.is_current(one.value, place=one.place)]
        opened = [(one, _opened(box, one)) for one in old]
        closed = sorted({one.whose for one, text in opened if text is None})
        if closed:
            message = (
                f"Neither SECRET_KEY nor SECRET_KEY_PREVIOUS opens the secret of "
                f"{', '.join(closed)}. Nothing was changed. Set SECRET_KEY_PREVIOUS to the key "
                "that was used before, or give those secrets anew with `contactmomenten "
                "configure`."
            )
            raise RotationError(message)
        for one, text in opened:
            encrypted = box.encrypt(text or "", place=one.place)
            await connection.execute(one.store, encrypted, *one.row)
        if old:
            await connection.execute(_NEW_VERSION)
    return len(old)


async def rotate_key_file(connection: Connection, path: Path) -> int:
    """Put a new key in the file at `path` and encrypt everything with it; return how many values.

    The file holds both keys from before the first value changes until after the last: whoever
    reads it in between, or after a crash, can open everything. A file that holds two keys is that
    of a rotation that was broken off, which is finished.

    Raises:
        KeyFileError: the file cannot be read.
        RotationError: see `rotate`.
    """
    await connection.execute(_TAKE_LOCK, _LOCK)  # until the connection is closed
    keys = read_key_file(path)
    if not keys.previous:
        keys = Keys(make_key(), keys.current)
        write_key_file(path, keys)
    number = await rotate(connection, keys.box)
    write_key_file(path, Keys(keys.current))
    return number


async def _all(connection: Connection) -> list[_Secret]:
    """Return all encrypted values in the database, after locking them."""
    proof = await connection.fetchval(_PROOF)
    found = [_Secret("this database", PROOF_PLACE, proof, _STORE_PROOF, ())] if proof else []
    for row in await connection.fetch(_CLIENT_SECRETS):
        client, number = row["client_id"], row["nummer"]
        found.append(
            _Secret(
                f"client {client}",
                client_secret_place(client),
                row["secret"],
                _STORE_CLIENT_SECRET,
                (client, number),
            )
        )
    for row in await connection.fetch(_SERVICES):
        identifier = row["identifier"]
        for column, store in (
            ("secret", _STORE_SERVICE_SECRET),
            ("header_value", _STORE_HEADER_VALUE),
        ):
            if row[column] is not None:
                place = service_place(identifier, column)
                whose = f"service {identifier}"
                found.append(_Secret(whose, place, row[column], store, (identifier,)))
    return found


def _opened(box: SecretBox, one: _Secret) -> str | None:
    try:
        return box.decrypt(one.value, place=one.place)
    except WrongKeyError:
        return None
