"""``subscribe-autorisaties``."""

from pathlib import Path

import click

from contactmomenten.autorisaties.subscription import (
    Subscription,
    SubscriptionError,
    subscribe,
)
from contactmomenten.cli.common import data_dir_option, run_with_services
from contactmomenten.services import Services


@click.command("subscribe-autorisaties")
@click.argument("client_id")
@data_dir_option
def subscribe_autorisaties(client_id: str, data_dir: Path) -> None:
    """Have the Notificaties API tell this API of changed rights.

    CLIENT_ID is the client with which the Notificaties API will sign in here: it needs a secret
    (vng_api_common_credentials) and the scope notificaties.publiceren for component cmc.
    """

    async def work(services: Services) -> tuple[Subscription, bool]:
        return await _subscribe(services, client_id)

    subscription, new = run_with_services(data_dir, work)
    state = "Subscribed" if new else "Already subscribed"
    click.echo(f"{state}: {subscription.url} calls {subscription.callback}")


async def _subscribe(services: Services, client_id: str) -> tuple[Subscription, bool]:
    snapshot = services.registry.snapshot
    if not services.settings.public_base:
        message = "Set SITE_DOMAIN: the Notificaties API must know where to call."
        raise click.ClickException(message)
    if snapshot.notifications is None:
        message = "Configure notifications_config first: there is no Notificaties API to ask."
        raise click.ClickException(message)
    service = snapshot.service(snapshot.notifications.notifications_api_service_identifier)
    secrets = snapshot.secrets.get(client_id)
    if service is None or not secrets:
        message = f"No secret is configured for client {client_id!r}."
        raise click.ClickException(message)
    try:
        return await subscribe(
            services.database.writer,
            services.outgoing,
            nrc_root=service.api_root,
            public_base=services.settings.public_base,
            client_id=client_id,
            secret=secrets[-1],
        )
    except SubscriptionError as error:
        raise click.ClickException(str(error)) from None
