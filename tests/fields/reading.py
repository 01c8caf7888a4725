"""Reads one value with one field."""

from contactmomenten.fields import Faults, Field
from contactmomenten.fields.base import Fault


def read(field: Field, value: object, subpath: str = "") -> tuple[object, list[tuple[str, str]]]:
    """Return the clean value, and for each fault its name and code."""
    cleaned, faults = read_in_full(field, value, subpath)
    return cleaned, [(fault.name, fault.code) for fault in faults]


def read_in_full(field: Field, value: object, subpath: str = "") -> tuple[object, list[Fault]]:
    """Return the clean value and the faults."""
    faults = Faults(subpath)
    return field.accept(value, "veld", faults), faults.entries


def codes(field: Field, value: object) -> list[str]:
    """Return the codes of the faults alone."""
    return [code for _, code in read(field, value)[1]]
