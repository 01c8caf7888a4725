from contactmomenten.autorisaties.registry import Snapshot, read_snapshot
from contactmomenten.autorisaties.tokens import Token, TokenVerifier
from contactmomenten.database.pool import Connection
from contactmomenten.demo import CLIENT_ID, curl_line, demo_token
from contactmomenten.secrets import SecretBox

BOX = SecretBox("key")


async def verified(connection: Connection, box: SecretBox = BOX) -> tuple[Token, Snapshot]:
    """Make a token and verify it as a worker would."""
    text = await demo_token(connection, box)
    snapshot = await read_snapshot(connection.fetch, box)
    verifier = TokenVerifier(expiry=60, leeway=0, algorithms=["HS256"])
    return verifier.verify(text, snapshot.secrets), snapshot


async def test_the_client_may_do_everything(connection: Connection) -> None:
    token, snapshot = await verified(connection)
    (applicatie,) = snapshot.applicaties[CLIENT_ID]
    assert applicatie.heeft_alle_autorisaties
    assert (token.client_id, token.user_id) == ("demo", "demo")


async def test_a_second_time_the_same_client_is_used(connection: Connection) -> None:
    one, before = await verified(connection)
    other, after = await verified(connection)
    assert one.secret == other.secret
    assert before == after


async def test_with_another_key_it_gets_a_new_secret(connection: Connection) -> None:
    one, _ = await verified(connection)
    other, snapshot = await verified(connection, SecretBox("other"))
    assert one.secret != other.secret
    assert snapshot.secrets["demo"] == (other.secret,)


async def test_workers_are_told(connection: Connection) -> None:
    before = await connection.fetchval("SELECT versie FROM configuratie")
    await demo_token(connection, BOX)
    assert await connection.fetchval("SELECT versie FROM configuratie") > before


def test_the_curl_line_is_one_command_with_the_token() -> None:
    line = curl_line("http://127.0.0.1:8000", "abc")
    assert line.startswith("curl ")
    assert "Bearer abc" in line
    assert "http://127.0.0.1:8000/api/v1/contactmomenten" in line
