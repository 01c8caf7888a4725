"""What is in memory stays there."""

import contextlib
import resource
from typing import Final

# To the kernel this means: neither to a file nor to a program that collects core dumps, to which
# a limit of 0 makes no difference.
_NOT_EVEN_PIPED: Final = 1


def make_no_core_dumps() -> None:
    """Have this process and all that it starts leave no core dump: there are secrets in it."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    limit = _NOT_EVEN_PIPED if most == resource.RLIM_INFINITY else min(_NOT_EVEN_PIPED, most)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
