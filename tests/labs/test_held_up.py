"""A process that others on its machine hold up for a moment loses no virtual time by it."""

import asyncio
import time
from itertools import count
from types import SimpleNamespace

import pytest

from courseapp.engine.architecture import parse
from courseapp.labs import play as module
from courseapp.labs.play import Play
from courseapp.labs.stored import Stored
from courseapp.labs.telling import Telling
from courseapp.web.ids import new_id
from tests.labs.people import WITHIN_S, shop_with


@pytest.fixture
def wall(monkeypatch):
    """The time on the wall: a second is gone whenever the process looks at how long it has been busy."""
    busy = count()
    hung = SimpleNamespace(now_s=0.0, thread_time=time.thread_time, perf_counter=lambda: float(next(busy)))
    hung.monotonic = lambda: hung.now_s
    monkeypatch.setattr(module, "time", hung)
    return hung


async def playing(**rates):
    architecture = parse(shop_with(**rates))
    lab = Stored(new_id(), "", architecture, 7, "", 1, 0, 0, 0, 1.0, False, False, (), 0)
    play = Play(lab, Telling(architecture, lambda: 1))
    async with asyncio.timeout(WITHIN_S):
        await play.catch_up(0, None)
    play.clock.play()
    await play.advance()
    return play


async def test_what_is_due_is_run_however_long_the_process_stood_still(wall):
    play = await playing(messages_per_second=10)
    for second in (1, 2, 3):
        wall.now_s = float(second)
        await play.advance()
        assert play.clock.now_ms == play.live.at_ms == second * 1_000


async def test_idle_time_is_hurried_through_all_the_same(wall):
    play = await playing(messages_per_second=0.01)
    play.clock.set_skip_idle(True)
    for second in range(1, 5):
        wall.now_s = float(second)
        await play.advance()
    assert play.clock.now_ms >= 20_000
