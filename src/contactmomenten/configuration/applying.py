"""Brings the database in line with a configuration."""

from typing import Final

import msgspec

from contactmomenten.configuration.changes import Change, Plan
from contactmomenten.configuration.planning import (
    plan_applicaties,
    plan_secrets,
    plan_services,
    plan_setting,
)
from contactmomenten.configuration.problems import ConfigurationError
from contactmomenten.configuration.reading import Configuration
from contactmomenten.configuration.stored import LOCK, NOTHING, Stored, StoredService, read_stored
from contactmomenten.database.pool import Connection
from contactmomenten.secrets import SecretBox

# Block → what it is called in a change, which is how its key for the service begins as well.
_SETTINGS: Final = {"notifications_config": "notifications", "autorisaties_config": "autorisaties"}


async def apply_configuration(
    connection: Connection,
    box: SecretBox,
    configuration: Configuration,
    *,
    dry_run: bool = False,
) -> list[Change]:
    """Store `configuration` in one transaction and return what changed.

    A second run with the same configuration changes nothing and returns []. With `dry_run` the
    changes are the same, but nothing is written. Two runs at a time do not mix: the second
    waits. The number `configuratie.versie` rises by one if anything changed.

    Raises:
        ConfigurationError: a block names a service that is neither in the file nor stored.
    """
    async with connection.transaction():
        await connection.execute(LOCK)
        stored = await read_stored(connection.fetch, box)
        _check_services(stored, configuration)
        plan = _plan(stored, configuration, box)
        if plan.statements and not dry_run:
            for statement in plan.statements:
                await connection.execute(statement.sql, *statement.values)
            await connection.execute("UPDATE configuratie SET versie = versie + 1")
    return plan.changes


def stored_after(stored: Stored | None, configuration: Configuration) -> Stored:
    """Return what would be stored after `configuration` was applied; nothing is written.

    Args:
        stored: what is stored; None if nobody can tell, and then only what `configuration` has.
        configuration: what would be applied.

    Raises:
        ConfigurationError: a block names a service that is neither in the file nor stored.
    """
    if stored is not None:
        _check_services(stored, configuration)
    else:
        stored = NOTHING
    secrets, settings = stored.secrets, dict(stored.settings)
    if configuration.credentials is not None:
        secrets = {}
        for credential in configuration.credentials:
            numbered = secrets.setdefault(credential.identifier, {})
            numbered[len(numbered) + 1] = credential.secret
    for name, what in _SETTINGS.items():
        wanted = getattr(configuration, what)
        if wanted is not None:
            settings[name] = msgspec.to_builtins(wanted)
    applicaties, services = configuration.applicaties, configuration.services
    return Stored(
        secrets=secrets,
        applicaties=stored.applicaties
        if applicaties is None
        else {applicatie.uuid: applicatie for applicatie in applicaties},
        services=stored.services
        if services is None
        else {one.identifier: StoredService(one, frozenset()) for one in services},
        settings=settings,
    )


def _plan(stored: Stored, configuration: Configuration, box: SecretBox) -> Plan:
    plan = Plan()
    if configuration.credentials is not None:
        plan_secrets(plan, stored, configuration.credentials, box)
    if configuration.applicaties is not None:
        plan_applicaties(plan, stored, configuration.applicaties)
    if configuration.services is not None:
        plan_services(plan, stored, configuration.services, box)
    for name, what in _SETTINGS.items():
        wanted = getattr(configuration, what)
        if wanted is not None:
            plan_setting(plan, stored, name, what, wanted)
    return plan


def _check_services(stored: Stored, configuration: Configuration) -> None:
    """Check that each service that is named exists afterwards, in as far as reading could not."""
    errors = []
    if configuration.services is None:
        services = set(stored.services)
    else:
        services = {service.identifier for service in configuration.services}
    for name, what in _SETTINGS.items():
        key = f"{what}_api_service_identifier"
        block = getattr(configuration, what)
        if block is not None:
            identifier, path = getattr(block, key), f"{name}.{key}"
            reason = f"there is no service `{identifier}`, neither here nor stored"
        else:
            identifier, path = stored.settings.get(name, {}).get(key), "zgw_consumers.services"
            reason = f"the service `{identifier}` must stay: the stored {name} names it"
        if identifier and identifier not in services:
            errors.append(configuration.places.describe(path, reason))
    if errors:
        raise ConfigurationError(tuple(errors))
