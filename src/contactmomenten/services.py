"""The services of one worker: what lives as long as the process does."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from contactmomenten.audittrail.sealing import seal_all
from contactmomenten.autorisaties.ac_cache import AcCache
from contactmomenten.autorisaties.access import Access
from contactmomenten.autorisaties.failures import Failures
from contactmomenten.autorisaties.registry import Registry, read_snapshot
from contactmomenten.autorisaties.tokens import TokenVerifier
from contactmomenten.configuration.model import Service
from contactmomenten.counts.folding import Folder
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Database, open_database
from contactmomenten.database.replica import open_replica
from contactmomenten.existence import Existence
from contactmomenten.http.hosts import Hosts
from contactmomenten.http.proxies import read_proxies
from contactmomenten.keys import Keys
from contactmomenten.logs import tell_also
from contactmomenten.metrics import Recorder, recorder
from contactmomenten.notificaties.delivery import Delivery
from contactmomenten.outgoing import OutgoingClient
from contactmomenten.settings import Settings, SettingsError
from contactmomenten.tracing import Tracing, begin_tracing

logger = structlog.get_logger(__name__)

# A changed configuration is known to every worker within a second.
_REFRESH_SECONDS: Final = 0.4

_LAST_CALLS_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Services:
    """What a worker works with; `close` ends it."""

    settings: Settings
    database: Database
    registry: Registry
    outgoing: OutgoingClient
    # Of its own, so that a slow Notificaties API takes no connections from the checks.
    to_notificaties: OutgoingClient
    existence: Existence
    ac: AcCache
    access: Access
    delivery: Delivery
    metrics: Recorder
    tracing: Tracing | None = None
    refreshing: "asyncio.Task[None] | None" = None
    folding: "asyncio.Task[None] | None" = None
    sealing: "asyncio.Task[None] | None" = None
    delivering: "asyncio.Task[None] | None" = None

    async def close(self) -> None:
        """Stop what runs in the background and close all connections.

        Notifications that are on their way get a moment to arrive: cut short, they come twice.
        """
        self.delivery.stop()
        if self.delivering is not None:
            await asyncio.wait([self.delivering], timeout=_LAST_CALLS_SECONDS)
        for task in (self.refreshing, self.folding, self.sealing, self.delivering):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        await self.to_notificaties.aclose()
        await self.outgoing.aclose()
        await self.database.close()
        if self.tracing is not None:
            await self.tracing.close()


async def open_services(
    settings: Settings, info: ConnectionInfo, *, keys: Callable[[], Keys], deliver: bool
) -> Services:
    """Open everything.

    Args:
        settings: the settings.
        info: where the database is.
        keys: gives the keys to the secrets in it, as they are at that moment.
        deliver: whether notifications are delivered in the background.

    Raises:
        OSError, asyncpg.PostgresError: the database cannot be reached.
        SettingsError: see `outgoing_client` and `Settings.replica`.
    """
    database = await open_database(
        info, max_size=settings.db_pool_max_size, seconds=settings.db_timeout
    )
    try:
        return await _open_on(database, settings, keys, deliver=deliver)
    except BaseException:
        # It may be tried again and again: nothing may stay behind.
        await database.close()
        raise


async def _open_on(
    database: Database, settings: Settings, keys: Callable[[], Keys], *, deliver: bool
) -> Services:
    if settings.replica is not None:
        database.read_from(
            await open_replica(
                settings.replica,
                database.reader,
                max_size=settings.db_pool_max_size,
                seconds=settings.db_timeout,
            )
        )
    registry = Registry(lambda: keys().box, await read_snapshot(database.writer.rows, keys().box))
    metrics = recorder()
    tracing = begin_tracing(settings)
    if tracing is not None:
        tell_also(tracing.in_log)
    outgoing = outgoing_client(settings, lambda: registry.snapshot.services, metrics, tracing)
    ac = AcCache(
        outgoing,
        database.writer,
        lambda: _ac_root(registry),
        lifetime=settings.ac_cache_seconds,
        max_age=settings.ac_cache_max_age,
    )
    await ac.refresh()
    to_notificaties = outgoing_client(
        settings, lambda: registry.snapshot.services, metrics, tracing
    )
    delivery = Delivery(database.writer, to_notificaties, registry)
    delivering = deliver and not settings.notifications_disabled
    return Services(
        settings=settings,
        database=database,
        registry=registry,
        outgoing=outgoing,
        to_notificaties=to_notificaties,
        existence=Existence(outgoing, remember=settings.remote_check_cache_seconds),
        ac=ac,
        access=access(settings, registry, ac),
        delivery=delivery,
        metrics=metrics,
        tracing=tracing,
        refreshing=asyncio.create_task(_keep_fresh(registry, ac, database, metrics)),
        folding=asyncio.create_task(Folder(database.writer).run()),
        sealing=asyncio.create_task(seal_all(database.writer)),
        delivering=asyncio.create_task(delivery.run()) if delivering else None,
    )


def check_settings(settings: Settings) -> None:
    """Look at settings that are otherwise first used in a worker.

    Raises:
        SettingsError: one of them is wrong.
    """
    for fault in faults_of_use(settings):
        raise fault


def faults_of_use(settings: Settings) -> Iterator[SettingsError]:
    """Return what a worker would find wrong with the settings."""
    for use in _USES:
        try:
            use(settings)
        except SettingsError as error:
            yield error


def outgoing_client(
    settings: Settings,
    services: Callable[[], Sequence[Service]],
    metrics: Recorder | None = None,
    tracing: Tracing | None = None,
) -> OutgoingClient:
    """Return what calls other APIs, of which `services` are configured.

    It counts in `metrics`, and makes spans with `tracing`.

    Raises:
        SettingsError: one of the settings of outgoing calls is wrong.
    """
    try:
        return OutgoingClient(settings.outgoing, services, metrics, tracing)
    except OSError as error:
        names = "EXTRA_VERIFY_CERTS, OUTGOING_CLIENT_CERTIFICATE or OUTGOING_CLIENT_KEY"
        message = f"{names}: {error.strerror or error}."
    except ValueError as error:
        message = f"OUTWAY_REWRITES: {error}."
    raise SettingsError(message)


_USES: Final[tuple[Callable[[Settings], object], ...]] = (
    Hosts,
    lambda settings: outgoing_client(settings, tuple),
    lambda settings: settings.cors,
    lambda settings: settings.traces_url,
)


def access(settings: Settings, registry: Registry, ac: AcCache) -> Access:
    """Return the door, with the rules in the settings.

    Raises:
        SettingsError: TRUSTED_PROXIES has something that is no address or network.
    """
    failures = Failures(
        per_address=settings.jwt_failures_per_address,
        per_client=settings.jwt_failures_per_client,
        seconds=settings.jwt_failures_seconds,
    )
    return Access(
        registry, verifier(settings), ac, failures, read_proxies(settings.trusted_proxies)
    )


def verifier(settings: Settings) -> TokenVerifier:
    """Return what verifies tokens by the rules in the settings."""
    return TokenVerifier(
        expiry=settings.jwt_expiry,
        leeway=settings.time_leeway,
        algorithms=[name.strip() for name in settings.jwt_algorithms.split(",")],
    )


def _ac_root(registry: Registry) -> str | None:
    snapshot = registry.snapshot
    if snapshot.autorisaties is None:
        return None
    service = snapshot.service(snapshot.autorisaties.autorisaties_api_service_identifier)
    return service.api_root if service else None


async def _keep_fresh(
    registry: Registry, ac: AcCache, database: Database, metrics: Recorder
) -> None:
    while True:
        await asyncio.sleep(_REFRESH_SECONDS)
        metrics.pool(*database.connections)
        try:
            await registry.refresh(database.writer)
            await ac.refresh()
        except Exception as error:  # noqa: BLE001 (it must go on, whatever the database does)
            logger.warning("configuration_not_refreshed", error=type(error).__name__)
