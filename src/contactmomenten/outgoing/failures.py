"""Why a call may fail, in the words that users of the API get to read."""

from typing import Final

NO_CONNECTION: Final = "geen verbinding"
TIME_OUT: Final = "time-out"
TOO_MANY_REDIRECTS: Final = "te veel redirects"
ADDRESS_REFUSED: Final = "adres niet toegestaan"
TOO_LARGE: Final = "antwoord te groot"
TLS: Final = "TLS-fout"
NAME_UNKNOWN: Final = "naam onbekend"
SCHEME_REFUSED: Final = "schema niet toegestaan"
NOT_A_URL: Final = "ongeldige URL"
NO_HTTP: Final = "ongeldig antwoord"
NO_JSON: Final = "geen JSON"

# For the log only: nobody waits for the answer any more.
GIVEN_UP: Final = "afgebroken"


class Failure(Exception):  # noqa: N818 (it becomes a CallFailed, which names the URL as well)
    """A step of a call failed; `reason` is one of the texts above."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
