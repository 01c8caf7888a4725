"""The door: which client a request comes from, and whether it may do what it asks."""

from typing import NamedTuple

from contactmomenten.autorisaties.ac import AcRefusesUsError, AcUnreachableError
from contactmomenten.autorisaties.ac_cache import AcCache
from contactmomenten.autorisaties.applicaties import Applicatie, may
from contactmomenten.autorisaties.failures import Failures
from contactmomenten.autorisaties.registry import Registry
from contactmomenten.autorisaties.tokens import Token, TokenError, TokenVerifier, bearer_token
from contactmomenten.http.problems import PERMISSION_DENIED, Problem
from contactmomenten.http.proxies import Proxies
from contactmomenten.http.request import Request
from contactmomenten.outgoing import Served, passed_on

_AC_REFUSES_US = (
    "De component kon zich niet autoriseren met het AC - de autorisaties konden daardoor niet "
    "opgehaald worden."
)
_AC_UNREACHABLE = (
    "De autorisaties konden niet opgehaald worden: het AC is niet bereikbaar. "
    "Probeer het later opnieuw."
)


class Caller(NamedTuple):
    """Who asks: the client, the application it belongs to, and the user it works for."""

    client_id: str
    applicatie_id: str
    applicatie_weergave: str
    gebruikers_id: str
    gebruikers_weergave: str


class Access:
    """Decides for each request whether it may pass."""

    def __init__(
        self,
        registry: Registry,
        verifier: TokenVerifier,
        ac: AcCache,
        failures: Failures,
        proxies: Proxies,
    ) -> None:
        """Judge by the applications in `registry`, and for other clients by the AC.

        Refused tokens are counted in `failures`, by the address that `proxies` tell.
        """
        self._registry = registry
        self._verifier = verifier
        self._ac = ac
        self._failures = failures
        self._proxies = proxies

    async def check(self, request: Request, scope: str, *, any_age: bool = False) -> Caller:
        """Return who asks.

        With `any_age` a token may have been issued long ago, as that of a subscription is.

        Raises:
            Problem: the 403 with the code of the first thing that is wrong, or the 429 when too
                many tokens were refused.
        """
        text = bearer_token(request.header(b"authorization"))
        if text is None:
            raise Problem(PERMISSION_DENIED)
        snapshot = self._registry.snapshot
        try:
            token = self._verifier.verify(text, snapshot.secrets, any_age=any_age)
        except TokenError as error:
            origin = self._proxies.origin(request.peer, request.headers.get(b"x-forwarded-for"))
            self._failures.check(origin, error.client_id)
            raise error.problem() from None
        applicaties = snapshot.applicaties.get(token.client_id)
        if applicaties is None:
            applicaties = await self._ask_ac(token, request)
        if not may(applicaties, scope):
            raise Problem(PERMISSION_DENIED)
        applicatie = applicaties[0]
        return Caller(
            client_id=token.client_id,
            # As wide as the audit trail is (behaviour 4.5).
            applicatie_id=applicatie.uuid[:100],
            applicatie_weergave=(applicatie.label or applicatie.uuid)[:200],
            gebruikers_id=token.user_id,
            gebruikers_weergave=token.user_representation,
        )

    async def _ask_ac(self, token: Token, request: Request) -> tuple[Applicatie, ...]:
        served = Served(request.id, passed_on(request.headers))
        try:
            return await self._ac.applicaties(token.client_id, served)
        except AcRefusesUsError:
            raise Problem(
                PERMISSION_DENIED, _AC_REFUSES_US, code="not_authenticated_for_ac"
            ) from None
        except AcUnreachableError:
            raise Problem(PERMISSION_DENIED, _AC_UNREACHABLE) from None
