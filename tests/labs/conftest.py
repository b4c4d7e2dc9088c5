"""Live labs end with the test that looked at them: a hub belongs to one event loop."""

from collections.abc import AsyncIterator

import pytest

from courseapp.labs.hub import close_hub


@pytest.fixture
async def live(transactional_db: None) -> AsyncIterator[None]:
    """The database, and a hub that is closed when the test is over."""
    yield
    await close_hub()
