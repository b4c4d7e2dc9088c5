"""A function: invoked for each event, or handed batches of a queue by an event source mapping.

Asynchronous invocations (by a topic) are Lambda's own affair once they are handed over: one that raises is run again
after ``async_retry_seconds``, then it is gone (facts: sns 6). Synchronous ones answer their caller. Batches of a queue
come from an event source mapping.

Every run has a number, from 0; where the document sets a response to that number, neither chance nor ``fails_on`` has
a say in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from courseapp.engine import limits
from courseapp.engine.actors.eventsource import EventSource
from courseapp.engine.actors.invocation import Asynchronous, Invocation
from courseapp.engine.actors.responses import Responses
from courseapp.engine.actors.workingactor import WorkingActor
from courseapp.engine.architecture.document import Link, Node
from courseapp.engine.kernel import TIMERS, Kernel
from courseapp.engine.messages import Call, compact
from courseapp.engine.sqs.copies import Copy
from courseapp.engine.sqs.look import token
from courseapp.engine.sqs.queue import Queue

EVENT_AGE_MS = limits.LAMBDA_ASYNC_EVENT_AGE_MAX_S * 1000
SHOWN = 8  # runs that are drawn one by one


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
        self.pending: deque[Asynchronous] = deque()
        self.mappings: list[EventSource] = []
        self.invocations = self.throttled = self.gone = 0
        super().__init__(kernel, node, links)

    def read(self) -> None:
        super().read()
        reserved = self.parameters.get("reserved_concurrency")
        self.reserved: int | None = None if reserved is None else int(reserved)
        retries = self.parameters.get("async_retry_seconds", list(limits.LAMBDA_ASYNC_RETRY_S))
        self.async_retry_ms = [round(float(seconds) * 1000) for seconds in retries]
        self.responses = Responses(self.parameters.get("responses", {}))
        self.plain = self.plain and not self.responses.entries

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
        self._run(message, call, None)

    def invoke_async(self, message: Any) -> None:
        """An event that Lambda has taken: it is run now, or when there is room."""
        self.run_async((message, 0, self.kernel.now_ms))

    def run_async(self, event: Asynchronous) -> None:
        """Run an event, or let it wait for room."""
        if self.is_gone:
            return
        if self.has_room():
            self._run(event[0], None, event)
            return
        self.pending.append(event)
        if len(self.pending) == 1:
            self._watch_their_age()

    def _watch_their_age(self) -> None:
        oldest_ms = min(since_ms for _, _, since_ms in self.pending)
        self.kernel.plan(max(self.kernel.now_ms, oldest_ms + EVENT_AGE_MS), TIMERS, self, "age_is_over")

    def age_is_over(self, _: Any = None) -> None:
        """What has waited for six hours is given up."""
        born_ms = self.kernel.now_ms - EVENT_AGE_MS
        waiting, self.pending = self.pending, deque()
        for event in waiting:
            if event[2] > born_ms:
                self.pending.append(event)
            else:
                self.give_up(event[0], ("event_too_old", EVENT_AGE_MS // 1000), "EventAgeExceeded")
        if self.pending:
            self._watch_their_age()

    def give_up(self, message: Any, reason: tuple[Any, ...], error: str) -> None:
        self.gone += 1
        self.kernel.record("dropped", self.id, None, message, reason, {"error": error})

    def set_parameter(self, name: str, value: Any) -> None:
        super().set_parameter(name, value)
        self._use_room()

    def _use_room(self) -> None:
        while self.pending and self.has_room():
            self.run_async(self.pending.popleft())
        for mapping in self.mappings:
            mapping.ready()

    def _run(self, message: Any, call: Call | None, event: Asynchronous | None) -> None:
        invocation = Invocation(self, call, event)
        self.admit(invocation)
        if self.up:
            invocation.begin(message)
        else:
            invocation.message = message
            invocation.started_ms = self.kernel.now_ms
            invocation.cut_off()

    def admit(self, invocation: Invocation) -> None:
        """Number a run that begins, and give it the response that the document sets for that number."""
        invocation.response = self.responses.of(self.invocations)
        self.invocations += 1
        self.running.append(invocation)

    def finished(self, invocation: Invocation) -> None:
        self.running.remove(invocation)
        self._use_room()

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
        workers = [
            {
                "worker": place + 1,
                "state": one.stage,
                "message": token(one.message) if isinstance(one.message, Copy) else None,
                "from_ms": one.started_ms,
                "until_ms": one.until_ms,
                "says": f"Runs for {one.message.name}" if one.message is not None else "",
            }
            for place, one in enumerate(self.running[:SHOWN])
        ]
        says = "Down" if not self.up else f"{len(self.running)} running" if self.running else ""
        status = "fail" if not self.up else "run" if self.running else "ok" if self.worked else "idle"
        gauges = {"worked": self.worked, "failed": self.failed}
        return {"status": status, "says": says, "gauges": gauges, "workers": workers, "running": len(self.running)}
