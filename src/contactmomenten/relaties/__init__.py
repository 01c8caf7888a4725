"""What klantcontactmomenten and objectcontactmomenten share: relations of a contactmoment.

A relation is created, read, listed and deleted, never changed; it goes with its contactmoment,
and each change stands in the trail of that contactmoment.
"""

from contactmomenten.relaties.definition import Relatie
from contactmomenten.relaties.rules import create, delete, find, remove

__all__ = ["Relatie", "create", "delete", "find", "remove"]
