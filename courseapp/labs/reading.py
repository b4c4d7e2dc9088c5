"""A lab as it stands, for pages: from the host that runs it in this process, else by replaying its log to the mark.

Reading changes nothing: no host is started, no lease is taken, no row is written.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from courseapp.engine.kernel import Record
from courseapp.engine.world import Simulation
from courseapp.labs import snapshots
from courseapp.labs.history import Room
from courseapp.labs.host import Host
from courseapp.labs.hub import hub
from courseapp.labs.run import Log, Run
from courseapp.labs.stored import Stored, in_database, load

SLICE_S = 0.004
SOME = 200
MOST_RECORDS = 200_000
"""Newest records that a page can show of a run that is replayed for it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One instant of a lab: its state, its records up to then with their sequences, and what is done in the run."""

    lab: Stored
    simulation: Simulation
    records: list[tuple[int, Record]]
    log: Log


async def read_lab(lab_id: str, at_ms: int | None = None, newest: int | None = None) -> Reading | None:
    """The lab at that virtual instant, or where its clock stands; None if there is no such lab.

    Where its ``newest`` records are enough, a lab that is run here need not be replayed from its beginning.
    """
    host = hub().hosts.get(lab_id)
    if host is not None and newest is not None:
        reading = await _from_its_past(host, at_ms, newest)
        if reading is not None:
            return reading
    lab = await in_database(load)(lab_id) if host is None else host.lab
    if lab is None:
        return None
    live_ms = lab.mark_ms if host is None else host.mark_ms
    log = Log.of(lab.commands, lab.last_sequence) if host is None else host.log
    return await _replay(lab, log, live_ms if at_ms is None else min(at_ms, live_ms))


async def _from_its_past(host: Host, at_ms: int | None, newest: int) -> Reading | None:
    """From the nearest state that the host has kept; None where it has let those records go."""
    history, until_ms = host.play.history, min(host.mark_ms, host.mark_ms if at_ms is None else at_ms)
    records = history.newest(until_ms)
    if until_ms < history.begin_ms or (len(records) < newest and history.first_sequence > 1):
        return None
    run, there = history.nearest(until_ms, host.log), False
    while not there:
        there = run.run_to(until_ms, SOME)
        run.drain()
        await asyncio.sleep(0)
    return Reading(host.lab, run.simulation, records[-newest:], host.log)


async def read_present(lab: Stored, packed: bytes | None) -> Reading:
    """A lab that nobody runs here, where its clock stands: from its snapshot on, if it has one, with the records since
    then.
    """
    log = Log.of(lab.commands, lab.last_sequence)
    kept = None if packed is None else snapshots.unpack(packed, log)
    return await _replay(lab, log, lab.mark_ms, None if kept is None else kept[0])


async def _replay(lab: Stored, log: Log, at_ms: int, run: Run | None = None) -> Reading:
    run = run or Run(lab.architecture, lab.seed, log, min(lab.opens_at_ms, lab.mark_ms))
    records: list[tuple[int, Record]] = []
    room = Room(run)
    there = False
    while not there:
        began_s = time.perf_counter()
        while not there and time.perf_counter() - began_s < SLICE_S:
            there = run.run_to(at_ms, SOME)
            first = run.sequence + 1
            records += enumerate(run.drain(), first)
            if records and (kept_from := room.first(run) - records[0][0]) > 0:
                del records[:kept_from]
        if len(records) > MOST_RECORDS:
            del records[: len(records) - MOST_RECORDS // 2]
        await asyncio.sleep(0)
    return Reading(lab, run.simulation, records, log)
