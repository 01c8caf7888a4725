"""What belongs to a backup: which tables, in which order, and what is told of them."""

from collections.abc import Mapping
from typing import Final

import msgspec

from contactmomenten.counts.tables import COUNTING_TABLES

# By what each is read, in the order in which they are loaded: what is referred to comes first.
ORDER: Final[Mapping[str, str]] = {
    "contactmoment": "id",
    "keten": "voorganger",
    "klantcontactmoment": "id",
    "objectcontactmoment": "id",
    "audittrail": "id",
    "audittrail_verzegeling": "enig",
    "notificatie": "id",
    "client_secret": 'client_id COLLATE "C", nummer',
    "applicatie": "uuid",
    "service": 'identifier COLLATE "C"',
    "instelling": 'naam COLLATE "C"',
    "ac_client": 'client_id COLLATE "C"',
    "configuratie": "enig",
}

# Made anew in the other database: the counts lean on the transaction numbers of the one they are
# in, and `migratie` is written by the migrations.
MADE_ANEW: Final = COUNTING_TABLES | {"migratie"}

SEQUENCES: Final = frozenset(
    {
        "audittrail_id_seq",
        "contactmoment_id_seq",
        "klantcontactmoment_id_seq",
        "medewerker_identificatie_volgnummer",
        "notificatie_id_seq",
        "objectcontactmoment_id_seq",
    }
)

# What may be there in a database that nobody has used: the tables come with it, or it is a copy of
# what another API said.
COMES_BY_ITSELF: Final = frozenset({"configuratie", "audittrail_verzegeling", "ac_client"})

# The form of the backup itself.
FORM: Final = 1

# So that the same rows are the same text in every version of PostgreSQL.
TEXT_SETTINGS: Final = """
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL bytea_output = 'hex';
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
"""


class BackupError(Exception):
    """There can be no backup of this, or nothing can be made of it; the text says what to do."""


class TableContents(msgspec.Struct, frozen=True):
    """What a backup has of one table.

    Attributes:
        name: of the table.
        columns: those that are written; the others follow from them.
        rows: how many.
        sha256: of their text, as COPY writes it, in the order of `ORDER`.
    """

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself.

    Attributes:
        form: of the backup; another one needs another version of this program.
        program: the version that made it.
        postgresql: the version of the database that it was made of.
        step: the last migration of that database.
        moment: when it was made; it shows the database as it was then.
        key_proof: tells whether a key opens the secrets, in base64; None if there are none.
        tables: in the order in which they are loaded.
        sequences: the next number of each.
    """

    form: int
    program: str
    postgresql: str
    step: int
    moment: str
    key_proof: bytes | None
    tables: tuple[TableContents, ...]
    sequences: dict[str, int]

    def rows(self, table: str) -> int:
        """Return how many rows a table has; none if it is not there."""
        return next((one.rows for one in self.tables if one.name == table), 0)
