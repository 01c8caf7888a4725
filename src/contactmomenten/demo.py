"""A client to try the API with: made in an embedded database, with a secret of its own."""

import json
import secrets
from typing import Final
from uuid import uuid4

from contactmomenten.autorisaties.tokens import make_token
from contactmomenten.database.pool import Connection
from contactmomenten.secrets import SecretBox, WrongKeyError

CLIENT_ID: Final = "demo"

_PLACE: Final = f"client_secret:{CLIENT_ID}"


async def demo_token(connection: Connection, box: SecretBox) -> str:
    """Return a token of the client ``demo``, which may do everything; make it if need be."""
    async with connection.transaction():
        await connection.execute("SELECT 1 FROM configuratie FOR UPDATE")
        stored = await connection.fetchval(
            "SELECT secret FROM client_secret WHERE client_id = $1 ORDER BY nummer", CLIENT_ID
        )
        secret = None
        if stored is not None:
            try:
                secret = box.decrypt(stored, place=_PLACE)
            except WrongKeyError:
                secret = None
        if secret is None:
            secret = secrets.token_urlsafe(48)
            await _store(connection, box, secret)
        known = await connection.fetchval(
            "SELECT true FROM applicatie WHERE $1 = ANY(client_ids)", CLIENT_ID
        )
        if not known:
            await connection.execute(
                "INSERT INTO applicatie "
                "(uuid, label, client_ids, heeft_alle_autorisaties, autorisaties) "
                "VALUES ($1, 'Demo', $2, true, $3)",
                uuid4(),
                [CLIENT_ID],
                "[]",
            )
            await connection.execute("UPDATE configuratie SET versie = versie + 1")
    return make_token(CLIENT_ID, secret, user_id="demo", user_representation="Demo-gebruiker")


async def _store(connection: Connection, box: SecretBox, secret: str) -> None:
    await connection.execute("DELETE FROM client_secret WHERE client_id = $1", CLIENT_ID)
    await connection.execute(
        "INSERT INTO client_secret (client_id, nummer, secret) VALUES ($1, 1, $2)",
        CLIENT_ID,
        box.encrypt(secret, place=_PLACE),
    )
    await connection.execute("UPDATE configuratie SET versie = versie + 1")


def curl_line(url: str, token: str) -> str:
    """Return a command that registers a contactmoment."""
    body = json.dumps(
        {
            "bronorganisatie": "000000000",
            "kanaal": "telefoon",
            "tekst": "Vraag over de afvalkalender.",
            "medewerkerIdentificatie": {"identificatie": "m1", "achternaam": "Jansen"},
        }
    )
    return (
        f"curl -s -X POST {url}/api/v1/contactmomenten -H 'Authorization: Bearer {token}'"
        f" -H 'Content-Type: application/json' -d '{body}'"
    )
