"""A consumer: so many workers that poll its queues, and what people do to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.engine.actors.worker import Worker
from courseapp.engine.actors.workingactor import WorkingActor
from courseapp.engine.architecture.document import Link, Node
from courseapp.engine.architecture.durations import latency_ms
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import Kernel
from courseapp.engine.sqs.copies import IN_FLIGHT
from courseapp.engine.sqs.queue import Queue

# Of several workers the one speaks whose state the consumer's status comes from.
SPEAKS = {"crashed": 0, "waiting": 1, "paused": 1, "working": 2, "calling": 2, "polling": 3, "idle": 4}


class Consumer(WorkingActor):
    kind = "consumer"

    def __init__(self, kernel: Kernel, node: Node, links: list[Link], rank: int) -> None:
        self.rank = rank
        self.workers: list[Worker] = []
        self.queues: list[Queue] = []
        self.ways_ms: dict[str, int] = {}  # how long a message of a queue is on its way to a worker
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
        self.see_whether_simple()

    def see_whether_simple(self) -> None:
        """Whether its workers may take the short way: one message at a time of one queue, worked on, and deleted."""
        queue = self.queues[0] if len(self.queues) == 1 else None
        self.simple = (
            queue is not None
            and queue.is_simple
            and not self.ways_ms[queue.id]
            and bool(queue.settings.wait_ms if self.wait_ms is None else self.wait_ms)
            and self.visibility_ms != 0
            and self.plain
            and self.most == 1
            and self.deletes == "each"
            and self.heartbeat_ms is None
            and not self.paused
        )
        for worker in self.workers:
            worker.simple = self.simple and not worker.crashes_after_write
            worker.is_short = worker.is_short and worker.simple
            worker.dice, worker.mean_ms = self.dice, self.duration.mean_ms
            worker.failure_probability = self.failure_probability
            if queue is not None:
                worker.hidden_ms = queue.hidden_ms if self.visibility_ms is None else self.visibility_ms
                worker.poll_ms = queue.settings.wait_ms if self.wait_ms is None else self.wait_ms

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

    def attach(self, queue: Queue, parameters: Mapping[str, Any]) -> None:
        """A link from that queue: poll it."""
        self.queues.append(queue)
        queue.readers.append(self)
        self.ways_ms[queue.id] = latency_ms(parameters)
        self.see_whether_simple()
        for worker in self.workers if self.started else ():
            worker.repoll()

    def detach(self, queue: Queue) -> None:
        for worker in self.workers:
            worker.stop_polling()
        self.queues.remove(queue)
        queue.readers.remove(self)
        del self.ways_ms[queue.id]
        self.see_whether_simple()
        for worker in self.workers:
            worker.repoll()

    def link_changed(self, queue: Queue, parameters: Mapping[str, Any]) -> None:
        """A parameter of the link from that queue was set."""
        self.ways_ms[queue.id] = latency_ms(parameters)
        self.see_whether_simple()

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
        if point not in ("now", "after_write"):
            raise Refused("InvalidParameter", f"crash_point must be now or after_write, not {point!r}.")
        if all(worker.crashed for worker in workers):
            raise Refused("AlreadyDown", f"{self.id} is down already.")
        for worker in workers:
            if worker.crashed:
                continue
            if point == "after_write":
                worker.crashes_after_write = True
                worker.simple = worker.is_short = False
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
        self.see_whether_simple()
        self.kernel.record("paused", self.id)
        for worker in self.workers:
            worker.stop_polling()

    def resume(self) -> None:
        if not self.paused:
            raise Refused("NotPaused", f"{self.id} is not paused.")
        self.paused = False
        self.see_whether_simple()
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
        if "crashed" in states:
            status = "fail"
        elif self.paused or states & {"waiting", "paused"}:
            status = "wait"
        elif states & {"working", "calling"}:
            status = "run"
        else:
            status = "idle"
        return {
            "status": status,
            "says": min(workers, key=lambda worker: SPEAKS[worker["state"]])["says"] if workers else "",
            "gauges": {"worked": self.worked, "failed": self.failed},
            "workers": workers,
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
