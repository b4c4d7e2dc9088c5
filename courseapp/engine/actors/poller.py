"""How a worker asks its queues for messages.

A long poll stands open at all of the consumer's queues at once, until one answers or its time is up; short polls ask
one queue after the other, every ``poll_interval_seconds``. Of several workers that wait at a queue, the one that has
waited longest is served; its waiting counts from the end of its last message, its start or its restart, across empty
polls.
"""

from __future__ import annotations

from typing import Any

from courseapp.engine.actors.handing import refused
from courseapp.engine.actors.shortway import ShortWay
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import RECEIVES, TIMERS
from courseapp.engine.sqs.copies import Copy
from courseapp.engine.sqs.queue import Queue


class Poller(ShortWay):
    """The part of a worker that polls. What follows a receive is the worker's."""

    __slots__ = ("awaits_database", "crashed", "last_poll_ms", "leaves", "most", "polls")
    awaits_database: Any  # a database that is down and without which it takes no message; None if there is none
    crashed: bool
    last_poll_ms: int | None  # of the last short poll
    leaves: bool  # it finishes what it has and is gone
    most: int  # messages at a time
    polls: int  # short polls that were planned: an earlier one than the last is not meant any more

    def received(self, queue: Queue, copies: list[Copy]) -> None:
        raise NotImplementedError

    def ready(self) -> None:
        """Nothing in hand: poll, unless something forbids it."""
        consumer = self.actor
        self.stage = "idle"
        if self.crashed or self.leaves or consumer.paused or not consumer.queues or self.awaits_database is not None:
            return
        if consumer.database_is_known_down():
            return
        self.is_polling = True
        now = self.kernel.now_ms
        wait_ms = self._wait_ms(consumer.queues[0])
        if wait_ms == 0:
            self._plan_short_poll()
            return
        self.poll_until_ms = now + wait_ms
        for queue in consumer.queues:
            queue.wait(self, self.idle_since_ms)
        if not self.timer_planned:
            self.timer_planned = True
            self.kernel.plan(self.poll_until_ms, TIMERS, self, "poll_ends")

    def _wait_ms(self, queue: Queue) -> int:
        wait_ms = self.actor.wait_ms
        return queue.settings.wait_ms if wait_ms is None else wait_ms

    def poll_ends(self, _: Any) -> None:
        """A long poll's time is up, unless it was answered: then the timer moves on to the one that is open now."""
        self.timer_planned = False
        if not self.is_polling or self.poll_until_ms < 0:
            return
        now = self.kernel.now_ms
        if self.poll_until_ms <= now:
            for queue in self.actor.queues:
                queue.came_back_empty(self.name)
            self.poll_until_ms = now + max(1, self._wait_ms(self.actor.queues[0]))
        self.timer_planned = True
        self.kernel.plan(self.poll_until_ms, TIMERS, self, "poll_ends")

    def _plan_short_poll(self) -> None:
        self.poll_until_ms = -1
        now = self.kernel.now_ms
        at = now if self.last_poll_ms is None else max(now, self.last_poll_ms + self.actor.poll_interval_ms)
        self.polls += 1
        self.kernel.plan(at, RECEIVES, self, "short_poll", self.polls)

    def short_poll(self, number: int) -> None:
        if number != self.polls or not self.is_polling:
            return
        self.last_poll_ms = self.kernel.now_ms
        for queue in tuple(self.actor.queues):
            try:
                copies = queue.poll_once(self)
            except Refused as refusal:
                refused(self.kernel, queue.id, "ReceiveMessage", refusal, None, self.name)
                continue
            if copies:
                self.received(queue, copies)
                return
        self._plan_short_poll()

    def stop_polling(self) -> None:
        if self.is_polling:
            self.is_polling = False
            self.polls += 1
            for queue in self.actor.queues:
                queue.leave(self)

    def repoll(self) -> None:
        """Something about polling has changed; whoever holds a message goes on with it first."""
        if self.crashed or self.batch:
            return
        self.stop_polling()
        self.ready()
