"""What is wrong or unwise about an installation, told before it serves."""

from contactmomenten.checkup.database import of_database
from contactmomenten.checkup.finding import Finding, Level
from contactmomenten.checkup.services import of_clients, of_lacks, of_services
from contactmomenten.checkup.settings import of_settings
from contactmomenten.checkup.spelling import of_spelling
from contactmomenten.checkup.traces import of_traces

__all__ = [
    "Finding",
    "Level",
    "of_clients",
    "of_database",
    "of_lacks",
    "of_services",
    "of_settings",
    "of_spelling",
    "of_traces",
]
