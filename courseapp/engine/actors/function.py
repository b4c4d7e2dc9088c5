"""A function: invoked for each event, or handed batches of a queue by an event source mapping.

Asynchronous invocations (by a topic) are Lambda's own affair once they are handed over: one that raises is run again
after ``async_retry_seconds``, then it is gone (facts: sns 6). Synchronous ones answer their caller. An event source
mapping polls for the function: an error returns the whole batch, unless the function reports which messages failed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from courseapp.engine import limits
from courseapp.engine.actors.actor import latency_ms
from courseapp.engine.actors.work import Error, Work, WorkingActor
from courseapp.engine.architecture.document import Link, Node
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import TIMERS, Kernel
from courseapp.engine.messages import Call, compact
from courseapp.engine.sqs.copies import Copy
from courseapp.engine.sqs.look import token
from courseapp.engine.sqs.queue import Queue

POLLERS = 5  # invocations that an event source mapping has going at once, unless concurrency is reserved


class Event:
    """What a function is invoked with when there is no message: a JSON value, named after whoever calls."""

    __slots__ = ("body", "n", "name", "type", "uid")

    def __init__(self, source: Any, payload: Any) -> None:
        self.name = getattr(source, "name", "event")
        self.type = getattr(source, "type", "order")
        self.uid = getattr(source, "uid", 0)
        self.n = getattr(source, "n", 0)
        self.body = compact(payload)


class Function(WorkingActor):
    kind = "function"

    def __init__(self, kernel: Kernel, node: Node, links: list[Link], rank: int) -> None:
        self.rank = rank
        self.running: list[Invocation] = []
        self.pending: deque[tuple[Any, int]] = deque()
        self.mappings: list[EventSource] = []
        self.invocations = self.throttled = self.gone = 0
        super().__init__(kernel, node, links)

    def read(self) -> None:
        super().read()
        reserved = self.parameters.get("reserved_concurrency")
        self.reserved: int | None = None if reserved is None else int(reserved)
        retries = self.parameters.get("async_retry_seconds", list(limits.LAMBDA_ASYNC_RETRY_S))
        self.async_retry_ms = [round(float(seconds) * 1000) for seconds in retries]

    def has_room(self) -> bool:
        return self.reserved is None or len(self.running) < self.reserved

    def invoke(self, call: Call) -> None:
        """A synchronous invocation."""
        message = (
            call.message
            if call.payload is None and hasattr(call.message, "body")
            else Event(call.message, call.payload)
        )
        if not self.has_room():
            self.throttled += 1
            call.caller.answered(
                call.token, ("Lambda.TooManyRequestsException", f"{self.id} has no concurrency left."), None
            )
            return
        self._run(message, call, 0)

    def invoke_async(self, message: Any, attempt: Any, event: Any) -> None:
        """An event that Lambda has taken: it is run now, or when there is room."""
        self.run_async((attempt, 0))

    def run_async(self, what: tuple[Any, int]) -> None:
        message, tries = what
        if self.has_room():
            self._run(message, None, tries)
        else:
            self.pending.append((message, tries))

    def _run(self, message: Any, call: Call | None, tries: int) -> None:
        invocation = Invocation(self, call, tries)
        self.running.append(invocation)
        self.invocations += 1
        if self.up:
            invocation.begin(message)
        else:
            invocation.message = message
            invocation.started_ms = self.kernel.now_ms
            invocation.cut_off()

    def finished(self, invocation: Invocation) -> None:
        self.running.remove(invocation)
        if self.pending and self.has_room():
            self.run_async(self.pending.popleft())
        for mapping in self.mappings:
            mapping.ready()

    def attach(self, queue: Queue, parameters: Mapping[str, Any]) -> None:
        mapping = EventSource(self, queue, parameters)
        self.mappings.append(mapping)
        mapping.ready()

    def link_changed(self, queue: Queue, parameters: Mapping[str, Any]) -> None:
        """A parameter of the link from that queue was set."""
        for mapping in self.mappings:
            if mapping.queue is queue:
                mapping.read(parameters)

    def detach(self, queue: Queue) -> None:
        for mapping in [mapping for mapping in self.mappings if mapping.queue is queue]:
            mapping.stop()
            self.mappings.remove(mapping)

    def go_down(self, _: Any = None) -> None:
        was_up = self.up
        super().go_down()
        if was_up:
            for mapping in self.mappings:
                mapping.stop()
            for invocation in list(self.running):
                invocation.cut_off()

    def come_back(self, _: Any = None) -> None:
        super().come_back()
        for mapping in self.mappings:
            mapping.ready()

    def metrics(self) -> dict[str, float]:
        now = self.kernel.now_ms
        busy = self.busy_ms + sum(now - one.started_ms for one in self.running)
        return {
            "worked": self.worked,
            "failed": self.failed,
            "holding": len(self.running) + len(self.pending),
            "busy_seconds": busy / 1000,
            "gone": self.gone,
        }

    def view(self) -> dict[str, Any]:
        workers: list[dict[str, Any]] = [
            {
                "worker": place + 1,
                "state": one.stage,
                "message": None,
                "from_ms": one.started_ms,
                "until_ms": one.until_ms,
                "says": f"Runs for {one.message.name}" if one.message is not None else "",
            }
            for place, one in enumerate(self.running[:8])
        ]
        for place, one in enumerate(self.running[:8]):
            if isinstance(one.message, Copy):
                workers[place]["message"] = token(one.message)
        says = "Down" if not self.up else f"{len(self.running)} running" if self.running else ""
        status = "fail" if not self.up else "run" if self.running else "ok" if self.worked else "idle"
        gauges = {"worked": self.worked, "failed": self.failed}
        return {"status": status, "says": says, "gauges": gauges, "workers": workers, "running": len(self.running)}


class Invocation(Work):
    """One run of a function: for a caller that waits, for Lambda's asynchronous queue, or for one batch."""

    actor: Function

    def __init__(self, function: Function, call: Call | None, tries: int) -> None:
        super().__init__(function)
        self.call = call
        self.tries = tries

    def done(self) -> None:
        self.actor.finished(self)
        if self.call is not None:
            self.call.caller.answered(self.call.token, None, self.actor.parameters.get("result", {}))

    def failed(self, error: Error, database: Any) -> None:
        function = self.actor
        function.finished(self)
        if self.call is not None:
            self.call.caller.answered(self.call.token, error, None)
        elif self.tries < len(function.async_retry_ms):
            at = self.kernel.now_ms + function.async_retry_ms[self.tries]
            self.kernel.plan(at, TIMERS, function, "run_async", (self.message, self.tries + 1))
        else:
            function.gone += 1
            self.kernel.record(
                "dropped",
                function.id,
                None,
                self.message,
                ("async_retries_used_up", self.tries + 1),
                {"error": error[0]},
            )

    def cut_off(self) -> None:
        """The function's service is away."""
        self.turn += 1
        self._fail(("Lambda.Unknown", f"{self.actor.id} is down."), None)


class EventSource:
    """An event source mapping: polls a queue and invokes the function with a batch (facts of Lambda in the lab's
    text)."""

    rank = 0
    simple = False

    def __init__(self, function: Function, queue: Queue, parameters: Mapping[str, Any]) -> None:
        self.function = function
        self.queue = queue
        self.kernel = function.kernel
        self.name = function.id
        self.label = f"{function.id}#mapping"
        self.rank = function.rank * 1000
        self.visibility_ms: int | None = None
        self.is_polling = False
        self.batches = 0
        self.gathered: list[Copy] = []
        self.windows = 0  # so many windows were opened
        self.read(parameters)

    def read(self, parameters: Mapping[str, Any]) -> None:
        """Take the link's parameters over; they hold from the next receive on."""
        self.size = int(parameters.get("BatchSize", limits.LAMBDA_SQS_BATCH_DEFAULT))
        self.window_ms = round(float(parameters.get("MaximumBatchingWindowInSeconds", 0)) * 1000)
        self.reports = "ReportBatchItemFailures" in (parameters.get("FunctionResponseTypes") or [])
        self.way_ms = latency_ms(parameters)

    def ready(self) -> None:
        """Poll, if the function is up and may run once more."""
        allowed = POLLERS if self.function.reserved is None else self.function.reserved
        if not self.is_polling and self.function.up and self.batches < allowed and self.function.has_room():
            self.is_polling = True
            self.queue.wait(self, self.kernel.now_ms)

    @property
    def most(self) -> int:
        return min(limits.SQS_RECEIVE_MAX, self.size - len(self.gathered))

    def stop(self) -> None:
        """Poll no more; what was gathered comes back when its visibility timeout ends."""
        self.is_polling = False
        self.gathered = []
        self.queue.leave(self)

    def received(self, queue: Queue, copies: list[Copy]) -> None:
        self.is_polling = False
        if self.window_ms and len(copies) + len(self.gathered) < self.size:
            if not self.gathered:
                self.windows += 1
                self.kernel.plan(self.kernel.now_ms + self.window_ms, TIMERS, self, "window_over", self.windows)
            self.gathered = self.gathered + copies
            self.ready()
            return
        gathered, self.gathered = self.gathered, []
        self._invoke(gathered + copies)

    def window_over(self, window: int) -> None:
        if window == self.windows and self.gathered:
            gathered, self.gathered = self.gathered, []
            self._invoke(gathered)

    def _invoke(self, copies: list[Copy]) -> None:
        self.batches += 1
        batch = Batch(self, copies)
        self.function.running.append(batch)
        self.function.invocations += 1
        batch.set_out(copies[0], self.way_ms)
        self.ready()


class Batch(Invocation):
    """One invocation with a batch: message after message; what failed comes back when its visibility timeout ends."""

    def __init__(self, mapping: EventSource, copies: list[Copy]) -> None:
        super().__init__(mapping.function, None, 0)
        self.mapping = mapping
        self.copies = copies
        self.receipts = [copy.flight.count for copy in copies if copy.flight is not None]
        self.place = 0
        self.good: list[int] = []

    def done(self) -> None:
        self.good.append(self.place)
        self._go_on()

    def failed(self, error: Error, database: Any) -> None:
        if not self.mapping.reports:
            self._end(())
        elif self.mapping.queue.fifo:
            self._end(self.good)
        else:
            self._go_on()

    def _go_on(self) -> None:
        self.place += 1
        if self.place < len(self.copies):
            self.begin(self.copies[self.place])
        else:
            self._end(self.good)

    def _end(self, deleted: Any) -> None:
        queue = self.mapping.queue
        for place in tuple(deleted):
            try:
                queue.delete(self.copies[place], self.receipts[place], self.actor.id)
            except Refused as refusal:
                detail = {"action": "DeleteMessage", "error": refusal.code, "says": refusal.says, "by": self.actor.id}
                self.kernel.record(
                    "refused", queue.id, None, self.copies[place], ("refused", "DeleteMessage", refusal.code), detail
                )
        self.mapping.batches -= 1
        self.actor.finished(self)

    def cut_off(self) -> None:
        self.turn += 1
        self.actor.failed += 1
        error = "Lambda.Unknown"
        detail = {"error": error, "says": f"{self.actor.id} is down.", "worker": self.worker}
        self.kernel.record("work_failed", self.actor.id, None, self.message, ("error", error), detail)
        self._end(())
