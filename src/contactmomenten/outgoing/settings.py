"""What can be set about outgoing calls."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OutgoingSettings:
    """What can be set about outgoing calls.

    Attributes:
        connect_timeout: seconds in which a connection, TLS included, must stand.
        timeout: seconds for a whole call: names, waiting, all redirects and the body.
        allowed_private_networks: addresses that may be called though they are not public.
        ca_bundle: authorities (PEM) to trust besides the usual ones.
        client_certificate: certificate (PEM) with which we show who we are to services.
        client_key: its key, when that is not in the same file.
        rewrites: pairs of a public prefix and the outway prefix to call in its place.
        max_connections_per_host: connections to one host and port at the same time.
        max_answer: bytes of the largest body that is read.
        max_redirects: how many redirects are followed.
    """

    connect_timeout: float = 2.0
    timeout: float = 8.0
    allowed_private_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    ca_bundle: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    rewrites: tuple[tuple[str, str], ...] = ()
    max_connections_per_host: int = 10
    max_answer: int = 1_000_000
    max_redirects: int = 5
