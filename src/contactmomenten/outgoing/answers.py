"""What a call comes to: an answer, or none."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from contactmomenten.outgoing.failures import NO_JSON
from contactmomenten.outgoing.rewriting import Rewriting


class CallFailed(Exception):  # noqa: N818 (it says what happened)
    """There is no usable answer.

    Attributes:
        reason: why, as part of a Dutch sentence, without internals of libraries.
        url: the URL that failed, in its public form and without a user; not in the text of the
            exception, as it may tell of a person.
    """

    def __init__(self, reason: str, url: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.url = url


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a call; its text shows nothing that may be of a person.

    Attributes:
        status: of the last hop.
        body: as it was received.
        url: the last hop in its public form, without a user.
        headers: by their names in lower case.
    """

    status: int
    body: bytes = field(repr=False)
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    rewriting: Rewriting = field(default=Rewriting(()), repr=False, compare=False)

    def json(self) -> object:
        """Return what the JSON says, with URLs of an outway made public again.

        Raises:
            CallFailed: it is no JSON.
        """
        try:
            return self.rewriting.json_to_public(msgspec.json.decode(self.body))
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise CallFailed(NO_JSON, self.url) from None
