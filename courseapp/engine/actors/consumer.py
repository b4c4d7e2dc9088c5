"""A consumer: workers that poll a queue, work on what they get, and delete it when the work is done.

A worker is always in one state: polling, working, calling, waiting (for its database), paused or crashed. What it
fails on it leaves alone: the visibility timeout brings it back. A crash loses the worker and what it knows, nothing
else; the queue is not told. Of several that wait, the one that has waited longest is served; a worker's waiting
counts from the end of its last message, its start or its restart, across empty polls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from courseapp.engine.actors.work import Error, Work, WorkingActor
from courseapp.engine.architecture.document import Link, Node
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import COMMANDS, RECEIVES, TIMERS, WORK, Kernel
from courseapp.engine.sqs.copies import IN_FLIGHT, Copy
from courseapp.engine.sqs.look import token
from courseapp.engine.sqs.queue import Queue

FIRST = (1,)  # the receipts of one message that was received for the first time
AGAIN_MS = 1_000  # a worker that gives a message back waits so long before it polls again, unless it asks its database


class Consumer(WorkingActor):
    kind = "consumer"

    def __init__(self, kernel: Kernel, node: Node, links: list[Link], rank: int) -> None:
        self.rank = rank
        self.workers: list[Worker] = []
        self.queues: list[Queue] = []
        self.paused = False
        self.started = False
        super().__init__(kernel, node, links)

    def read(self) -> None:
        super().read()
        values = self.parameters
        self.most = int(values.get("MaxNumberOfMessages", 1))
        wait_s = values.get("WaitTimeSeconds")
        self.wait_ms = None if wait_s is None else round(float(wait_s) * 1000)
        timeout_s = values.get("VisibilityTimeout")
        self.visibility_ms = None if timeout_s is None else round(float(timeout_s) * 1000)
        self.poll_interval_ms = max(1, round(float(values.get("poll_interval_seconds", 1)) * 1000))
        restart_s = values.get("restart_seconds")
        self.restart_ms = None if restart_s is None else round(float(restart_s) * 1000)
        heartbeat_s = values.get("heartbeat_seconds")
        self.heartbeat_ms = None if heartbeat_s is None else round(float(heartbeat_s) * 1000)
        self.extends_ms = round(float(values.get("heartbeat_extends_seconds", 30)) * 1000)
        self.deletes = str(values.get("deletes", "each"))
        self.when_down = str(values.get("when_database_is_down", "keep_polling"))
        self.check_ms = round(float(values.get("database_check_seconds", 0)) * 1000)
        self._hire(int(values.get("workers", 1)))
        self._watch()
        self._see_whether_simple()

    def _see_whether_simple(self) -> None:
        """Whether its workers may take the short way: one message at a time of one queue, worked on, and deleted."""
        self.simple = (
            self.plain
            and self.most == 1
            and len(self.queues) == 1
            and self.queues[0].is_plain
            and self.deletes == "each"
            and self.heartbeat_ms is None
            and not self.paused
        )

    def _hire(self, count: int) -> None:
        """As many workers as the document says; one that is let go finishes what it holds."""
        while len(self.workers) < count:
            worker = Worker(self, len(self.workers) + 1)
            self.workers.append(worker)
            if self.started:
                worker.idle_since_ms = self.kernel.now_ms
                worker.ready()
        for worker in self.workers[count:]:
            worker.let_go()
        del self.workers[count:]
        for worker in self.workers:
            worker.most, worker.visibility_ms = self.most, self.visibility_ms

    def _watch(self) -> None:
        """A worker that pauses and need not ask knows its database's state at every instant."""
        for link in self.calls:
            database = self.kernel.nodes[link.target]
            if database.kind == "database":
                if self.when_down == "pause" and self.check_ms == 0:
                    if self not in database.watchers:
                        database.watchers.append(self)
                elif self in database.watchers:
                    database.watchers.remove(self)

    def attach(self, queue: Queue) -> None:
        """A link from that queue: poll it."""
        self.queues.append(queue)
        self._see_whether_simple()
        for worker in self.workers if self.started else ():
            worker.repoll()

    def detach(self, queue: Queue) -> None:
        for worker in self.workers:
            worker.stop_polling()
        self.queues.remove(queue)
        self._see_whether_simple()
        for worker in self.workers:
            worker.repoll()

    def start(self) -> None:
        super().start()
        self.started = True
        self._watch()
        for worker in self.workers:
            worker.idle_since_ms = self.kernel.now_ms
            worker.ready()

    def database_is_known_down(self) -> bool:
        """Whether a pausing worker that knows its database must not receive now."""
        if self.when_down != "pause" or self.check_ms:
            return False
        nodes = self.kernel.nodes
        return any(nodes[link.target].kind == "database" and not nodes[link.target].up for link in self.calls)

    def database_changed(self, database: Any) -> None:
        for worker in self.workers:
            worker.database_changed()

    # -- what people do ---------------------------------------------------------------------------------------------

    def set_parameter(self, name: str, value: Any) -> None:
        super().set_parameter(name, value)
        if self.started and name in (
            "WaitTimeSeconds",
            "poll_interval_seconds",
            "when_database_is_down",
            "database_check_seconds",
        ):
            for worker in self.workers:
                worker.repoll()

    def crash(self, parameters: Mapping[str, Any]) -> None:
        """All workers, or the one of ``worker``; ``crash_point`` ``after_write``: at its next instant between write
        and delete."""
        workers = self._meant(parameters)
        point = parameters.get("crash_point", "now")
        if all(worker.crashed for worker in workers):
            raise Refused("AlreadyDown", f"{self.id} is down already.")
        for worker in workers:
            if worker.crashed:
                continue
            if point == "after_write":
                worker.crashes_after_write = True
                worker.is_short = False
            else:
                worker.crash()

    def restore(self, parameters: Mapping[str, Any]) -> None:
        workers = [worker for worker in self._meant(parameters) if worker.crashed]
        if not workers:
            raise Refused("AlreadyUp", f"{self.id} is up already.")
        for worker in workers:
            worker.restart(worker.turn)

    def _meant(self, parameters: Mapping[str, Any]) -> list[Worker]:
        number = parameters.get("worker")
        if number is None:
            return self.workers
        if not isinstance(number, int) or not 1 <= number <= len(self.workers):
            raise Refused("NoSuchWorker", f"{self.id} has workers 1 to {len(self.workers)}, not {number!r}.")
        return [self.workers[number - 1]]

    def pause(self) -> None:
        if self.paused:
            raise Refused("AlreadyPaused", f"{self.id} is paused already.")
        self.paused = True
        self._see_whether_simple()
        self.kernel.record("paused", self.id)
        for worker in self.workers:
            worker.stop_polling()

    def resume(self) -> None:
        if not self.paused:
            raise Refused("NotPaused", f"{self.id} is not paused.")
        self.paused = False
        self._see_whether_simple()
        self.kernel.record("resumed", self.id)
        for worker in self.workers:
            worker.repoll()

    # -- looking ----------------------------------------------------------------------------------------------------

    def metrics(self) -> dict[str, float]:
        now = self.kernel.now_ms
        busy = self.busy_ms + sum(now - w.started_ms for w in self.workers if w.stage in ("working", "calling"))
        return {
            "worked": self.worked,
            "failed": self.failed,
            "holding": sum(len(w.batch) - w.place for w in self.workers if w.batch),
            "busy_seconds": busy / 1000,
        }

    def view(self) -> dict[str, Any]:
        workers = [worker.view() for worker in self.workers]
        states = {worker["state"] for worker in workers}
        if states == {"crashed"} or (states and states <= {"crashed"}) or "crashed" in states:
            status = "fail"
        elif self.paused or states & {"waiting", "paused"}:
            status = "wait"
        elif states & {"working", "calling"}:
            status = "run"
        else:
            status = "idle"
        return {
            "status": status,
            "says": next((w["says"] for w in workers if w["state"] == "crashed"), "")
            or next((w["says"] for w in workers), ""),
            "gauges": {"worked": self.worked, "failed": self.failed},
            "workers": workers,
        }


class Worker(Work):
    """One worker: a poller of the consumer's queues, and the work on one batch at a time."""

    __slots__ = (
        "awaits_database", "back_ms", "batch", "by", "crashed", "crashes_after_write", "idle_since_ms", "is_polling",
        "is_short", "itself", "label", "last_poll_ms", "leaves", "most", "name", "place", "poll_until_ms", "polls",
        "queue", "rank", "receipts", "removed_one", "timer_planned", "trouble", "visibility_ms",
    )  # fmt: skip
    actor: Consumer

    def __init__(self, consumer: Consumer, number: int) -> None:
        super().__init__(consumer)
        self.worker = number
        self.name = consumer.id
        self.label = f"{consumer.id}#{number}"
        self.rank = consumer.rank * 1000 + number
        self.most = 1
        self.visibility_ms: int | None = None
        self.queue: Queue | None = None
        self.batch: list[Copy] = []
        self.receipts: Sequence[int] = ()
        self.place = 0
        self.idle_since_ms = 0
        self.poll_until_ms = -1
        self.last_poll_ms: int | None = None
        self.is_polling = False
        self.timer_planned = False
        self.polls = 0
        self.crashed = False
        self.crashes_after_write = False
        self.awaits_database: Any = None
        self.leaves = False
        self.back_ms: int | None = None
        self.trouble = ""
        self.removed_one = False
        self.is_short = False  # the message in hand was taken the short way, and nothing has come between
        self.by = (consumer.id,)  # details of its commonest records
        self.itself = (number,)

    # -- polling ----------------------------------------------------------------------------------------------------

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
                self.kernel.record(
                    "refused",
                    queue.id,
                    None,
                    None,
                    ("refused", "ReceiveMessage", refusal.code),
                    {"error": refusal.code},
                )
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

    # -- a batch ----------------------------------------------------------------------------------------------------

    def received(self, queue: Queue, copies: list[Copy]) -> None:
        self.is_polling = False
        if self.actor.simple:
            self._take(queue, copies[0])
            return
        queues = self.actor.queues
        if len(queues) > 1:
            for other in queues:
                if other is not queue:
                    other.leave(self)
        self.is_short = False
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
        self.begin(copies[0])

    # -- the short way ------------------------------------------------------------------------------------------------
    # Nearly all messages of a long run are received alone, worked on without calls, and deleted. ``_take`` and
    # ``processed`` do for these in one step each what ``received``, ``begin``, ``done`` and ``ready`` do in general,
    # with the same records in the same order.

    def _take(self, queue: Queue, copy: Copy) -> None:
        self.is_short = True
        self.queue = queue
        self.place = 0
        self.trouble = ""
        self.removed_one = False
        self.planned_error = None
        self.stage = "working"
        flight = copy.flight
        assert flight is not None
        self._work_on(copy, flight.count, self.turn + 1)

    def _work_on(self, copy: Copy, receipt: int, turn: int) -> None:
        consumer, kernel = self.actor, self.kernel
        self.batch = [copy]
        self.receipts = FIRST if receipt == 1 else (receipt,)
        self.message = copy
        self.turn = turn
        self.started_ms = now = kernel.now_ms
        self.until_ms = until = now + consumer.duration.draw_ms(consumer.dice)
        if kernel.journal.on:
            kernel.journal.records.append((now, "work_started", consumer.id, None, copy, None, (self.worker, until)))
        kernel.plan(until, WORK, self, "processed", turn)

    def processed(self, turn: int) -> None:
        consumer, kernel = self.actor, self.kernel
        if turn != self.turn or not self.is_short or not consumer.simple:
            super().processed(turn)
            return
        if consumer.failure_probability and consumer.dice.random() < consumer.failure_probability:
            self._fail(("Error", "The work failed."), None)
            return
        queue, copy, now = self.queue, self.message, kernel.now_ms
        assert queue is not None
        if kernel.journal.on:
            kernel.journal.records.append((now, "worked", consumer.id, None, copy, None, self.itself))
        consumer.worked += 1
        consumer.busy_ms += now - self.started_ms
        self.turn = turn = turn + 1
        if now == self.started_ms:
            self._delete(0)
            self._let_batch_go()
            return
        new = queue.exchange(self, copy, self.receipts[0])
        if new is not None:
            self._work_on(new, 1, turn)
            return
        self.batch = []
        self.idle_since_ms = now
        self.ready()

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
        detail = {"action": action, "error": refusal.code, "says": refusal.says, "by": self.name}
        self.kernel.record("refused", self.queue.id, None, copy, ("refused", action, refusal.code), detail)

    def drop_work(self) -> None:
        """Somebody gave its message back: the worker lets go of it and goes on."""
        self.turn += 1
        self.stage = "idle"
        self.trouble = ""
        self.started_ms = -1
        self._next()

    # -- crash and restart ------------------------------------------------------------------------------------------

    def crash(self) -> None:
        """The worker and what it knows are lost; its messages stay in flight until their deadlines."""
        self.stop_polling()
        held = self.batch[self.place] if self.batch else None
        self.turn += 1
        self.crashed = True
        self.awaits_database = None
        self.batch, self.receipts, self.place, self.queue = [], (), 0, None
        self.stage = "idle"
        self.trouble = held.name if held is not None else ""
        self.kernel.record("crashed", self.name, None, held, None, {"worker": self.worker})
        if self.actor.restart_ms is not None:
            self.back_ms = self.kernel.now_ms + self.actor.restart_ms
            self.kernel.plan(self.back_ms, COMMANDS, self, "restart", self.turn)

    def restart(self, turn: int) -> None:
        if not self.crashed or turn != self.turn:
            return
        self.crashed = False
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
            state, says = "waiting", "Waits for the database"
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


def holder_of(nodes: Mapping[str, Any], queue: Queue, message: str | None) -> Worker | None:
    """The worker that holds a message of that queue: the one of that name, else the one received first."""
    for copy in queue.store.in_flight.values():
        if copy.flight is None or copy.flight.state != IN_FLIGHT or (message is not None and copy.name != message):
            continue
        for node in nodes.values():
            for worker in getattr(node, "workers", ()):
                if worker.label == copy.flight.holder and not worker.crashed and copy in worker.batch:
                    return worker  # type: ignore[no-any-return]
    return None
