r"""Reads a URL once, strictly, into exactly what will be connected to and asked for.

URL libraries differ in what they make of ``http:\\host``, a tab, ``127.1`` or ``a@b@c``, and such
differences are how address filters are passed. So there is one reading here, which refuses
whatever is read differently elsewhere, and the pieces go to the connection as they are.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote, urljoin

import idna

from contactmomenten.outgoing.failures import (
    ADDRESS_REFUSED,
    NAME_UNKNOWN,
    NOT_A_URL,
    SCHEME_REFUSED,
    Failure,
)

Address = IPv4Address | IPv6Address

PORTS: Final = {"http": 80, "https": 443}
_MAX_URL: Final = 8000
_MAX_NAME: Final = 253

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):")
_REST = re.compile(
    r"//(?P<authority>[^/?#\\]*)(?P<path>/[^?#\\]*)?(?P<query>\?[^#]*)?(?:#.*)?", re.DOTALL
)
_HOST = re.compile(
    r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:]+))(?::(?P<port>[0-9]{0,5}))?"
)
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
# Such a name is an IPv4 address to some: 127.1, 0x7f000001, 2130706433.
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")

# Segments that some server will take for . or .. : also encoded, twice if need be, between
# backslashes, or with a parameter behind them (/..;/).
_ENCODED_TWICE = re.compile(r"%(?:25)+")
_DOTS = re.compile(r"(?:[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?=[/\\;]|%2f|%5c|%3b|$)", re.IGNORECASE)
_USER = re.compile(r"(?P<scheme>[^:/?#\\]*:)?[/\\]*[^/?#\\]*@")

# What stays as it is in a path and a query, % included: URLs come encoded.
_PATH_SAFE: Final = "/%:@!$&'()*+,;=~-._|[]"
_QUERY_SAFE: Final = _PATH_SAFE + "?"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes.

    Attributes:
        scheme: http or https.
        host: a name in ASCII and lower case, or an address without brackets.
        port: the port, the scheme's own when the URL has none.
        path: path and query, as they are sent.
        address: the host, when it is an address.
    """

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None

    @property
    def authority(self) -> str:
        """The header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def parse(url: str) -> Target:
    """Read `url`; a user in it is left out, as is the fragment.

    Raises:
        Failure: it is not an http or https URL that all software reads in the same way.
    """
    scheme = _SCHEME.match(url)
    if scheme and scheme["scheme"].lower() not in PORTS:
        raise Failure(SCHEME_REFUSED)
    rest = _REST.fullmatch(url, scheme.end()) if scheme else None
    if scheme is None or rest is None or len(url) > _MAX_URL or not _is_clean(url):
        raise Failure(NOT_A_URL)
    name = scheme["scheme"].lower()
    host, address, port = _authority(rest["authority"].rpartition("@")[2])
    path = quote(rest["path"] or "/", safe=_PATH_SAFE)
    query = quote(rest["query"] or "", safe=_QUERY_SAFE)
    return Target(name, host, port or PORTS[name], path + query, address)


def falls_under(url: str, prefix: str) -> bool:
    """Tell whether `url` literally begins with `prefix`, for any server that may read it.

    That is not so when segments such as ``..`` might lead out of it, nor when the prefix ends
    halfway a host, port or segment.
    """
    if not url.startswith(prefix):
        return False
    rest = url[len(prefix) :]
    if not prefix.endswith("/") and rest[:1] not in {"", "/", "?", "#"}:
        return False
    path = re.split(r"[?#]", rest, maxsplit=1)[0]
    return "\\" not in path and not _DOTS.search(_ENCODED_TWICE.sub("%", f"/{path}"))


def joined(base: str, location: str) -> str:
    """Return where a redirect from `base` leads, given its header as latin-1.

    Raises:
        Failure: the header holds what a URL may not hold; `urljoin` would drop that.
    """
    try:
        text = location.encode("latin-1").decode()
    except UnicodeDecodeError:
        text = location
    if not _is_clean(text):
        raise Failure(NOT_A_URL)
    if _SCHEME.match(text):
        return text
    try:
        return urljoin(without_user(base), text)
    except ValueError:
        raise Failure(NOT_A_URL) from None


def without_user(url: str) -> str:
    """Return `url`, however odd, without a user and password."""
    match = _USER.match(url)
    return f"{match['scheme'] or ''}//{url[match.end() :]}" if match else url


def _is_clean(url: str) -> bool:
    return url.isprintable() and not any(char.isspace() for char in url)


def _authority(text: str) -> tuple[str, Address | None, int | None]:
    match = _HOST.fullmatch(text)
    if match is None:
        raise Failure(NOT_A_URL)
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 2**16:
        raise Failure(NOT_A_URL)
    if match["ipv6"] is None:
        return (*_name(match["name"]), port)
    try:
        address = IPv6Address(match["ipv6"])
    except ValueError:
        raise Failure(NOT_A_URL) from None
    return str(address), address, port


def _name(text: str) -> tuple[str, Address | None]:
    if len(text) <= _MAX_NAME and not text.isascii():
        try:
            text = idna.encode(text, uts46=True).decode()
        except UnicodeError:  # idna's own error is one
            raise Failure(NAME_UNKNOWN) from None
    name = text.lower()
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise Failure(NAME_UNKNOWN)
    if not _NUMERIC.fullmatch(name):
        return name, None
    try:
        return name, IPv4Address(name)
    except ValueError:
        raise Failure(ADDRESS_REFUSED) from None
