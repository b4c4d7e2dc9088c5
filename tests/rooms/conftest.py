"""As for live labs: what belongs to one event loop ends with its test."""

from collections.abc import AsyncIterator

import pytest

from courseapp.labs.hub import close_hub
from courseapp.rooms.presence import close_presence


@pytest.fixture
async def live(transactional_db: None) -> AsyncIterator[None]:
    yield
    await close_presence()
    await close_hub()
