"""Whether a setting was meant that is not one."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from contactmomenten.checkup.finding import Finding, unwise
from contactmomenten.settings import Settings

# From 0 to 1: so alike that nothing else can have been meant (JWT_EXPIRE, DBPASSWORD).
_ALIKE: Final = 0.85
_FILE: Final = "_FILE"


def of_spelling(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Look for variables that are nearly, but not, the name of a setting."""
    known = {info.encode_name for info in msgspec.structs.fields(Settings)}
    known |= {f"{name}{_FILE}" for name in known}
    for name in environ.keys() - known:
        near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=_ALIKE)
        if near:
            yield unwise(name, f"There is no such setting. Did you mean {near[0]}?")
