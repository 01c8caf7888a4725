"""Which addresses may be called when the URL is not that of a configured service.

The tables are spelled out, from the registries of special-purpose addresses of IANA, because
`ipaddress.is_global` differs between releases of Python.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from contactmomenten.outgoing.urls import Address

Network = IPv4Network | IPv6Network

_IPV4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; metadata of some clouds
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # metadata of Azure
        "169.254.0.0/16",  # link-local; metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; metadata of Oracle
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

# The only public part of IPv6: what lies outside (::1, ::ffff:0:0/96, 64:ff9b::/96, fc00::/7,
# fe80::/10, fec0::/10, ff00::/8, …) needs no list.
_IPV6_PUBLIC: Final = IPv6Network("2000::/3")
_IPV6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
)
# ISATAP: an IPv4 address in the last 32 bits behind this mark, under any prefix.
_ISATAP_MASK: Final = 0xFDFF_FFFF
_ISATAP: Final = 0x0000_5EFE

# Reserved: no machine has these.
_NOBODYS: Final[dict[int, Address]] = {4: IPv4Address("240.0.0.1"), 6: IPv6Address("100::1")}


def is_allowed(address: Address, private: Sequence[Network]) -> bool:
    """Tell whether `address` is public, and not ours, or in one of the `private` networks."""
    if any(address in network for network in private):
        return True
    return is_public(address) and not _is_own(address)


def is_public(address: Address) -> bool:
    """Tell whether `address` is one on the internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _IPV4)
    return (
        address in _IPV6_PUBLIC
        and not any(address in network for network in _IPV6)
        and (int(address) >> 32) & _ISATAP_MASK != _ISATAP
    )


def _is_own(address: Address) -> bool:
    """Tell whether this machine has `address` itself; nothing is sent to find out.

    The system would then send from that very address: true of the first address of an interface.
    Of others too, one can bind to it; but on a machine with ip_nonlocal_bind, so one can to any.
    """
    return _sends_from(address) or (_can_bind(address) and not _can_bind(_NOBODYS[address.version]))


def _sends_from(address: Address) -> bool:
    try:
        with _udp(address) as probe:
            probe.connect((str(address), 9))  # only looks up the route
            return ip_address(probe.getsockname()[0]) == address
    except OSError:
        return False  # no way to get there at all


def _can_bind(address: Address) -> bool:
    try:
        with _udp(address) as probe:
            probe.bind((str(address), 0))
            return True
    except OSError:
        return False


def _udp(address: Address) -> socket.socket:
    family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
    return socket.socket(family, socket.SOCK_DGRAM)
