"""A program that owns a data folder until its input ends, for the tests to start and kill."""

import json
import logging
import sys
import time
from dataclasses import asdict
from pathlib import Path

from contactmomenten.database.embedded import EmbeddedDatabaseError, EmbeddedPostgres


def main() -> None:
    """Own the folder of the first argument; tell on the output how to connect."""
    logging.basicConfig(level=logging.INFO)
    begun = time.monotonic()
    try:
        database = EmbeddedPostgres(Path(sys.argv[1]))
        connection = asdict(database.start())
        took = time.monotonic() - begun
        sys.stdout.write(json.dumps({"connection": connection, "seconds": took}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
        database.stop()
    except EmbeddedDatabaseError as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
