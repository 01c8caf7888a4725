"""The program that the model is held against."""

import asyncio
import logging
from collections.abc import Iterator

import pytest
import structlog

from contactmomenten.database.connection import ConnectionInfo

from .program import Program


@pytest.fixture
def program(info: ConnectionInfo) -> Iterator[Program]:
    # Refusals are half of what happens here.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    loop = asyncio.new_event_loop()
    instance = Program(loop, info)
    yield instance
    instance.close()
    loop.close()
    structlog.reset_defaults()
