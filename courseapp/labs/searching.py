"""Looking for things in a run's past and future, in slices that leave the loop to others in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from courseapp.engine.kernel import Record
from courseapp.labs import inspector, timeline
from courseapp.labs.history import History
from courseapp.labs.picture import Numbered
from courseapp.labs.run import Log, Run, no_collection

SLICE_S = 0.004
"""How long the loop is kept from others at a time."""
SOME = 200
"""Things that happen between two looks at the clock on the wall."""
SEARCH_S = 0.6
"""Processor seconds that the search for the next event or failure may take."""


async def event_before(history: History, log: Log, at_ms: int) -> int | None:
    """The last instant before ``at_ms`` in which something really happened."""
    for from_ms, until_ms in history.before(at_ms):
        run = history.nearest(from_ms, log)
        run.drain()
        found: int | None = None
        there = False
        while not there:
            there = run.run_to(until_ms, SOME)
            found = next((record[0] for record in reversed(run.drain()) if timeline.is_event(record)), found)
            await asyncio.sleep(0)
        run.let_go()
        if found is not None:
            return found
    return None


async def next_record(run: Run, log: Log, until_ms: int | None, wanted: Callable[[Record], bool]) -> int | None:
    """When the next such record will be written, found on a copy of the run; None if a reasonable search meets none."""
    with no_collection():
        ahead = Run.thaw(run.freeze(), log)
        try:
            return await _next_record(ahead, until_ms, wanted)
        finally:
            ahead.let_go()


async def _next_record(ahead: Run, until_ms: int | None, wanted: Callable[[Record], bool]) -> int | None:
    ahead.drain()
    spent_s = 0.0
    while spent_s < SEARCH_S:
        began_s = time.thread_time()
        while time.thread_time() - began_s < SLICE_S:
            next_ms = ahead.next_ms()
            if next_ms is None or (until_ms is not None and next_ms > until_ms):
                return None
            ahead.run_to(next_ms)
            if any(map(wanted, ahead.drain())):
                return next_ms
        spent_s += time.thread_time() - began_s
        await asyncio.sleep(0)
    return None


async def records_of(history: History, log: Log, until_ms: int, uid: int) -> list[Numbered]:
    """All records of a message and its copies up to that instant. Those let go are found by running again."""
    message = inspector.Utterance(uid)
    kept = history.newest(until_ms)
    message.learn(kept)
    found: list[Numbered] = []
    if history.first_sequence > 1:
        older = history.nearest(history.begin_ms, log)
        there = False
        while not there and older.sequence < history.first_sequence - 1:
            there = older.run_to(until_ms, SOME)
            first = older.sequence + 1
            found += [item for item in enumerate(older.drain(), first) if message.has(item[1][4])]
            await asyncio.sleep(0)
        older.let_go()
    return [item for item in found if item[0] < history.first_sequence] + [
        item for item in kept if message.has(item[1][4])
    ]
