"""Whether a URL of another API exists: it must eventually answer 200 (behaviour 5).

Answers of successful checks may be remembered for a few seconds (REMOTE_CHECK_CACHE_SECONDS),
failures never.
"""

import time
from collections.abc import Mapping
from typing import Final

from contactmomenten.fields.base import Fault
from contactmomenten.outgoing import Answer, CallFailed, OutgoingClient, Served
from contactmomenten.outgoing.urls import without_user

CODE: Final = "bad-url"
_OK: Final = 200
_REMEMBERED: Final = 10_000

_ACCEPT: Final = {"accept": "application/json"}


class Existence:
    """Asks other APIs whether a URL exists."""

    def __init__(self, client: OutgoingClient, *, remember: float) -> None:
        """Ask by `client`; remember a success for `remember` seconds."""
        self._client = client
        self._remember = remember
        self._seen: dict[str, float] = {}

    async def fault(self, url: str, name: str, served: Served) -> Fault | None:
        """Return the fault of the field `name` when `url` does not exist, else None."""
        now = time.monotonic()
        if self._seen.get(url, 0) > now:
            return None
        answer = await self.get(url, name, served)
        if isinstance(answer, Fault):
            return answer
        if self._remember:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[url] = now + self._remember
        return None

    async def get(
        self, url: str, name: str, served: Served, headers: Mapping[str, str] = _ACCEPT
    ) -> Answer | Fault:
        """Return the answer of `url` when it is a 200, else the fault of the field `name`."""
        shown = without_user(url)
        try:
            answer = await self._client.get(url, headers=headers, served=served)
        except CallFailed as error:
            return Fault(
                name,
                CODE,
                f"De URL {shown} kon niet opgehaald worden. Foutmelding: {error.reason}"
                f"{self._hop(shown, error.url)}",
            )
        if answer.status == _OK:
            return answer
        return Fault(
            name,
            CODE,
            f"De URL {shown} gaf als antwoord HTTP {answer.status}. Geef een geldige URL op."
            f"{self._hop(shown, answer.url)}",
        )

    def _hop(self, url: str, hop: str) -> str:
        """Return where a redirect led to, for the reason of a fault."""
        return "" if hop == url else f" (doorverwezen naar {self._client.without_secrets(hop)})"
