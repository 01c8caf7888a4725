"""The one way in which this program calls others over HTTP (docs/decisions/0006)."""

from contactmomenten.outgoing.answers import Answer, CallFailed
from contactmomenten.outgoing.client import OutgoingClient
from contactmomenten.outgoing.headers import Served, passed_on
from contactmomenten.outgoing.settings import OutgoingSettings

__all__ = ["Answer", "CallFailed", "OutgoingClient", "OutgoingSettings", "Served", "passed_on"]
