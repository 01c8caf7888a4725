"""URLs of things elsewhere: the format that the standard accepts (behaviour 4.0)."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import ClassVar
from urllib.parse import urlsplit

from contactmomenten.fields.base import Faults
from contactmomenten.fields.text import Text

NOT_A_URL = "Voer een geldige URL in."

_MAX_NETLOC = 253

# Letters outside ASCII are allowed in names (IDN).
_LETTER = "a-z\u00a1-\uffff"
_LABEL = rf"[{_LETTER}0-9](?:[{_LETTER}0-9-]{{0,61}}[{_LETTER}0-9])?"
_TOP = rf"(?:xn--[a-z0-9-]{{0,58}}[a-z0-9]|[{_LETTER}](?:[{_LETTER}-]{{0,61}}[{_LETTER}]))"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_FORMAT = re.compile(
    rf"""
    (?a:https?|ftps?)://                             # (?a: as ſ is an s to Unicode
    (?:[^\s:@/]+(?::[^\s:@/]*)?@)?                   # user:password@
    (?:
        {_OCTET}(?:\.{_OCTET}){{3}}                  # IPv4
      | \[(?P<ipv6>[0-9a-f:.]+)\]                    # IPv6
      | (?a:localhost)
      | (?:{_LABEL}\.)+{_TOP}\.?                     # dotted name
    )
    (?::[0-9]{{2,5}})?                               # port
    (?:[/?\#]\S*)?                                   # path, query, fragment
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_url(text: str) -> bool:
    """Tell whether `text` is a URL in the format of the standard."""
    match = _FORMAT.fullmatch(text)
    if match is None:
        return False
    if len(text) <= _MAX_NETLOC and text.isascii() and "[" not in text and "]" not in text:
        return True  # nothing that what follows could find wrong
    try:
        if match["ipv6"] is not None:
            IPv6Address(match["ipv6"])
        netloc = urlsplit(text).netloc
    except ValueError:  # urlsplit has its own for brackets and for signs that stand for a slash
        return False
    return len(netloc) <= _MAX_NETLOC


@dataclass(frozen=True, kw_only=True, slots=True)
class Url(Text):
    """A URL, kept as it was given apart from blanks around it."""

    max_length: int | None = 1000

    oas_type: ClassVar[dict[str, object]] = {"type": "string", "format": "uri"}
    not_text: ClassVar[str] = NOT_A_URL

    def check(self, text: str, name: str, faults: Faults) -> None:
        """Check length and format; both are reported."""
        self.check_length(text, name, faults)
        if not is_url(text):
            faults.add(name, "invalid", NOT_A_URL)
