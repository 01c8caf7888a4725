"""What is unwise about the settings themselves; nothing is connected to."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from contactmomenten.checkup.finding import Finding, unwise, wrong
from contactmomenten.http.hosts import is_loopback
from contactmomenten.settings import Settings, SettingsError

# A key or secret shorter than this can be guessed.
SHORTEST_SECRET: Final = 32

_LONGEST_TOKEN: Final = timedelta(hours=24)
_LARGEST_LEEWAY: Final = timedelta(minutes=5)
_LARGEST_BODY: Final = 50_000_000
_SOON: Final = timedelta(days=30)


def of_settings(settings: Settings, host: str) -> Iterator[Finding]:
    """Look at the settings of a program that will listen at `host`, in as far as they are right."""
    for part in (
        _keys(settings),
        _addresses(settings, host),
        _private_networks(settings),
        _pages(settings, host),
        _tokens(settings),
        _certificates(settings),
        _others(settings),
    ):
        with suppress(SettingsError):
            yield from part


def _keys(settings: Settings) -> Iterator[Finding]:
    if not settings.secret_key:
        if settings.database_url or settings.db_host:
            yield wrong("SECRET_KEY", "It is not set, and is needed with a PostgreSQL server.")
    elif len(settings.secret_key) < SHORTEST_SECRET:
        yield unwise(
            "SECRET_KEY", f"It has fewer than {SHORTEST_SECRET} characters: choose a longer one."
        )


def _addresses(settings: Settings, host: str) -> Iterator[Finding]:
    if not is_loopback(host):
        if not settings.site_domain:
            refused = (
                "" if settings.allowed_hosts else " Other hosts than this machine are refused."
            )
            yield unwise(
                "SITE_DOMAIN",
                "It is not set: notifications name this API by the host that a caller used."
                f"{refused}",
            )
        if not settings.is_https:
            yield unwise(
                "IS_HTTPS",
                f"Personal data and tokens cross the network in the clear at {host}. Put a proxy "
                "with TLS in front, and leave IS_HTTPS on.",
            )
        elif not settings.trusted_proxies:
            yield unwise(
                "TRUSTED_PROXIES",
                f"The program itself speaks no TLS and listens at {host}. Put a proxy with TLS in "
                "front and name its address here.",
            )
    if "*" in _parts(settings.allowed_hosts):
        yield unwise("ALLOWED_HOSTS", "Every host name is answered to; name those that are yours.")
    if "*" in _parts(settings.trusted_proxies):
        yield unwise("TRUSTED_PROXIES", "Everybody is believed; name the addresses of the proxies.")


def _private_networks(settings: Settings) -> Iterator[Finding]:
    if any(network.prefixlen == 0 for network in settings.outgoing.allowed_private_networks):
        yield unwise(
            "ALLOWED_PRIVATE_NETWORKS",
            "Callers can have this program look at every address of the internal network.",
        )


def _pages(settings: Settings, host: str) -> Iterator[Finding]:
    if settings.cors.is_open and (
        settings.cors_allow_all_origins
        or not is_loopback(host)
        # Somebody calls by another name than that of this machine.
        or settings.site_domain
        or settings.trusted_proxies
    ):
        yield unwise(
            "CORS_ALLOWED_ORIGINS",
            "Pages of any site may call this API from the browser of who has a token. Name the "
            "sites that do, or set CORS_ALLOW_ALL_ORIGINS to false.",
        )


def _tokens(settings: Settings) -> Iterator[Finding]:
    if settings.jwt_expiry > _LONGEST_TOKEN.total_seconds():
        yield unwise("JWT_EXPIRY", "A stolen token is good for more than a day.")
    if settings.time_leeway > _LARGEST_LEEWAY.total_seconds():
        yield unwise("TIME_LEEWAY", "Clocks that differ so much are better set right.")


def _certificates(settings: Settings) -> Iterator[Finding]:
    shown = settings.outgoing_client_certificate
    if bool(shown) != bool(settings.outgoing_client_key):
        yield wrong(
            "OUTGOING_CLIENT_CERTIFICATE", "A certificate and its key go together; one is missing."
        )
    for name, path in (
        ("OUTGOING_CLIENT_CERTIFICATE", shown),
        ("EXTRA_VERIFY_CERTS", settings.extra_verify_certs),
    ):
        if path:
            yield from _validity(name, Path(path))


def _others(settings: Settings) -> Iterator[Finding]:
    if settings.notifications_disabled:
        yield unwise("NOTIFICATIONS_DISABLED", "No notification is stored, and none can be later.")
    if settings.log_level.upper() == "DEBUG":
        yield unwise("LOG_LEVEL", "DEBUG writes much, and costs time with each request.")
    if settings.max_body_size > _LARGEST_BODY:
        yield unwise("MAX_BODY_SIZE", "A body of this size fills the memory of a worker.")


def _validity(name: str, path: Path) -> Iterator[Finding]:
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        yield wrong(name, f"There is no certificate (PEM) that can be read in {path}.")
        return
    now = datetime.now(UTC)
    for certificate in certificates:
        ends = certificate.not_valid_after_utc
        who = certificate.subject.rfc4514_string() or "a certificate without a name"
        if ends < now:
            yield wrong(name, f"{who} in {path} was valid until {ends:%Y-%m-%d}.")
        elif ends < now + _SOON:
            yield unwise(name, f"{who} in {path} is valid until {ends:%Y-%m-%d} only.")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]
