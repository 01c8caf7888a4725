"""The door: which client a request comes from, and whether it may do what it asks."""

from dataclasses import dataclass

from contactmomenten.autorisaties.registry import Applicatie, Registry, Snapshot
from contactmomenten.autorisaties.tokens import Token, TokenError, TokenVerifier, bearer_token
from contactmomenten.http.problems import PERMISSION_DENIED, Problem
from contactmomenten.http.request import Request


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the client, the application it belongs to, and the user it works for."""

    client_id: str
    applicatie_id: str
    applicatie_weergave: str
    gebruikers_id: str
    gebruikers_weergave: str


class Access:
    """Decides for each request whether it may pass."""

    def __init__(self, registry: Registry, verifier: TokenVerifier) -> None:
        """Judge by the clients and applications in `registry`."""
        self._registry = registry
        self._verifier = verifier

    def check(self, request: Request, scope: str) -> Caller:
        """Return who asks.

        Raises:
            Problem: the 403 with the code of the first thing that is wrong.
        """
        text = bearer_token(request.header(b"authorization"))
        if text is None:
            raise Problem(PERMISSION_DENIED)
        snapshot = self._registry.snapshot
        try:
            token = self._verifier.verify(text, snapshot.secrets)
        except TokenError as error:
            raise error.problem() from None
        applicaties = applicaties_of(snapshot, token)
        if not may(applicaties, scope):
            raise Problem(PERMISSION_DENIED)
        applicatie = applicaties[0]
        return Caller(
            client_id=token.client_id,
            applicatie_id=applicatie.uuid,
            applicatie_weergave=applicatie.label,
            gebruikers_id=token.user_id,
            gebruikers_weergave=token.user_representation,
        )


def applicaties_of(snapshot: Snapshot, token: Token) -> tuple[Applicatie, ...]:
    """Return the applications that the client of `token` belongs to."""
    return snapshot.applicaties.get(token.client_id, ())


def may(applicaties: tuple[Applicatie, ...], scope: str) -> bool:
    """Tell whether any of `applicaties` gives the right `scope` (behaviour 3.1)."""
    return any(
        applicatie.heeft_alle_autorisaties or scope in applicatie.scopes
        for applicatie in applicaties
    )
