"""Processes that write and fold are killed halfway; the counts stay what a recount gives."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from contactmomenten.counts.checking import differences
from contactmomenten.database.connection import ConnectionInfo
from contactmomenten.database.pool import Connection
from tests.databases import url_of

ROUNDS = 8


@pytest.mark.timeout(180)
async def test_counts_are_right_after_each_kill_9(
    connection: Connection, info: ConnectionInfo
) -> None:
    environment = os.environ | {"DATABASE_URL": url_of(info)}
    pause = random.Random(4)  # noqa: S311 (the same moments each time, more or less)
    folded = 0
    for number in range(ROUNDS):
        writers = [
            subprocess.Popen(  # noqa: ASYNC220 (nothing else runs here)
                [sys.executable, "-m", "tests.counts.writer", str(10_000 * (2 * number + one))],
                env=environment,
                stdout=subprocess.PIPE,
            )
            for one in range(2)
        ]
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        time.sleep(pause.random())  # noqa: ASYNC251 (nothing else runs here)
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            folded += writer.communicate()[0].count(b"folded")
        assert await differences(connection) == []
    assert folded > ROUNDS
    assert await connection.fetchval("SELECT min(tot) FROM telling_stand") > 0
    assert await connection.fetchval("SELECT count(*) FROM contactmoment") > 0
