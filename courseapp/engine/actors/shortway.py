"""The short way: what nearly every message of a long run goes through, without the questions of the other ways.

Most messages are received alone and for the first time, from a standard queue with one server, by a worker that calls
nobody, and are deleted when the work is done. ``processed`` and ``start`` do for these in two steps what receiving,
beginning, succeeding, deleting and polling again do in ten, with the same records in the same order. Whether a message
may go this way is known beforehand: ``simple`` says so of a worker's consumer, ``is_simple`` of a queue, and both are
worked out anew when something is set. Whatever is not so, or no longer so, takes the long way (``Work``, ``Worker``).
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any

from courseapp.engine.actors.work import Work
from courseapp.engine.kernel import TIMERS, WORK
from courseapp.engine.kernel.randomness import Dice
from courseapp.engine.sqs.copies import GONE, IN_FLIGHT, Copy, Flight
from courseapp.engine.sqs.queue import MOST_IN_FLIGHT, Queue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from courseapp.engine.actors.consumer import Consumer

FIRST = (1,)  # the receipt of a message that is received for the first time
OVER = Flight(GONE)  # what is left of the receives of a message that was deleted


class ShortWay(Work):
    """The part of a worker that knows the short way."""

    __slots__ = (
        "batch", "by", "dice", "failure_probability", "idle_since_ms", "is_polling", "is_short", "itself", "label",
        "mean_ms", "name", "place", "poll_until_ms", "queue", "rank", "receipts", "removed_one", "simple",
        "timer_planned", "trouble", "visibility_ms",
    )  # fmt: skip
    actor: Consumer
    queue: Queue | None
    batch: list[Copy]
    receipts: Sequence[int]
    label: str
    name: str
    by: tuple[str]  # details of its commonest records
    itself: tuple[int]
    visibility_ms: int | None
    place: int
    trouble: str
    removed_one: bool
    is_polling: bool
    idle_since_ms: int
    is_short: bool  # the message in hand was taken the short way, and nothing has come between

    simple: bool  # as its consumer's, but for a worker that is to crash at its next write
    dice: Dice  # this and the next two as its consumer's
    mean_ms: float
    failure_probability: float
    rank: int
    poll_until_ms: int
    timer_planned: bool

    def take_new(self, queue: Queue, copy: Copy) -> None:
        """Receive ``copy``, which the queue has just taken out of its line, and begin to work on it."""
        self.is_polling = False
        self.stage = "working"
        if not self.is_short or self.queue is not queue or self.receipts is not FIRST or self.trouble:
            self.is_short = True
            self.queue = queue
            self.receipts = FIRST
            self.place = 0
            self.trouble = ""
            self.removed_one = False
            self.planned_error = None
        self.start(queue, copy, None)

    def start(self, queue: Queue, copy: Copy, flight: Flight | None) -> None:
        """The same for a worker that has just done this; ``flight`` is that of its last message, to be used again."""
        kernel = self.kernel
        now = kernel.now_ms
        back_ms = now + (queue.hidden_ms if self.visibility_ms is None else self.visibility_ms)
        queue.store.in_flight[copy.order] = copy
        if flight is None:
            copy.flight = Flight(IN_FLIGHT, 1, now, back_ms, self.label)
        else:
            copy.flight = flight
            flight.first_ms = flight.received_ms = flight.since_ms = now
            flight.deadline_ms = back_ms
        waited_ms = now - copy.sent_ms
        if waited_ms > queue.longest_wait_ms:
            queue.longest_wait_ms = waited_ms
        queue.received += 1
        line = queue.deadlines.line
        if queue.deadline_timer > back_ms or (line and line[-1][0] > back_ms):
            queue.set_deadline(copy, back_ms)
        else:
            line.append((back_ms, 1, copy))
        self.batch = [copy]
        self.message = copy
        self.turn = turn = self.turn + 1
        self.started_ms = now
        if self.mean_ms:
            until = now + int(-log(1.0 - self.dice.random()) * self.mean_ms + 0.5)
        else:
            until = now + self.actor.duration.draw_ms(self.dice)
        self.until_ms = until
        journal = kernel.journal
        if journal.on:
            write = journal.records.append
            write((now, "received", queue.id, None, copy, None, (self.name, 1, back_ms)))
            write((now, "work_started", self.name, None, copy, None, (self.worker, until)))
        kernel.plan(until, WORK, self, "processed", turn)

    def processed(self, turn: int) -> None:
        """The time of work is over: fail, or delete the message and take the next one or wait for it."""
        if turn != self.turn or not self.is_short:
            super().processed(turn)
            return
        kernel, copy = self.kernel, self.message
        now, flight = kernel.now_ms, copy.flight
        if flight.state != IN_FLIGHT or flight.count != self.receipts[0] or now == self.started_ms:
            super().processed(turn)
            return
        if self.failure_probability and self.dice.random() < self.failure_probability:
            self._fail(("Error", "The work failed."), None)
            return
        queue: Any = self.queue
        consumer = self.actor
        consumer.worked += 1
        consumer.busy_ms += now - self.started_ms
        store: Any = queue.store
        del store.in_flight[copy.order]
        queue.removed += 1
        if flight.count == 1:
            copy.flight = OVER  # nobody else has ever held it, so that its own can be used again
        else:
            flight.state = GONE
        journal = kernel.journal
        if journal.on:
            write = journal.records.append
            write((now, "worked", self.name, None, copy, None, self.itself))
            write((now, "deleted", queue.id, None, copy, None, self.by))
        if (
            store.fresh
            and not store.again
            and not queue.waiting
            and flight.count == 1
            and kernel.is_last_of_instant()
            and len(store.in_flight) < MOST_IN_FLIGHT
        ):
            self.start(queue, store.fresh.popleft(), flight)
            return
        self.turn = turn + 1
        self.batch = []
        self.stage = "idle"
        self.is_polling = True
        self.idle_since_ms = now
        self.poll_until_ms = now + (queue.settings.wait_ms if consumer.wait_ms is None else consumer.wait_ms)
        queue.wait(self, now)
        if not self.timer_planned:
            self.timer_planned = True
            kernel.plan(self.poll_until_ms, TIMERS, self, "poll_ends")
