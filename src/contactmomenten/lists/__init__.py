"""Lists: filters, ordering and pages (behaviour 6)."""

from contactmomenten.lists.answer import ListDefinition, list_answer
from contactmomenten.lists.filters import (
    ChoiceFilter,
    Condition,
    Filter,
    MomentFilter,
    Ordering,
    RsinFilter,
    TextFilter,
    UrlFilter,
)
from contactmomenten.lists.references import ReferenceFilter

__all__ = [
    "ChoiceFilter",
    "Condition",
    "Filter",
    "ListDefinition",
    "MomentFilter",
    "Ordering",
    "ReferenceFilter",
    "RsinFilter",
    "TextFilter",
    "UrlFilter",
    "list_answer",
]
