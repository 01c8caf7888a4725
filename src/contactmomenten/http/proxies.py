"""Which proxies we trust, and whom they say they pass requests on for."""

from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from contactmomenten.settings import SettingsError

# Of X-Forwarded-For no more is looked at.
_MOST_HOPS: Final = 10
# What one subscriber has of IPv6: whoever has one address there has them all.
_SUBSCRIBER_BITS: Final = 64

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies that are trusted."""

    everybody: bool
    networks: tuple[IPv4Network | IPv6Network, ...]

    def trusts(self, peer: str) -> bool:
        """Tell whether the peer at this address is one of ours."""
        if self.everybody:
            return True
        return bool(self.networks) and self._knows(_address(peer))

    def origin(self, peer: str, forwarded_for: bytes | None) -> str:
        """Return where a request comes from: an address, and of IPv6 the network around it.

        X-Forwarded-For is read from its end: each trusted proxy is believed about the one that it
        spoke with. When everybody is trusted, only the nearest proxy is: the rest may be made up.

        Args:
            peer: the address that we speak with.
            forwarded_for: the header X-Forwarded-For.
        """
        address = _address(peer)
        hops = (forwarded_for or b"").decode("latin-1").rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]
        for hop in reversed(hops):
            if not (self.everybody or self._knows(address)):
                break
            nearer = _address(_without_port(hop.strip()))
            if nearer is None:
                break
            address = nearer
            if self.everybody:
                break
        return peer if address is None else _shown(address)

    def _knows(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self.networks)


def read_proxies(text: str) -> Proxies:
    """Read the setting TRUSTED_PROXIES.

    Raises:
        SettingsError: it has something that is no address or network.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    try:
        networks = tuple(ip_network(name, strict=False) for name in names if name != "*")
    except ValueError as error:
        message = f"TRUSTED_PROXIES: {error}."
        raise SettingsError(message) from None
    return Proxies("*" in names, networks)


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped  # who listens at :: sees IPv4 like this
    return address


def _without_port(hop: str) -> str:
    """Return the address of ``192.0.2.1:80``, ``[2001:db8::1]:80``, or of neither."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _shown(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), _SUBSCRIBER_BITS), strict=False))
