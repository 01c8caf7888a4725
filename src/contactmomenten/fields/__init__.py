"""The fields of the resources: what they accept, what they refuse, how they are described.

A resource is a ``msgspec.Struct`` whose annotations carry a `Field` each; that one table checks
request bodies (`clean`), and makes the schemas of the OAS (`openapi`).
"""

from contactmomenten.fields.base import Faults, Field, FieldTable, clean, field_table
from contactmomenten.fields.choice import Choice
from contactmomenten.fields.moment import Moment, parse_moment
from contactmomenten.fields.nested import ListOf, Nested
from contactmomenten.fields.plain import Plain
from contactmomenten.fields.reference import OwnUrl, Reference
from contactmomenten.fields.rsin import Rsin
from contactmomenten.fields.text import Text
from contactmomenten.fields.url import Url

__all__ = [
    "Choice",
    "Faults",
    "Field",
    "FieldTable",
    "ListOf",
    "Moment",
    "Nested",
    "OwnUrl",
    "Plain",
    "Reference",
    "Rsin",
    "Text",
    "Url",
    "clean",
    "field_table",
    "parse_moment",
]
