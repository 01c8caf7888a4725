"""``token`` and ``explain-token``."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
import jwt

from contactmomenten.autorisaties.ac import AcRefusesUsError, AcUnreachableError
from contactmomenten.autorisaties.applicaties import Applicatie
from contactmomenten.autorisaties.scopes import SCOPES
from contactmomenten.autorisaties.tokens import Token, TokenError, bearer_token, make_token
from contactmomenten.cli.common import data_dir_option, given, run_with_services
from contactmomenten.services import Services, verifier
from contactmomenten.settings import Settings

_ADVICE = {
    "jwt-decode-error": "The text is no JWT, or it was damaged. Copy it again, in full.",
    "missing-client-identifier": "The token has no claim `client_id`. The client must add it.",
    "invalid-client-identifier": (
        "No secret is configured for the client_id of this token. Check its spelling, or add it "
        "under vng_api_common_credentials and run `contactmomenten configure`."
    ),
    "invalid-jwt-signature": (
        "The token was signed with another secret than the one configured for this client. Give "
        "both sides the same secret."
    ),
    "jwt-invalidalgorithmerror": (
        "The token was signed with an algorithm that is not accepted. The standard says HS256; "
        "see the setting JWT_ALGORITHMS."
    ),
    "jwt-expiredsignatureerror": "The moment in its claim `exp` has passed. Make a new token.",
    "jwt-immaturesignatureerror": (
        "Its claim `nbf` or `iat` lies in the future. Check the clocks of both machines."
    ),
    "jwt-missing-iat-claim": "The token has no claim `iat`. The client must add it.",
    "jwt-invalidissuedaterror": "Its claim `iat` is not a number of seconds since 1970.",
    "jwt-expired": (
        "Its claim `iat` is too long ago (see the setting JWT_EXPIRY). The client must make a new "
        "token, or the clocks differ."
    ),
}


@click.command()
@click.argument("client_id")
@click.option(
    "--secret",
    help="Secret to sign with; - reads it from standard input. Default: the one configured for the "
    "client.",
)
@click.option(
    "--user", default="", help="Who the token is used for (claims user_id and -representation)."
)
@data_dir_option
def token(client_id: str, secret: str | None, user: str, data_dir: Path) -> None:
    """Print a signed token of CLIENT_ID, for trying out."""
    if secret is None:
        live = run_with_services(data_dir, _secrets).get(client_id)
        if not live:
            message = f"No secret is configured for client {client_id!r}."
            raise click.ClickException(message)
        secret = live[-1]
    try:
        click.echo(make_token(client_id, given(secret), user_id=user, user_representation=user))
    except jwt.InvalidKeyError as error:
        message = f"That cannot be a secret: {error}"
        raise click.ClickException(message) from None


@click.command("explain-token")
@click.argument("token")
@data_dir_option
def explain_token(token: str, data_dir: Path) -> None:
    """Say why TOKEN is accepted or refused, and what it gives the right to.

    With - as TOKEN it is read from standard input, so that other users of the machine do not see
    it.

    Exit code 0: accepted; 1: refused.
    """
    text = given(token)
    text = bearer_token(text) or text
    run_with_services(data_dir, lambda services: _explain(services, text))


async def _secrets(services: Services) -> Mapping[str, tuple[str, ...]]:
    return services.registry.snapshot.secrets


async def _explain(services: Services, text: str) -> None:
    settings, snapshot = services.settings, services.registry.snapshot
    try:
        token = verifier(settings).verify(text, snapshot.secrets)
    except TokenError as error:
        message = f"Refused with code {error.code}: {_ADVICE[error.code]}"
        raise click.ClickException(message) from None
    _show_token(settings, token)
    _show_rights(await _applicaties(services, token.client_id))


def _show_token(settings: Settings, token: Token) -> None:
    until = token.issued_at + settings.jwt_expiry
    if token.expires_at is not None:
        until = min(until, token.expires_at)
    click.echo(f"The token is genuine: signed by client {token.client_id!r}.")
    click.echo(f"Issued at {_moment(token.issued_at)}.")
    click.echo(f"Accepted until {_moment(until)}.")
    if token.user_id or token.user_representation:
        click.echo(f"User: {token.user_id} {token.user_representation}".rstrip())


async def _applicaties(services: Services, client_id: str) -> tuple[Applicatie, ...]:
    """Return the applications of the client, from the configuration or else from the AC."""
    configured = services.registry.snapshot.applicaties.get(client_id)
    if configured is not None:
        return configured
    try:
        found = await services.ac.applicaties(client_id, None)
    except AcRefusesUsError:
        message = (
            "Refused with code not_authenticated_for_ac: the Autorisaties API does not accept "
            "client_id and secret of the service in autorisaties_config."
        )
        raise click.ClickException(message) from None
    except AcUnreachableError as error:
        message = f"Refused with code permission_denied: no answer of the AC ({error})."
        raise click.ClickException(message) from None
    if not found:
        message = (
            "Refused with code permission_denied: the client belongs to no application. Add it "
            "under vng_api_common_applicaties and run `contactmomenten configure`, or add it at "
            "the Autorisaties API."
        )
        raise click.ClickException(message)
    return found


def _show_rights(applicaties: tuple[Applicatie, ...]) -> None:
    scopes: set[str] = set()
    for applicatie in applicaties:
        click.echo(f"Application: {applicatie.label} ({applicatie.uuid})")
        scopes |= set(SCOPES) if applicatie.heeft_alle_autorisaties else applicatie.scopes
    if not scopes:
        message = "Refused with code permission_denied: no scopes for component cmc."
        raise click.ClickException(message)
    for scope in sorted(scopes):
        click.echo(f"Scope: {scope}")
    for scope in sorted(set(SCOPES) - scopes):
        click.echo(f"Not granted: {scope}")


def _moment(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError):  # outside the years 1 to 9999
        return f"{seconds:.0f} seconds since 1970"
