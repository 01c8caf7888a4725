"""Under which name we are called: the host of a request, and which hosts we answer to."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from contactmomenten.http.proxies import read_proxies
from contactmomenten.settings import Settings

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE)
_REMEMBERED = 1000


def is_loopback(host: str) -> bool:
    """Tell whether only this machine itself can be reached at a name or an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _names(text: str) -> list[str]:
    return [name.strip().lower() for name in text.split(",") if name.strip()]


class Hosts:
    """Decides which host a request was meant for, and whether that is us."""

    def __init__(self, settings: Settings) -> None:
        """Read the rules from the settings.

        Raises:
            SettingsError: TRUSTED_PROXIES has something that is no address or network.
        """
        self._use_forwarded_host = settings.use_x_forwarded_host
        self._proxies = read_proxies(settings.trusted_proxies)
        allowed = _names(settings.allowed_hosts)
        if not allowed:
            allowed = [*_LOOPBACK]
            own = _HOST.fullmatch(settings.site_domain.lower())
            if own:
                allowed.append(own["name"])
        self._everything = "*" in allowed
        self._names = frozenset(name for name in allowed if not name.startswith("."))
        self._domains = tuple(name for name in allowed if name.startswith("."))
        self._known: dict[str, bool] = {}

    def scheme_and_host(
        self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]
    ) -> tuple[str, str] | None:
        """Return scheme and host (with port) as the client used them; None: not for us.

        X-Forwarded-Proto is believed from trusted proxies only, X-Forwarded-Host when so
        configured as well.
        """
        scheme: str = scope["scheme"]
        host = headers.get(b"host", b"").decode("latin-1")
        proto = headers.get(b"x-forwarded-proto")
        forwarded = headers.get(b"x-forwarded-host") if self._use_forwarded_host else None
        if (proto or forwarded) and self._proxies.trusts(_peer(scope)):
            first = _first(proto).lower()
            if first in {"http", "https"}:
                scheme = first
            host = _first(forwarded) or host
        known = self._known.get(host)
        if known is None:
            known = self._is_allowed(host)
            if len(self._known) < _REMEMBERED:
                self._known[host] = known
        return (scheme, host) if known else None

    def _is_allowed(self, host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        if self._everything:
            return True
        name = match["name"].lower().removesuffix(".")
        return name in self._names or any(
            name.endswith(domain) or name == domain[1:] for domain in self._domains
        )


def _peer(scope: Mapping[str, Any]) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _first(header: bytes | None) -> str:
    """Return the first value of a header that each proxy on the way may have added to."""
    return (header or b"").decode("latin-1").split(",")[0].strip()
