"""The host: the one task that owns a running lab.

How to think about it. Everything that happens to a lab happens in one loop, one thing after the other: what people
asked for is done, then the simulation is run to where the clock wants it, then one batch goes out with all that has
changed. Nothing here needs a lock, since nothing else touches the run (``play``) or what is told of it (``telling``).
The loop gives way after every slice of a few milliseconds, and sleeps until the next thing is due.

A command goes: into the log on disk, then into the simulation, then out to everyone. Whoever is killed in between
has either not stored it and told nobody, or has stored it and will find it when the log is read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from courseapp.engine.commands import Command, Refused, read_command
from courseapp.labs import content, inspector, snapshots, stored, timeline, workflow
from courseapp.labs.frames import Frame
from courseapp.labs.lease import Mark
from courseapp.labs.play import Play
from courseapp.labs.run import Log
from courseapp.labs.searching import event_before, records_of
from courseapp.labs.stored import Fenced, Stored, in_database
from courseapp.labs.telling import COUNTED_EVERY_S, DRAWN_EVERY_S, TOLD_EVERY_S, Answer, Telling

TICK_S = 0.1
MOST_COMMANDS = 20_000
NOTHING_COMES = "Nothing will happen here by itself. Do something first."
NOTHING_LIKE_IT = "Nothing of that kind will happen here by itself. Do something first."
NOTHING_FAILS = "Nothing will fail here by itself, as far as can be seen. Do something first."

Publish = Callable[[Answer], Awaitable[None]]


@dataclass(slots=True)
class Request:
    frame: Frame
    may_control: bool
    answer: asyncio.Future[Answer]
    at_once: Callable[[Answer], None] | None = None


class Host:
    """Runs one lab. ``publish`` is awaited with every batch, and with a picture where everyone needs a new one."""

    def __init__(self, lab: Stored, publish: Publish, viewers: Callable[[], int] = lambda: 1) -> None:
        self.lab = lab
        self.publish = publish
        self.lost = False  # another process owns the lab: write nothing more
        self.telling = Telling(lab.architecture, viewers)
        self.play = Play(lab, self.telling)
        self._inbox: list[Request] = []
        self._wake = asyncio.Event()
        self._stopping = False
        self._stop_told = False

    @property
    def log(self) -> Log:
        return self.play.log

    @property
    def mark_ms(self) -> int:
        return self.play.live.at_ms

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

    def wake(self) -> None:
        """Something is to be told: somebody has come or gone."""
        self._wake.set()

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
                await self._advance()
                if self._inbox:  # what is asked for is meant for now, not for when the host fell asleep
                    await self._answer_requests()
                    await self._advance()
                await self._send_news()
                await self._tell_a_stop()
                await self._keep_snapshot()
                await self._sleep()
        finally:
            for request in self._inbox:
                if not request.answer.done():
                    request.answer.set_exception(Refused("moved", "The lab has moved to another process. Ask again."))
            self._inbox.clear()
            self.play.let_go()

    async def _advance(self) -> None:
        ran = self.play.clock.running
        await self.play.advance()
        if ran and not self.play.clock.running:
            self.telling.changed = True
            await self._write_clock()

    async def _catch_up(self) -> None:
        packed = await in_database(snapshots.newest)(self.lab)
        kept = None if packed is None else snapshots.unpack(packed, self.log)
        await self.play.catch_up(self.lab.mark_ms, kept)
        self.play.clock.running = self.lab.running and self.play.stopped is None
        if self.telling.viewers():  # whoever comes later asks for a picture
            await self.publish(self.telling.picture(self.play))

    async def _tell_a_stop(self) -> None:
        """Once, to everyone: an expression did not come to an end."""
        if self.play.stopped is not None and not self._stop_told:
            self._stop_told = True
            refused = {"type": "refused", "ref": None, "code": "stopped", "says": self.play.stopped}
            await self.publish({**refused, "batch": self.telling.batch, "epoch": self.lab.epoch})

    async def _send_news(self) -> None:
        frame = self.telling.news(self.play)
        if frame is not None:
            await self.publish(frame)

    async def _keep_snapshot(self) -> None:
        """Once replaying would take a while: the state as it is now."""
        play = self.play
        if play.unsaved_s >= snapshots.WORTH_S and play.history.freezing_s * 20 <= play.unsaved_s:
            play.unsaved_s = 0.0
            play.live.finish_instant()
            play.take_in(play.live)
            packed = snapshots.pack(play.live, play.timeline)
            await in_database(snapshots.keep)(self.lab, play.live.at_ms, packed)

    async def _sleep(self) -> None:
        if self._inbox or self._stopping:
            return
        clock = self.play.clock
        wait_s = COUNTED_EVERY_S if self.telling.viewers_changed else None
        if clock.running:
            next_ms = self.play.run_shown.next_ms()
            due_ms = min((each for each in (next_ms, clock.until_ms) if each is not None), default=None)
            ahead_s = TOLD_EVERY_S if due_ms is None else (due_ms - clock.now_ms) / 1000 / clock.speed
            most_s = TICK_S if clock.skip_idle else DRAWN_EVERY_S if self.telling.shown.due else TOLD_EVERY_S
            wait_s = min(max(TICK_S, ahead_s), most_s, wait_s or most_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        self._wake.clear()

    # --- what people ask for ---

    async def _answer_requests(self) -> None:
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
            await self._send_news()
            if fields.get("narrow"):
                self.telling.also_narrow()
            return self.telling.picture(self.play)
        if kind == "inspect":
            return await self._inspect(fields)
        if not request.may_control:
            raise Refused("not_yours", "Only the one who started this lab can act in it and set its clock.")
        if kind == "clock":
            await self._set_clock(fields)
        elif kind == "command":
            self._must_be_live()
            command = read_command({"at_ms": 0, "parameters": {}, **fields})
            await self._command(Command(self.play.stamp(), command.action, command.target, command.parameters))
        elif kind == "press":
            await self._press(str(fields["key"]))
        return {}

    async def _inspect(self, fields: Mapping[str, Any]) -> Answer:
        play, lab_id = self.play, self.lab.id
        simulation, now_ms = play.run_shown.simulation, play.clock.now_ms
        if "execution" in fields:
            narrow = bool(fields.get("narrow"))
            return workflow.answer(lab_id, simulation, self.log.commands, now_ms, fields, narrow)
        if fields.get("figures"):
            return {"figures": inspector.figures(simulation, str(fields["node"])), "now_ms": now_ms}
        if "node" in fields:
            return {"html": inspector.node_html(lab_id, simulation, str(fields["node"])), "now_ms": now_ms}
        uid = int(fields["message"])
        records = await records_of(play.history, self.log, now_ms, uid)
        return {"html": inspector.message_html(lab_id, simulation, uid, records)}

    def _must_be_live(self) -> None:
        if self.play.past is not None:
            raise Refused(
                "looking_back", "You are looking at an earlier moment. Go to live to act: the past stays as it was."
            )
        self.play.must_go_on()

    async def _press(self, key: str) -> None:
        """A button: what it does at once, and what it will do later; or the moment that it goes to.

        Raises Refused if the first is refused; then none is stored.
        """
        wanted = content.goes_to(self.lab.content, key)
        if wanted is not None:
            await self._go_to(wanted)
            return
        self._must_be_live()
        stamp = self.play.stamp()
        refused = self.play.live.simulation.refused
        commands = content.pressed(self.lab.content, key, self.log, stamp, self.lab.architecture, refused)
        for command in commands:
            if command.at_ms == stamp:
                self.play.live.simulation.check(command)
        await self._store(commands)

    async def _go_to(self, wanted: tuple[str, str]) -> None:
        if self.play.past is None:
            self.play.must_go_on()
        await self.play.forward(lambda record: (record[1], record[2]) == wanted, NOTHING_LIKE_IT)
        self.telling.changed = True
        await self._write_clock()

    async def _command(self, command: Command) -> None:
        self.play.live.simulation.check(command)
        await self._store([command])

    async def _store(self, commands: list[Command]) -> None:
        """Into the log on disk first, then let the next millisecond happen."""
        if len(self.log.commands) + len(commands) > MOST_COMMANDS:
            raise Refused("too_many_commands", f"A run takes at most {MOST_COMMANDS:,} commands. Start the lab over.")
        stamp = self.play.stamp()
        numbered = list(enumerate(commands, self.log.last_sequence + 1))
        await in_database(stored.add_command)(self.lab.id, self.lab.epoch, stamp, numbered)
        for sequence, command in numbered:
            self.log.add(sequence, command)
        await self.play.carry_out(stamp)

    # --- the clock ---

    async def _set_clock(self, fields: Mapping[str, Any]) -> None:
        do, play, clock = fields["do"], self.play, self.play.clock
        ran = clock.running
        if do in ("play", "step", "next_failure") and play.past is None:
            play.must_go_on()
        if do == "play":
            clock.play(fields.get("until_ms"))
        elif do == "pause":
            clock.pause()
        elif do == "speed":
            clock.set_speed(float(fields["speed"]))
        elif do == "skip_idle":
            clock.set_skip_idle(bool(fields["on"]))
        elif do == "live":
            await play.look(play.live.at_ms)
            clock.go_live()
        elif do == "look":
            await play.look(int(fields["at_ms"]))
        elif do == "step":
            await play.forward(timeline.is_event, NOTHING_COMES)
        elif do == "back":
            before = await event_before(play.history, self.log, clock.now_ms)
            await play.look(play.begin_ms if before is None else before)
        elif do == "previous_failure":
            await self._previous_failure()
        elif do == "next_failure":
            await self._next_failure()
        elif do == "reset":
            await self._start_over()
        self.telling.changed = True
        if do != "look" or ran:  # a clock that somebody drags is written once
            await self._write_clock()

    async def _write_clock(self) -> None:
        clock = self.play.clock
        await in_database(stored.write_clock)(
            self.lab.id, self.lab.epoch, self.mark_ms, clock.speed, clock.skip_idle, clock.running
        )

    async def _previous_failure(self) -> None:
        found = self.play.timeline.failure_before(self.play.clock.now_ms)
        if found is None:
            raise Refused("no_failure", "Nothing has failed before this moment.")
        await self.play.look(found)

    async def _next_failure(self) -> None:
        play = self.play
        known = play.timeline.failure_after(play.clock.now_ms) if play.past is not None else None
        if known is not None:
            await play.look(known)
            return
        await play.look(play.live.at_ms)
        await play.forward(timeline.is_failure, NOTHING_FAILS)

    async def _start_over(self) -> None:
        """A new run from the opening on; the old one stays in the log."""
        self.lab = await in_database(stored.start_over)(self.lab.id, self.lab.epoch)
        self.play.let_go()
        self.telling.begin(self.lab.architecture)
        self.play = Play(self.lab, self.telling)
        self._stop_told = False
        await self._catch_up()


def _is_look(request: Request) -> bool:
    return request.frame.type == "clock" and request.frame.fields["do"] == "look" and request.may_control


__all__ = ["Answer", "Fenced", "Host"]
