"""The file as a whole: blocks, each with the key that enables it."""

from typing import Annotated, Final

from msgspec import UNSET, Meta, UnsetType

from contactmomenten.configuration.model.access import Applicaties, Credentials
from contactmomenten.configuration.model.part import Part
from contactmomenten.configuration.model.services import Autorisaties, Notifications, Services


def _enable(block: str) -> Meta:
    return Meta(
        description=f"Whether `{block}` is applied. If so, it is the whole truth: what is no "
        "longer in it is removed. If not, what is stored stays as it is."
    )


class Document(Part, frozen=True, kw_only=True):
    """Configuration of Contactmomenten, for `contactmomenten configure`.

    Any single value may be written as ${VARIABLE}, ${VARIABLE:-default} or value_from.
    """

    vng_api_common_credentials_config_enable: Annotated[
        bool, _enable("vng_api_common_credentials")
    ] = False
    vng_api_common_credentials: Credentials | UnsetType = UNSET
    vng_api_common_applicaties_config_enable: Annotated[
        bool, _enable("vng_api_common_applicaties")
    ] = False
    vng_api_common_applicaties: Applicaties | UnsetType = UNSET
    zgw_consumers_config_enable: Annotated[bool, _enable("zgw_consumers")] = False
    zgw_consumers: Services | UnsetType = UNSET
    notifications_config_enable: Annotated[bool, _enable("notifications_config")] = False
    notifications_config: Notifications | UnsetType = UNSET
    autorisaties_config_enable: Annotated[bool, _enable("autorisaties_config")] = False
    autorisaties_config: Autorisaties | UnsetType = UNSET


# Block → the key that enables it.
BLOCKS: Final = {
    "vng_api_common_credentials": "vng_api_common_credentials_config_enable",
    "vng_api_common_applicaties": "vng_api_common_applicaties_config_enable",
    "zgw_consumers": "zgw_consumers_config_enable",
    "notifications_config": "notifications_config_enable",
    "autorisaties_config": "autorisaties_config_enable",
}
