"""Whether a setting was meant that is not one."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from contactmomenten.checkup.finding import Finding, unwise
from contactmomenten.settings import Settings

# From 0 to 1: so alike that nothing else can have been meant (JWT_EXPIRE, DBPASSWORD).
_ALIKE: Final = 0.85

# Of these there are many more, and some differ little from ours.
_STANDARD: Final = "OTEL_"
_NEARLY_THE_SAME: Final = 0.95

# What no other program's variables begin with.
_OURS: Final = ("AC_CACHE_", "JWT_FAILURES_", "OUTGOING_", "READY_MAX_", "REMOTE_CHECK_")

_FILE: Final = "_FILE"


def of_spelling(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Look for variables that are nearly, but not, the name of a setting."""
    known = {info.encode_name for info in msgspec.structs.fields(Settings)}
    known |= {f"{name}{_FILE}" for name in known} | {"DATA_DIR"}
    for name in sorted(environ.keys() - known):
        cutoff = _NEARLY_THE_SAME if name.startswith(_STANDARD) else _ALIKE
        near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=cutoff)
        # With a word before it, it is the setting of another program: DD_LOG_LEVEL.
        if near and not name.endswith(f"_{near[0]}"):
            yield unwise(name, f"There is no such setting. Did you mean {near[0]}?")
        elif name.startswith(_OURS):
            yield unwise(name, "There is no such setting.")
