"""A worker of a consumer: what becomes of the batch that it has received.

It is always in one state: polling, working, calling, waiting (for its database), paused or crashed. What it fails on
it leaves alone: the visibility timeout brings it back. A crash loses the worker and what it knows, nothing else; the
queue is not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from courseapp.engine.actors.handing import refused
from courseapp.engine.actors.poller import Poller
from courseapp.engine.actors.work import FAILED, Error
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import COMMANDS, RECEIVES, TIMERS
from courseapp.engine.sqs.copies import Copy
from courseapp.engine.sqs.look import token
from courseapp.engine.sqs.queue import Queue

if TYPE_CHECKING:
    from courseapp.engine.actors.consumer import Consumer

AGAIN_MS = 1_000  # a worker that gives a message back waits so long before it polls again, unless it asks its database


class Worker(Poller):
    """One worker, which works on one batch at a time."""

    __slots__ = ("back_ms", "crashes_after_write")

    def __init__(self, consumer: Consumer, number: int) -> None:
        super().__init__(consumer)
        self.worker = number
        self.name = consumer.id
        self.label = f"{consumer.id}#{number}"
        self.rank = consumer.rank * 1000 + number
        self.most = 1
        self.visibility_ms = None
        self.queue = None
        self.batch = []
        self.receipts = ()
        self.place = 0
        self.idle_since_ms = 0
        self.poll_until_ms = -1
        self.last_poll_ms = None
        self.is_polling = False
        self.timer_planned = False
        self.polls = 0
        self.crashed = False
        self.crashes_after_write = False
        self.awaits_database = None
        self.leaves = False
        self.back_ms: int | None = None
        self.trouble = ""
        self.removed_one = False
        self.is_short = self.simple = False
        self.spare = None
        self.over = self.processed
        self.by = (consumer.id,)
        self.itself = (number,)
        self.failure = ("error", FAILED[0]), {"error": FAILED[0], "says": FAILED[1], "worker": number}

    # -- a batch ----------------------------------------------------------------------------------------------------

    def received(self, queue: Queue, copies: list[Copy]) -> None:
        self.is_polling = False
        queues = self.actor.queues
        if len(queues) > 1:
            for other in queues:
                if other is not queue:
                    other.leave(self)
        self.is_short = self.simple and len(copies) == 1
        self.queue = queue
        self.batch = copies
        self.receipts = [copy.flight.count for copy in copies if copy.flight is not None]
        self.place = 0
        self.trouble = ""
        self.removed_one = False
        if self.actor.heartbeat_ms is not None:
            self.kernel.plan(
                self.kernel.now_ms + self.actor.heartbeat_ms, TIMERS, self, "heartbeat", (copies, self.receipts)
            )
        if self.actor.deletes == "before_work":
            for place in range(len(copies)):
                self._delete(place)
        self.set_out(copies[0], self.actor.ways_ms[queue.id])

    def heartbeat(self, what: tuple[list[Copy], Sequence[int]]) -> None:
        """Hide what is still held for ``heartbeat_extends_seconds`` more, counted from now."""
        copies, receipts = what
        if self.crashed or self.batch is not copies or self.queue is None:
            return
        for copy, receipt in list(zip(copies, receipts, strict=True))[self.place :]:
            try:
                self.queue.change_visibility(copy, receipt, self.actor.extends_ms, self.name)
            except Refused as refusal:
                self._told_no("ChangeMessageVisibility", refusal, copy)
        if self.actor.heartbeat_ms is not None:
            self.kernel.plan(self.kernel.now_ms + self.actor.heartbeat_ms, TIMERS, self, "heartbeat", what)

    def done(self) -> None:
        if self.crashes_after_write:
            self.crashes_after_write = False
            self.crash()
            return
        if self.actor.deletes == "each":
            self._delete(self.place)
        self._next()

    def failed(self, error: Error, database: Any) -> None:
        consumer = self.actor
        self.trouble = error[0]
        if database is not None:
            if consumer.when_down == "give_back":
                self._give_back()
            if consumer.when_down != "keep_polling" and (consumer.check_ms or consumer.when_down == "give_back"):
                self._wait_for(database)
        if consumer.deletes == "whole_batch":
            self._let_batch_go()
            return
        self._next()

    def _give_back(self) -> None:
        assert self.queue is not None
        for place in range(self.place, len(self.batch)):
            try:
                self.queue.change_visibility(self.batch[place], self.receipts[place], 0, self.name)
            except Refused as refusal:
                self._told_no("ChangeMessageVisibility", refusal, self.batch[place])
        del self.batch[self.place + 1 :]

    def _wait_for(self, database: Any) -> None:
        """Receive nothing until the database answers again; ask every ``database_check_seconds``."""
        self.awaits_database = database
        every_ms = self.actor.check_ms or AGAIN_MS
        self.kernel.plan(self.kernel.now_ms + every_ms, TIMERS, self, "ask_database", database)

    def ask_database(self, database: Any) -> None:
        if self.awaits_database is not database:
            return
        if database.up or self.actor.when_down == "give_back":
            self.awaits_database = None
            if not self.batch:
                self.ready()
            return
        self.kernel.plan(self.kernel.now_ms + (self.actor.check_ms or AGAIN_MS), TIMERS, self, "ask_database", database)

    def database_changed(self) -> None:
        if self.batch or self.crashed:
            return
        if self.actor.database_is_known_down():
            self.stop_polling()
        elif not self.is_polling:
            self.ready()

    def _next(self) -> None:
        self.place += 1
        if self.place < len(self.batch):
            self.begin(self.batch[self.place])
            return
        if self.actor.deletes == "whole_batch":
            for place in range(len(self.batch)):
                self._delete(place)
        self._let_batch_go()

    def _let_batch_go(self) -> None:
        started = self.started_ms
        self.batch, self.receipts, self.place, self.queue = [], (), 0, None
        now = self.kernel.now_ms
        self.idle_since_ms = now
        if started == now and not self.removed_one:
            # No time went by and nothing left the queue: poll again a millisecond later, so that virtual time passes.
            self.kernel.plan(now + 1, RECEIVES, self, "ready_again", self.turn)
            return
        self.ready()

    def ready_again(self, turn: int) -> None:
        if turn == self.turn and not self.batch and not self.is_polling:
            self.ready()

    def _delete(self, place: int) -> None:
        assert self.queue is not None
        try:
            self.removed_one |= self.queue.delete(self.batch[place], self.receipts[place], self.name)
        except Refused as refusal:
            self._told_no("DeleteMessage", refusal, self.batch[place])

    def _told_no(self, action: str, refusal: Refused, copy: Copy) -> None:
        assert self.queue is not None
        refused(self.kernel, self.queue.id, action, refusal, copy, self.name)

    def drop_work(self) -> None:
        """Somebody gave its message back: the worker lets go of it and goes on."""
        self.turn += 1
        self.stage = "idle"
        self.trouble = ""
        self.started_ms = -1
        self._next()

    # -- crash and restart ------------------------------------------------------------------------------------------

    def crash(self, told: bool = True) -> None:
        """The worker and what it knows are lost; its messages stay in flight until their deadlines."""
        self.stop_polling()
        held = self.batch[self.place] if self.batch else None
        self.turn += 1
        self.crashed = True
        self.awaits_database = None
        self.batch, self.receipts, self.place, self.queue = [], (), 0, None
        self.stage = "idle"
        self.trouble = held.name if held is not None else ""
        if told:
            self.kernel.record("crashed", self.name, None, held, None, {"worker": self.worker})
        if self.actor.restart_ms is not None:
            self.back_ms = self.kernel.now_ms + self.actor.restart_ms
            self.kernel.plan(self.back_ms, COMMANDS, self, "restart", self.turn)

    def restart(self, turn: int) -> None:
        if not self.crashed or turn != self.turn or self.actor.is_gone:
            return
        self.crashed = False
        self.simple = self.actor.simple
        self.back_ms = None
        self.trouble = ""
        self.idle_since_ms = self.kernel.now_ms
        self.kernel.record("restored", self.name, None, None, None, {"worker": self.worker})
        self.ready()

    def let_go(self) -> None:
        self.leaves = True
        self.is_short = False
        self.stop_polling()

    # -- looking ----------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, Any]:
        held = self.batch[self.place] if self.batch else None
        state, says = "idle", ""
        if self.crashed:
            state, says = "crashed", f"Crashed on {self.trouble}" if self.trouble else "Crashed"
        elif held is not None:
            state, says = self.stage, f"{'Saving' if self.actor.calls else 'Working on'} {held.name}"
        elif self.actor.paused:
            state, says = "paused", "Paused"
        elif self.awaits_database is not None or self.actor.database_is_known_down():
            state, says = "waiting", "Waits: the database is down"
        elif self.trouble:
            state, says = "polling", f"Failed: {self.trouble}"
        elif self.is_polling:
            state, says = "polling", "Polling"
        return {
            "worker": self.worker,
            "state": state,
            "message": None if held is None else token(held),
            "held": len(self.batch) - self.place,
            "from_ms": self.started_ms if held is not None else None,
            "until_ms": self.until_ms if held is not None else self.back_ms,
            "says": says,
        }
