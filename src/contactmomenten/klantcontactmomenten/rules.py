"""The rule of klantcontactmomenten that asks the Klanten API (cm-004)."""

from collections.abc import Mapping
from typing import Any

from contactmomenten.fields import Faults
from contactmomenten.http.context import Context


async def check_klant(context: Context, values: Mapping[str, Any], faults: Faults) -> None:
    """Note a fault when klant, if its form is right, does not exist."""
    if "klant" in values:
        fault = await context.existence.fault(values["klant"], "klant", context.served)
        if fault:
            faults.add(*fault)
