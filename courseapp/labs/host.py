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
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from django.db import DatabaseError

from courseapp.engine.commands import Refused
from courseapp.labs import asking, snapshots, stored
from courseapp.labs.frames import Frame
from courseapp.labs.lease import Mark
from courseapp.labs.play import Play
from courseapp.labs.run import Log
from courseapp.labs.stored import Fenced, Stored, in_database
from courseapp.labs.telling import COUNTED_EVERY_S, DRAWN_EVERY_S, TOLD_EVERY_S, Answer, Telling

TICK_S = 0.1

Publish = Callable[[Answer], Awaitable[None]]

log = logging.getLogger(__name__)


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
        self._caught_up = False
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
    def last_mark_ms(self) -> int:
        """Where the clock stands for whoever comes next: a host that could not catch up has not moved it."""
        return self.mark_ms if self._caught_up else self.lab.mark_ms

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
                await self.send_news()
                await self._tell_a_stop()
                await self._keep_snapshot()
                await self._sleep()
        finally:
            for request in self._inbox:
                if not request.answer.done():
                    request.answer.set_exception(Refused("moved", "The lab has moved to another process. Try again."))
            self._inbox.clear()
            self.play.let_go()

    async def _advance(self) -> None:
        ran = self.play.clock.running
        await self.play.advance()
        if ran and not self.play.clock.running:
            self.telling.changed = True
            await self.write_clock()

    async def _catch_up(self) -> None:
        packed = await in_database(snapshots.newest)(self.lab)
        kept = None if packed is None else snapshots.unpack(packed, self.log)
        await self.play.catch_up(self.lab.mark_ms, kept)
        self._caught_up = True
        self.play.clock.running = self.lab.running and self.play.stopped is None
        if self.telling.viewers():  # whoever comes later asks for a picture
            await self.publish(self.telling.picture(self.play))

    async def _tell_a_stop(self) -> None:
        """Once, to everyone: an expression did not come to an end."""
        if self.play.stopped is not None and not self._stop_told:
            self._stop_told = True
            refused = {"type": "refused", "ref": None, "code": "stopped", "says": self.play.stopped}
            await self.publish({**refused, "batch": self.telling.batch, "epoch": self.lab.epoch})

    async def send_news(self) -> None:
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
            try:
                await in_database(snapshots.keep)(self.lab, play.live.at_ms, packed)
            except DatabaseError:  # a cache: the lab goes on without
                log.exception("No snapshot of lab %s could be kept", self.lab.id)

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

    async def write_clock(self) -> None:
        clock = self.play.clock
        await in_database(stored.write_clock)(
            self.lab.id, self.lab.epoch, self.mark_ms, clock.speed, clock.skip_idle, clock.running
        )

    async def start_over(self) -> None:
        """A new run from the opening on; the old one stays in the log."""
        self.lab = await in_database(stored.start_over)(self.lab.id, self.lab.epoch)
        self._caught_up = False
        self.play.let_go()
        self.telling.begin(self.lab.architecture)
        self.play = Play(self.lab, self.telling)
        self._stop_told = False
        await self._catch_up()

    # --- what people ask for ---

    async def _answer_requests(self) -> None:
        while self._inbox and not self._stopping:
            request = self._inbox.pop(0)
            if request.answer.done():
                continue  # whoever asked was told that nobody answers, and is not waiting any more
            if _is_look(request) and any(_is_look(later) for later in self._inbox):
                request.answer.set_result({})  # somebody drags the clock: only the last place counts
                continue
            try:
                answer = await asking.answer(self, request.frame, request.may_control)
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
            if not request.answer.done():
                if request.at_once is not None:
                    request.at_once(answer)
                request.answer.set_result(answer)


def _is_look(request: Request) -> bool:
    return request.frame.type == "clock" and request.frame.fields["do"] == "look" and request.may_control


__all__ = ["Answer", "Fenced", "Host"]
