"""The short way: what nearly every message of a long run goes through, without the questions of the other ways.

Most messages are received alone, from a standard queue with one server, by a worker that calls nobody; when the work
is done they are deleted, or it fails and they come back. ``processed`` does for these in one step what succeeding or
failing, deleting, polling again, receiving and beginning do in ten, with the same records in the same order. Whether a
message may go this way is known beforehand: ``simple`` says so of a worker's consumer, ``is_simple`` of a queue, and
both are worked out anew when something is set. Whatever is not so, or no longer so, takes the long way (``Work``,
``Worker``).
"""

from __future__ import annotations

from heapq import heappush
from math import log
from typing import TYPE_CHECKING, Any

from courseapp.engine.actors.work import FAILED, Work
from courseapp.engine.kernel import TIMERS, WORK
from courseapp.engine.kernel.randomness import Dice
from courseapp.engine.sqs.copies import GONE, IN_FLIGHT, Copy, Flight
from courseapp.engine.sqs.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from courseapp.engine.actors.consumer import Consumer

FIRST = (1,)  # the receipt of a message that is received for the first time
OVER = Flight(GONE)  # what is left of the receives of a message that was deleted


class ShortWay(Work):
    """The part of a worker that knows the short way."""

    __slots__ = (
        "batch", "by", "dice", "failure", "failure_probability", "hidden_ms", "idle_since_ms", "is_polling", "is_short",
        "itself", "label", "mean_ms", "name", "over", "place", "poll_ms", "poll_until_ms", "queue", "rank",
        "receipts", "removed_one", "simple", "spare", "timer_planned", "trouble", "visibility_ms",
    )  # fmt: skip
    actor: Consumer
    queue: Any  # the one that the messages in hand came from
    batch: list[Copy]
    receipts: Sequence[int]
    label: str
    name: str
    by: tuple[str]  # details of its commonest records
    itself: tuple[int]
    failure: tuple[tuple[str, str], dict[str, Any]]
    visibility_ms: int | None
    over: Callable[[int], None]  # ``processed``, for the agenda
    place: int
    trouble: str
    removed_one: bool
    is_polling: bool
    idle_since_ms: int
    is_short: bool  # the message in hand was taken the short way, and nothing has come between

    simple: bool  # as its consumer's, but for a worker that is to crash at its next write
    hidden_ms: int  # how long a receive hides a message
    poll_ms: int  # how long it waits for one
    spare: Flight | None  # of a message that is gone and that nobody else has ever held, to be used again
    dice: Dice  # this and the next two as its consumer's
    mean_ms: float
    failure_probability: float
    rank: int
    poll_until_ms: int
    timer_planned: bool

    def take(self, queue: Queue, copy: Copy) -> None:
        """Receive ``copy``, which the queue has just taken out of its line, and begin to work on it."""
        self.is_polling = False
        self.stage = "working"
        if not self.is_short or self.queue is not queue or self.trouble:
            self.is_short = True
            self.queue = queue
            self.place = 0
            self.trouble = ""
            self.removed_one = False
            self.planned_error = None
        self.batch = [copy]
        self.processed(self.turn, copy)

    def processed(self, turn: int, new: Copy | None = None) -> None:
        """The time of work is over: fail, or delete the message and take the next one or wait for it.

        With a ``new`` message nothing is over: the worker had waited for it.
        """
        kernel, queue = self.kernel, self.queue
        now, records = kernel.now_ms, kernel.records
        if new is None:
            copy = self.message
            if turn != self.turn or not self.is_short or copy.flight.holder != self.label:
                super().processed(turn)
                return
            consumer, flight, store = self.actor, copy.flight, queue.store
            if self.failure_probability and self.dice.random() < self.failure_probability:
                if now == self.started_ms:
                    self._fail(FAILED, None)
                    return
                consumer.failed += 1
                self.trouble = FAILED[0]
                if records is not None:
                    records.append((now, "work_failed", self.name, None, copy, *self.failure))
            else:
                consumer.worked += 1
                queue.removed += 1
                del store.in_flight[copy.order]
                if records is not None:
                    records += (
                        (now, "worked", self.name, None, copy, None, self.itself),
                        (now, "deleted", queue.id, None, copy, None, self.by),
                    )
                if flight.count == 1:
                    copy.flight = OVER
                    self.spare = flight
                else:
                    flight.state = GONE
            consumer.busy_ms += now - self.started_ms
            if not (store.fresh or store.came_back) or queue.waiting or kernel.at_once or kernel.agenda[0][0] == now:
                self._wait(now)
                return
            new = queue.take_one() if store.again else store.fresh.popleft()
            if new is None:
                self._wait(now)
                return
            self.trouble = ""
            self.batch[0] = new
        else:
            store = queue.store
        flight = new.flight
        if flight is None:
            count = 1
            self.receipts = FIRST
            flight = self.spare
            if flight is None:
                flight = Flight(IN_FLIGHT, 1, now, now, self.label)
            else:
                self.spare = None
            new.flight = flight
            flight.first_ms = now
            if now - new.sent_ms > queue.longest_wait_ms:
                queue.longest_wait_ms = now - new.sent_ms
        else:
            flight.count = count = flight.count + 1
            self.receipts = (count,)
            flight.state = IN_FLIGHT
            flight.holder = self.label
        flight.received_ms = flight.since_ms = self.started_ms = now
        flight.deadline_ms = back_ms = now + self.hidden_ms
        store.in_flight[new.order] = self.message = new
        queue.received += 1
        if back_ms < queue.latest_ms:
            queue.set_deadline(new, back_ms)
        else:
            queue.latest_ms = back_ms
        mean_ms = self.mean_ms
        if mean_ms:
            until = now + int(0.5 - log(1.0 - self.dice.random()) * mean_ms)
        else:
            until = now + self.actor.duration.draw_ms(self.dice)
        self.until_ms = until
        if records is not None:
            name = self.name
            records += (
                (now, "received", queue.id, None, new, None, (name, count, back_ms)),
                (now, "work_started", name, None, new, None, (self.worker, until)),
            )
        self.turn = turn = turn + 1
        kernel.order = order = kernel.order + 1
        heappush(kernel.agenda, (until, WORK, order, self.over, turn))

    def _wait(self, now: int) -> None:
        """Nothing in hand and nothing to be had at once: poll."""
        self.turn += 1
        self.batch = []
        self.stage = "idle"
        self.is_polling = True
        self.idle_since_ms = now
        self.poll_until_ms = now + self.poll_ms
        self.queue.wait(self, now)
        if not self.timer_planned:
            self.timer_planned = True
            self.kernel.plan(self.poll_until_ms, TIMERS, self, "poll_ends")
