"""One database with something to list, for the tests that only look at it."""

from collections.abc import AsyncIterator

import pytest

from contactmomenten.database.pool import open_database
from tests.application import Api, api_on
from tests.databases import Cluster
from tests.lists.stock import Stock, make_stock


@pytest.fixture(scope="package")
async def stock(cluster: Cluster) -> AsyncIterator[Stock]:
    """Make some contactmomenten and relations, to be looked at only."""
    async with cluster.fresh() as info:
        database = await open_database(info, max_size=5, seconds=10)
        async with api_on(database) as api:
            yield await make_stock(api)
        await database.close()


@pytest.fixture
def api(stock: Stock) -> Api:
    """Call the API on the stock."""
    return stock.api
