"""A lab's run as it is played: live, or an earlier instant while somebody looks back.

Everything long is done in slices of a few milliseconds, and the loop goes to others in between. What the live run did
goes into history and timeline, and what is shown goes to whoever looks.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from courseapp.engine.commands import Refused
from courseapp.engine.kernel import CannotGoOn, Record
from courseapp.engine.kernel.kernel import AT_ONCE_MAX, Stalled
from courseapp.labs import content, timeline, workflow
from courseapp.labs.clock import Clock
from courseapp.labs.history import History
from courseapp.labs.picture import Drained
from courseapp.labs.run import Log, Run, no_collection
from courseapp.labs.searching import SLICE_S, SOME, next_record
from courseapp.labs.stored import Stored
from courseapp.labs.telling import Telling

TICK_RUNS_S = 0.06
"""How much of a tick may be spent running; a lab that needs more is slower than it was asked to be."""
LANE_STEPS = 200
"""How often the figures of the time bar are read while a lab catches up with its log."""

log = logging.getLogger(__name__)


class Play:
    """``live`` is the run as far as it has got, ``past`` the one that is shown while somebody looks back."""

    def __init__(self, lab: Stored, telling: Telling) -> None:
        self.lab_id = lab.id
        self.content = lab.content
        self.begun_with = lab.architecture
        self.epoch = lab.epoch
        self.telling = telling
        self.log = Log.of(lab.commands, lab.last_sequence)
        self.live = Run(lab.architecture, lab.seed, self.log, min(lab.opens_at_ms, lab.mark_ms))
        self.past: Run | None = None
        self.begin_ms = self.live.at_ms
        self.history = History(self.live, time.thread_time)
        self.clock = Clock.at(self.begin_ms, lab.speed, lab.skip_idle)
        self.timeline = timeline.Timeline(lab.architecture)
        self.stopped: str | None = None  # why the live run cannot go on
        self.unsaved_s = 0.0  # what it would cost to run again what no snapshot has

    @property
    def run_shown(self) -> Run:
        return self.live if self.past is None else self.past

    def toggled(self) -> list[str]:
        """The keys of the buttons whose next press undoes what was done."""
        return sorted(content.toggled(self.content, self.log, self.begun_with, self.live.simulation.refused))

    def let_go(self) -> None:
        """It is over: see ``Run.let_go``."""
        self._end_look()
        self.live.let_go()

    async def catch_up(self, mark_ms: int, kept: tuple[Run, timeline.Timeline] | None) -> None:
        """Run to where the lab was when its last owner wrote a mark, from a snapshot if one is at hand."""
        if kept is not None:
            self.live.let_go()
            self.live, self.timeline = kept
            self.history.go_on_from(self.live)
        step_ms = max(1, (mark_ms - self.live.at_ms) // LANE_STEPS)
        with suppress(Refused):  # then it stands where it cannot go on
            while self.live.at_ms < mark_ms:
                after_ms = max(self.live.at_ms + step_ms, self.live.next_ms() or 0)  # the lanes want to be looked at
                await self.run(self.live, min(after_ms, mark_ms))
            await self.run(self.live, mark_ms)
        self.clock.stand_at(self.live.at_ms)
        self.telling.forget()

    # --- running ---

    async def run(self, run: Run, at_ms: int, budget_s: float | None = None) -> bool:
        """Run to that instant. False if the time on the wall was up before."""
        began_s = time.perf_counter()
        while True:
            slice_s, cost_s = time.perf_counter(), time.thread_time()
            there = False
            try:
                while not there:  # at least once: whoever was held up by others on this machine is not too busy
                    there = run.run_to(at_ms, SOME)
                    if time.perf_counter() - slice_s >= SLICE_S:
                        break
                if not there:
                    await self._reach(run, run.at_ms)  # only between two instants can a state be frozen
            except Exception as broken:
                raise self._stop(run, broken, run.sequence) from None
            self.take_in(run, time.thread_time() - cost_s)
            if there or (budget_s is not None and time.perf_counter() - began_s >= budget_s):
                return there
            await asyncio.sleep(0)

    async def _run_hurried(self, run: Run, at_ms: int, budget_s: float) -> bool:
        """Run towards that instant, but stop at the first in which something really happens. False if time was up."""
        began_s = time.perf_counter()
        while True:
            slice_s, cost_s = time.perf_counter(), time.thread_time()
            there, first, records = False, run.sequence + 1, list[Record]()
            while not there:
                next_ms = run.next_ms()
                idle = next_ms is None or next_ms > at_ms
                try:
                    await self._reach(run, at_ms if next_ms is None or idle else next_ms)
                except Exception as broken:
                    raise self._stop(run, broken, first - 1) from None
                new = run.drain()
                records += new
                there = idle or any(map(timeline.is_event, new))
                if time.perf_counter() - slice_s >= SLICE_S:
                    break
            self.take_in(run, time.thread_time() - cost_s, (first, records))
            if there or time.perf_counter() - began_s >= budget_s:
                return there
            await asyncio.sleep(0)

    async def _reach(self, run: Run, at_ms: int) -> None:
        """Run to the end of that instant, however much happens in it. Raises Stalled if it does not end."""
        began_s, done = time.perf_counter(), 0
        while not run.run_to(at_ms, SOME):
            done += 0 if run.simulation.is_tired else SOME
            if done >= AT_ONCE_MAX:
                raise Stalled(run.at_ms)
            if time.perf_counter() - began_s >= SLICE_S:
                await asyncio.sleep(0)
                began_s = time.perf_counter()

    def _stop(self, run: Run, broken: Exception, seen: int) -> Refused:
        """The live run is stuck within an instant: it stands at the end of the one before, and does not go on.

        ``seen`` is the sequence up to which its records were taken in.
        """
        refusal = self._stuck(broken)
        if run is self.live:
            self.live = again = self.history.exact(run.simulation.now_ms - 1, self.log)
            run.let_go()
            first, records = again.sequence + 1, again.drain()
            self.take_in(again, drained=(seen + 1, records[seen + 1 - first :]))
            self.clock.pause()
            self.clock.stand_at(again.at_ms)
            self.stopped = refusal.says
            self.telling.changed = True
        return refusal

    def _stuck(self, broken: Exception) -> Refused:
        """What to say of what a simulation must never do. Whoever opens the lab again would meet it again."""
        if isinstance(broken, CannotGoOn):
            why = str(broken)
        else:
            log.error("The simulation of lab %s failed", self.lab_id, exc_info=broken)
            why = "The simulation failed here, which is a mistake of ours."
        says = f"{why} The lab stands at the moment before and does not go on: look back, or start it over."
        return Refused("stopped", says)

    def must_go_on(self) -> None:
        """Raises Refused if the live run has stopped for good."""
        if self.stopped is not None:
            raise Refused("stopped", self.stopped)

    def take_in(self, run: Run, cost_s: float = 0.0, drained: Drained | None = None) -> None:
        """Drain the run: what the live one did is kept, what is shown goes into the next batch."""
        first, records = drained or (run.sequence + 1, run.drain())
        if run is self.live:
            self.history.keep(records, run)
            self.history.ran(run, cost_s)
            self.unsaved_s += cost_s
            if records:
                marks, metrics = self.timeline.add(first, records, self.telling.shown.titles), run.simulation.metrics()
                self.telling.happened(marks, self.timeline.sample(run.at_ms, metrics))
                architecture = run.simulation.architecture
                self.telling.crossed(self.timeline.look_at_alarms(run.at_ms, first, records, metrics, architecture))
        if records and run is self.run_shown:
            self.telling.records.append((first, records))

    def _somebody_is_asked(self) -> bool:
        """Whether a task waits for the answer of a person, who is then given the time: nothing is hurried over.

        Where the log has a later command, somebody has decided already.
        """
        run = self.run_shown
        asked = self.clock.skip_idle and run is self.live and run.applied == len(self.log.commands)
        return asked and workflow.awaits_an_answer(run.simulation)

    async def advance(self) -> None:
        """Run what is shown to where the clock wants it by now."""
        began_s = time.monotonic()
        while self.clock.running:
            run = self.run_shown
            if run is self.live and self.stopped is not None:
                self.clock.pause()
                return
            due = self.clock.due(time.monotonic(), None if self._somebody_is_asked() else run.next_ms())
            if due <= self.clock.now_ms:
                return
            seen = len(self.telling.records)
            budget_s = max(0.0, TICK_RUNS_S - (time.monotonic() - began_s))
            advance = self._run_hurried if self.clock.hurries else self.run
            try:
                there = await advance(run, due, budget_s)
            except Refused:
                self.clock.pause()
                return
            new = self.telling.records[seen:]
            happened = any(any(map(timeline.is_event, records)) for _, records in new)
            self.clock.reached(run.at_ms, time.monotonic(), happened)
            self._reach_the_present()
            if not there:
                self.clock.fell_short()
                return
            if not self.clock.hurries:
                return

    def stamp(self) -> int:
        """The millisecond after the present one, of which nothing is left to happen."""
        self.live.finish_instant()
        return self.live.at_ms + 1

    async def carry_out(self, stamp: int) -> None:
        """Let the millisecond happen for which commands have just been logged."""
        await self.run(self.live, stamp)
        self.clock.stand_at(stamp)
        self.telling.changed = True

    # --- looking back, and on ---

    async def look(self, at_ms: int) -> None:
        """Show the exact state at the end of that millisecond."""
        if self.past is None:
            self.live.finish_instant()
            self.take_in(self.live)
            self.clock.stand_at(self.live.at_ms)
        self.clock.look(at_ms, self.begin_ms)
        self.telling.records.clear()  # what happened on the way is told by the jump
        self.telling.jumped = self.telling.changed = True
        self._end_look()
        if self.clock.looking:
            with no_collection():
                past = self.history.nearest(self.clock.now_ms, self.log)
                try:
                    await self.run(past, self.clock.now_ms)
                except Refused:  # a clock on the wall ended what it had not ended before
                    past.let_go()
                    self.clock.stand_at(self.live.at_ms)
                    raise
            self.past = past

    def _end_look(self) -> None:
        """What is shown is the present again."""
        if self.past is not None:
            self.past.let_go()
            self.past = None

    def _reach_the_present(self) -> None:
        if self.past is not None and self.past.at_ms >= self.live.at_ms:
            self._end_look()

    async def forward(self, wanted: Callable[[Record], bool], nothing: str) -> None:
        """Go on to the next instant with such a record. Raises Refused, and nothing moves, if none comes."""
        self.clock.pause()
        until_ms = None if self.past is None else self.live.at_ms
        try:
            at_ms = await next_record(self.run_shown, self.log, until_ms, wanted)
        except Exception as broken:
            raise self._stuck(broken) from None
        if self.past is not None and (at_ms is None or at_ms > self.live.at_ms):
            await self.look(self.live.at_ms)
            return
        if at_ms is None:
            raise Refused("nothing_planned", nothing)
        await self.run(self.run_shown, at_ms)
        self.clock.stand_at(at_ms)
        self._reach_the_present()
