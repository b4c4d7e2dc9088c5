"""Live labs end with the test that looked at them: a hub belongs to one event loop."""

from collections.abc import AsyncIterator

import pytest

from courseapp.labs.hub import Hub, close_hub


@pytest.fixture
async def live(transactional_db: None) -> AsyncIterator[None]:
    """The database, and a hub that is closed when the test is over."""
    yield
    await close_hub()


@pytest.fixture
async def processes(transactional_db):
    """Two processes that share a database and a channel layer."""
    hubs = [Hub("host/1/10/a"), Hub("host/1/20/b")]
    yield hubs
    for hub in hubs:
        await hub.close()
