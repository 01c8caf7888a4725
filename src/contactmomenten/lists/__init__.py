"""Lists: filters, ordering and pages (behaviour 6)."""

from contactmomenten.lists.answer import ListDefinition, list_answer
from contactmomenten.lists.filters import (
    ChoiceFilter,
    Filter,
    MomentFilter,
    Ordering,
    RsinFilter,
    TextFilter,
    UrlFilter,
)
from contactmomenten.lists.references import ReferenceFilter
from contactmomenten.lists.selection import Condition
from contactmomenten.lists.wanted import OftenEmpty, Source, Term

__all__ = [
    "ChoiceFilter",
    "Condition",
    "Filter",
    "ListDefinition",
    "MomentFilter",
    "OftenEmpty",
    "Ordering",
    "ReferenceFilter",
    "RsinFilter",
    "Source",
    "Term",
    "TextFilter",
    "UrlFilter",
    "list_answer",
]
