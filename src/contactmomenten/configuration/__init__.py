"""Configuration by YAML: read and check a file, and bring the database in line with it."""

from contactmomenten.configuration.applying import apply_configuration, stored_after
from contactmomenten.configuration.changes import Change
from contactmomenten.configuration.problems import ConfigurationError
from contactmomenten.configuration.reading import Configuration, read_configuration
from contactmomenten.configuration.schema import json_schema

__all__ = [
    "Change",
    "Configuration",
    "ConfigurationError",
    "apply_configuration",
    "json_schema",
    "read_configuration",
    "stored_after",
]
