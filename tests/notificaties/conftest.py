"""What the tests of notifications share."""

from collections.abc import AsyncIterator

import pytest

from tests.notificaties.nrc import Nrc


@pytest.fixture
async def nrc() -> AsyncIterator[Nrc]:
    """Run a Notificaties API."""
    nrc = Nrc()
    await nrc.up()
    yield nrc
    await nrc.down()
