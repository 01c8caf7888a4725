"""What all parts of a configuration file share."""

from typing import Any, Final

import msgspec

# For the schema of a secret: an editor need not show it.
WRITE_ONLY: Final = {"writeOnly": True}


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One mapping in the file. It shows nothing of itself: it may hold a secret."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    # Rich asks this one, in tracebacks with local variables for instance.
    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []
