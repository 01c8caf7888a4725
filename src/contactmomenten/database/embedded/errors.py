"""What can go wrong with the embedded PostgreSQL, in words for the operator."""

from collections.abc import Iterator
from contextlib import contextmanager


class EmbeddedDatabaseError(Exception):
    """The embedded PostgreSQL cannot be used; the text is one clear sentence."""


class FolderInUse(EmbeddedDatabaseError):  # noqa: N818 (its name says what is the matter)
    """Another program owns the folder; the text says which process."""


@contextmanager
def told_clearly(what: str) -> Iterator[None]:
    """Turn an OSError in the block into an EmbeddedDatabaseError that begins with `what`.

    Raises:
        EmbeddedDatabaseError: the block raised an OSError, such as a full disk.
    """
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise EmbeddedDatabaseError(f"{what}: {error.strerror or error}{where}.") from error
