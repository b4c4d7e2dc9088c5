"""The host: the one task that owns a running lab.

How to think about it. Everything that happens to a lab happens in one loop, one thing after the other: what people
asked for is done, then the simulation is run to where the clock wants it, then one batch goes out with all that has
changed. Nothing here needs a lock, since nothing else touches the run. The loop gives way after every slice of a
few milliseconds, and sleeps until the next thing is due.

A command goes: into the log on disk, then into the simulation, then out to everyone. Whoever is killed in between
has either not stored it and told nobody, or has stored it and will find it when the log is read again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from courseapp.engine.commands import Command, Refused, read_command
from courseapp.engine.kernel import Record
from courseapp.labs import content, inspector, snapshots, stored, timeline, workflow
from courseapp.labs.clock import Clock
from courseapp.labs.frames import Frame
from courseapp.labs.history import History
from courseapp.labs.lease import Mark
from courseapp.labs.picture import Drained, Numbered, Shown, records_and_counts, without_words
from courseapp.labs.run import Log, Run, no_collection
from courseapp.labs.searching import SLICE_S, SOME, event_before, next_record, records_of
from courseapp.labs.stored import Fenced, Stored, in_database

TICK_S = 0.1
TICK_RUNS_S = 0.06
"""How much of a tick may be spent running; a lab that needs more is slower than it was asked to be."""
LONGEST_SLEEP_S = 2.0
"""While the clock runs, viewers hear of it at least this often."""
DRAWN_EVERY_S = 0.3
"""How often nodes are drawn anew where much happens; their figures come with every batch."""
DRAWN_AT_ONCE = 12
"""Records of a batch up to which its nodes are drawn at once."""
LANE_STEPS = 200
"""How often the figures of the time bar are read while a lab catches up with its log."""
MOST_COMMANDS = 20_000
NOTHING_COMES = "Nothing will happen here by itself. Do something first."
NOTHING_FAILS = "Nothing will fail here by itself, as far as can be seen. Do something first."
log = logging.getLogger(__name__)

Answer = dict[str, Any]
Publish = Callable[[Answer], Awaitable[None]]


@dataclass(slots=True)
class Request:
    frame: Frame
    may_control: bool
    answer: asyncio.Future[Answer]
    at_once: Callable[[Answer], None] | None = None


class Host:
    """Runs one lab. ``publish`` is awaited with every batch, and with a picture where everyone needs a new one."""

    def __init__(self, lab: Stored, publish: Publish) -> None:
        self.lab = lab
        self.publish = publish
        self.batch = 0
        self.lost = False  # another process owns the lab: write nothing more
        self._inbox: list[Request] = []
        self._wake = asyncio.Event()
        self._stopping = False
        self._set_up(lab)

    def _set_up(self, lab: Stored) -> None:
        self.lab = lab
        self.log = Log.of(lab.commands, lab.last_sequence)
        self.live = Run(lab.architecture, lab.seed, self.log, min(lab.opens_at_ms, lab.mark_ms))
        self.past: Run | None = None  # the run that is shown while somebody looks back
        self.begin_ms = self.live.at_ms
        self.history = History(self.live, time.thread_time)
        self.clock = Clock.at(self.begin_ms, lab.speed, lab.skip_idle)
        self.shown = Shown(lab.architecture)
        self.narrow = False  # somebody looks at it on a phone
        self.timeline = timeline.Timeline(lab.architecture)
        self._new_records: list[Drained] = []
        self._new_marks: list[timeline.Mark] = []
        self._new_points: dict[int, list[tuple[int, float]]] = {}
        self._changed = self._jumped = False
        self._told_s = self._drawn_s = self._unsaved_s = 0.0

    @property
    def run_shown(self) -> Run:
        return self.live if self.past is None else self.past

    @property
    def mark_ms(self) -> int:
        return self.live.at_ms

    @property
    def mark(self) -> Mark:
        return Mark(self.lab.id, self.lab.epoch, self.lab.run_from, self.mark_ms)

    # --- from outside ---

    async def ask(self, frame: Frame, may_control: bool, at_once: Callable[[Answer], None] | None = None) -> Answer:
        """Have a client's frame dealt with.

        ``at_once`` is called with the answer before anything else happens. Raises Refused.
        """
        request = Request(frame, may_control, asyncio.get_running_loop().create_future(), at_once)
        self._inbox.append(request)
        self._wake.set()
        return await request.answer

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    async def main(self) -> None:
        """The life of a host: catch up with the log, then live until stopped.

        Raises Fenced when the lab has another owner.
        """
        try:
            await self._catch_up()
            while not self._stopping:
                await self._advance()  # what is asked for is meant for now, not for when the host fell asleep
                await self._answer_requests()
                await self._advance()
                await self._send_batch()
                await self._keep_snapshot()
                await self._sleep()
        finally:
            for request in self._inbox:
                if not request.answer.done():
                    request.answer.set_exception(Refused("moved", "The lab has moved to another process. Ask again."))
            self._inbox.clear()
            self._end_look()
            self.live.let_go()

    async def _catch_up(self) -> None:
        """Run to where the lab was when its last owner wrote a mark, from a snapshot if one is at hand."""
        packed = await in_database(snapshots.newest)(self.lab)
        kept = None if packed is None else snapshots.unpack(packed, self.log)
        if kept is not None:
            self.live, self.timeline = kept
            self.history.go_on_from(self.live)
        step_ms = max(1, (self.lab.mark_ms - self.live.at_ms) // LANE_STEPS)
        while self.live.at_ms < self.lab.mark_ms:
            after_ms = max(
                self.live.at_ms + step_ms, self.live.next_ms() or 0
            )  # the lanes want to be looked at on the way
            await self._run(self.live, min(after_ms, self.lab.mark_ms))
        await self._run(self.live, self.lab.mark_ms)
        self.clock.stand_at(self.live.at_ms)
        self.clock.running = self.lab.running
        self._new_records.clear()
        self._new_marks.clear()
        self._new_points.clear()
        await self.publish(self._picture())

    async def _keep_snapshot(self) -> None:
        """Once replaying would take a while: the state as it is now."""
        if self._unsaved_s >= snapshots.WORTH_S and self.history.freezing_s * 20 <= self._unsaved_s:
            self._unsaved_s = 0.0
            self.live.finish_instant()
            self._take_in(self.live)
            packed = snapshots.pack(self.live, self.timeline)
            await in_database(snapshots.keep)(self.lab, self.live.at_ms, packed)

    async def _sleep(self) -> None:
        wait_s: float | None = None
        if self.clock.running:
            wait_s = TICK_S
            if not self.clock.skip_idle:
                next_ms = self.run_shown.next_ms()
                ahead_ms = (
                    LONGEST_SLEEP_S * 1000 if next_ms is None else (next_ms - self.clock.now_ms) / self.clock.speed
                )
                wait_s = min(max(TICK_S, ahead_ms / 1000), DRAWN_EVERY_S if self.shown.due else LONGEST_SLEEP_S)
        if self._inbox or self._stopping:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), wait_s)

    # --- running ---

    async def _run(self, run: Run, at_ms: int, budget_s: float | None = None) -> bool:
        """Run to that instant in slices.

        False if the time on the wall was up before. The live run's records are kept.
        """
        began_s = time.perf_counter()
        while True:
            slice_s, cost_s = time.perf_counter(), time.thread_time()
            there = False
            while not there and time.perf_counter() - slice_s < SLICE_S:
                there = run.run_to(at_ms, SOME)
            if not there:
                run.finish_instant()  # only between two instants can a state be frozen
            self._take_in(run, time.thread_time() - cost_s)
            if there or (budget_s is not None and time.perf_counter() - began_s >= budget_s):
                return there
            await asyncio.sleep(0)

    async def _run_hurried(self, run: Run, at_ms: int, budget_s: float) -> bool:
        """Run towards that instant, but stop at the first in which something really happens. False if time was up."""
        began_s = time.perf_counter()
        while True:
            slice_s, cost_s = time.perf_counter(), time.thread_time()
            there, first, records = False, run.sequence + 1, list[Record]()
            while not there and time.perf_counter() - slice_s < SLICE_S:
                next_ms = run.next_ms()
                idle = next_ms is None or next_ms > at_ms
                run.run_to(at_ms if next_ms is None or idle else next_ms)
                new = run.drain()
                records += new
                there = idle or any(map(timeline.is_event, new))
            self._take_in(run, time.thread_time() - cost_s, (first, records))
            if there or time.perf_counter() - began_s >= budget_s:
                return there
            await asyncio.sleep(0)

    def _take_in(self, run: Run, cost_s: float = 0.0, drained: Drained | None = None) -> list[Record]:
        """Drain the run; what the live one did goes into history and timeline, what is shown into the next batch."""
        first, records = drained or (run.sequence + 1, run.drain())
        if run is self.live:
            self.history.keep(records)
            self.history.ran(run, cost_s)
            self._unsaved_s += cost_s
            if records:
                self._new_marks += self.timeline.add(first, records, self.shown.titles)
                for place, points in self.timeline.sample(run.at_ms, run.simulation.metrics()).items():
                    self._new_points.setdefault(place, []).extend(points)
        if records and run is self.run_shown:
            self._new_records.append((first, records))
        return records

    def _somebody_is_asked(self) -> bool:
        """Whether a task waits for the answer of a person, who is then given the time: nothing is hurried over. Where
        the log has a later command, somebody has decided already."""
        run = self.run_shown
        asked = self.clock.skip_idle and run is self.live and run.applied == len(self.log.commands)
        return asked and workflow.awaits_an_answer(run.simulation)

    async def _advance(self) -> None:
        """Run what is shown to where the clock wants it by now."""
        began_s = time.monotonic()
        while self.clock.running:
            run = self.run_shown
            due = self.clock.due(time.monotonic(), None if self._somebody_is_asked() else run.next_ms())
            if due <= self.clock.now_ms:
                return
            seen = len(self._new_records)
            budget_s = max(0.0, TICK_RUNS_S - (time.monotonic() - began_s))
            advance = self._run_hurried if self.clock.hurries else self._run
            there = await advance(run, due, budget_s)
            happened = any(any(map(timeline.is_event, records)) for _, records in self._new_records[seen:])
            self.clock.reached(run.at_ms, time.monotonic(), happened)
            if self.past is not None and self.past.at_ms >= self.live.at_ms:
                self._end_look()
            if not there:
                self.clock.fell_short()
                return
            if not self.clock.hurries:
                return

    # --- what people ask for ---

    async def _answer_requests(self) -> None:
        self._wake.clear()
        while self._inbox and not self._stopping:
            request = self._inbox.pop(0)
            if _is_look(request) and any(_is_look(later) for later in self._inbox):
                request.answer.set_result({})  # somebody drags the clock: only the last place counts
                continue
            try:
                answer = await self._do(request)
            except Refused as refusal:
                if not request.answer.done():
                    request.answer.set_exception(refusal)
                continue
            except Exception:
                if not request.answer.done():
                    request.answer.set_exception(
                        Refused("failed", "The server could not do this. Nothing was changed.")
                    )
                raise
            if request.at_once is not None:
                request.at_once(answer)
            if not request.answer.done():
                request.answer.set_result(answer)

    async def _do(self, request: Request) -> Answer:
        fields, kind = request.frame.fields, request.frame.type
        if kind == "fresh":
            await self._send_batch()
            if fields.get("narrow"):
                self.narrow = True
                self.shown.also_narrow()
            return self._picture()
        if kind == "inspect":
            if "execution" in fields:
                return self._inspect_execution(fields)
            return {"html": await self._inspect(fields)}
        if not request.may_control:
            raise Refused("not_yours", "Only the one who started this lab can act in it and set its clock.")
        if kind == "clock":
            await self._set_clock(fields)
        elif kind == "command":
            self._must_be_live()
            command = read_command({"at_ms": 0, "parameters": {}, **fields})
            await self._command(Command(self._stamp(), command.action, command.target, command.parameters))
        elif kind == "press":
            self._must_be_live()
            await self._press(str(fields["key"]))
        return {}

    def _must_be_live(self) -> None:
        if self.past is not None:
            raise Refused(
                "looking_back", "You are looking at an earlier moment. Go to live to act: the past stays as it was."
            )

    def _stamp(self) -> int:
        """The millisecond after the present one, of which nothing is left to happen."""
        self.live.finish_instant()
        return self.live.at_ms + 1

    async def _press(self, key: str) -> None:
        """A button: what it does at once, and what it will do later.

        Raises Refused if the first is refused; then none is stored.
        """
        stamp = self._stamp()
        commands = content.pressed(self.lab.content, key, self.log, stamp)
        for command in commands:
            if command.at_ms == stamp:
                self.live.simulation.check(command)
        await self._store(commands)

    async def _command(self, command: Command) -> None:
        self.live.simulation.check(command)
        await self._store([command])

    async def _store(self, commands: list[Command]) -> None:
        """Into the log on disk first, then let the next millisecond happen."""
        if len(self.log.commands) + len(commands) > MOST_COMMANDS:
            raise Refused("too_many_commands", f"A run takes at most {MOST_COMMANDS:,} commands. Start the lab over.")
        stamp = self._stamp()
        numbered = list(enumerate(commands, self.log.last_sequence + 1))
        await in_database(stored.add_command)(self.lab.id, self.lab.epoch, stamp, numbered)
        for sequence, command in numbered:
            self.log.add(sequence, command)
        await self._run(self.live, stamp)
        self.clock.stand_at(stamp)
        self._changed = True

    async def _inspect(self, fields: Mapping[str, Any]) -> str:
        run = self.run_shown
        if "node" in fields:
            return inspector.node_html(self.lab.id, run.simulation, str(fields["node"]))
        uid = int(fields["message"])
        return inspector.message_html(
            self.lab.id, run.simulation, uid, await records_of(self.history, self.log, self.clock.now_ms, uid)
        )

    def _inspect_execution(self, fields: Mapping[str, Any]) -> Answer:
        simulation, now_ms = self.run_shown.simulation, self.clock.now_ms
        narrow = bool(fields.get("narrow"))
        return workflow.answer(self.lab.id, simulation, self.log.commands, now_ms, fields, narrow)

    # --- the clock ---

    async def _set_clock(self, fields: Mapping[str, Any]) -> None:
        do = fields["do"]
        if do == "play":
            self.clock.play()
        elif do == "pause":
            self.clock.pause()
        elif do == "speed":
            self.clock.set_speed(float(fields["speed"]))
        elif do == "skip_idle":
            self.clock.set_skip_idle(bool(fields["on"]))
        elif do == "live":
            await self._look(self.live.at_ms)
            self.clock.go_live()
        elif do == "look":
            await self._look(int(fields["at_ms"]))
        elif do == "step":
            await self._forward(timeline.is_event, NOTHING_COMES)
        elif do == "back":
            before = await event_before(self.history, self.log, self.clock.now_ms)
            await self._look(self.begin_ms if before is None else before)
        elif do == "previous_failure":
            found = self.timeline.failure_before(self.clock.now_ms)
            if found is None:
                raise Refused("no_failure", "Nothing has failed before this moment.")
            await self._look(found)
        elif do == "next_failure":
            await self._next_failure()
        elif do == "reset":
            await self._start_over()
        self._changed = True
        if do != "look":
            await self._write_clock()

    async def _write_clock(self) -> None:
        clock = self.clock
        await in_database(stored.write_clock)(
            self.lab.id, self.lab.epoch, self.mark_ms, clock.speed, clock.skip_idle, clock.running
        )

    async def _look(self, at_ms: int) -> None:
        """Show the exact state at the end of that millisecond."""
        if self.past is None:
            self.live.finish_instant()
            self._take_in(self.live)
            self.clock.stand_at(self.live.at_ms)
        was_running = self.clock.running
        self.clock.look(at_ms, self.begin_ms)
        if was_running:
            await self._write_clock()
        self._new_records.clear()  # what happened on the way is told by the jump
        self._end_look()
        if self.clock.looking:
            with no_collection():
                past = self.history.nearest(self.clock.now_ms, self.log)
                await self._run(past, self.clock.now_ms)
            self.past = past
        self._jumped = self._changed = True

    def _end_look(self) -> None:
        """What is shown is the present again."""
        if self.past is not None:
            self.past.let_go()
            self.past = None

    async def _next_failure(self) -> None:
        known = self.timeline.failure_after(self.clock.now_ms) if self.past is not None else None
        if known is not None:
            await self._look(known)
            return
        await self._look(self.live.at_ms)
        await self._forward(timeline.is_failure, NOTHING_FAILS)

    async def _forward(self, wanted: Callable[[Record], bool], nothing: str) -> None:
        """Go on to the next instant with such a record. Raises Refused, and nothing moves, if none comes."""
        self.clock.pause()
        until_ms = None if self.past is None else self.live.at_ms
        at_ms = await next_record(self.run_shown, self.log, until_ms, wanted)
        if self.past is not None and (at_ms is None or at_ms > self.live.at_ms):
            await self._look(self.live.at_ms)
            return
        if at_ms is None:
            raise Refused("nothing_planned", nothing)
        run = self.run_shown
        await self._run(run, at_ms)
        self.clock.stand_at(at_ms)
        if self.past is not None and at_ms >= self.live.at_ms:
            self._end_look()

    async def _start_over(self) -> None:
        """A new run from the opening on; the old one stays in the log."""
        lab = await in_database(stored.start_over)(self.lab.id, self.lab.epoch)
        self._end_look()
        self.live.let_go()
        self._set_up(lab)
        await self._catch_up()

    # --- what goes out ---

    def _picture(self) -> Answer:
        """Everything, as it is shown now. The next batch has the number after this one's."""
        run = self.run_shown
        view = run.simulation.view()
        return {
            "type": "picture",
            "batch": self.batch,
            "epoch": self.lab.epoch,
            "clock": self.clock.as_json(),
            **self.shown.whole(view, self.clock.now_ms),
            "marks": self.timeline.marks,
            "lanes": [lane.as_json() for lane in self.timeline.lanes],
            "begin_ms": self.begin_ms,
            "table": inspector.table_html(self.lab.id, run.simulation, self._newest_shown()),
        }

    def _newest_shown(self) -> list[Numbered]:
        return self.history.newest(self.clock.now_ms)[-inspector.NEWEST :]

    async def _send_batch(self) -> None:
        """Tell everyone what has changed, if anything has."""
        now_s = time.monotonic()
        due = self.clock.running and (self.clock.hurries or now_s - self._told_s >= LONGEST_SLEEP_S)
        due = due or (self.shown.due and now_s - self._drawn_s >= DRAWN_EVERY_S)
        if not (self._new_records or self._new_marks or self._new_points or self._changed or due):
            return
        self._told_s = now_s
        run = self.run_shown
        self.batch += 1
        if not self.shown.is_of(run.simulation.architecture):
            self.shown = Shown(run.simulation.architecture, self.narrow)
            frame = self._picture()
        else:
            few = sum(len(records) for _, records in self._new_records) <= DRAWN_AT_ONCE
            draw = few or self._jumped or not self.clock.running or now_s - self._drawn_s >= DRAWN_EVERY_S
            self._drawn_s = now_s if draw else self._drawn_s
            records, counts = records_and_counts(self._new_records, self.shown.titles, self.shown.routes)
            frame = {
                "type": "batch",
                "batch": self.batch,
                "epoch": self.lab.epoch,
                "clock": self.clock.as_json(),
                "jump": self._jumped,
                "records": records,
                "counts": counts,
                **self.shown.patched(self.shown.changes(run.simulation.view(), self.clock.now_ms, draw)),
                "marks": without_words(self._new_marks, records),
                "lanes": self._new_points,
            }
        self._new_records, self._new_marks, self._new_points = [], [], {}
        self._changed = self._jumped = False
        await self.publish(frame)


def _is_look(request: Request) -> bool:
    return request.frame.type == "clock" and request.frame.fields["do"] == "look" and request.may_control


__all__ = ["Fenced", "Host"]
