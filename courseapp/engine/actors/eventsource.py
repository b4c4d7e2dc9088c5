"""An event source mapping: polls a queue for a function, and hands it a batch of messages a run.

A batch is gathered until it is full or its window closes. What is done is deleted when the run ends; what failed comes
back when its visibility timeout ends (facts of Lambda in the lab's text).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from courseapp.engine import limits
from courseapp.engine.actors.handing import refused
from courseapp.engine.actors.invocation import Invocation
from courseapp.engine.actors.work import Error
from courseapp.engine.architecture.durations import latency_ms
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import TIMERS
from courseapp.engine.sqs.copies import Copy
from courseapp.engine.sqs.queue import Queue

if TYPE_CHECKING:
    from courseapp.engine.actors.function import Function

POLLERS = 5  # runs that a mapping has going at once, unless concurrency is reserved


class EventSource:
    """What polls one queue for one function."""

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
        self.function.admit(batch)
        batch.set_out(copies[0], self.way_ms)
        self.ready()


class Batch(Invocation):
    """One run with several messages, one after another."""

    def __init__(self, mapping: EventSource, copies: list[Copy]) -> None:
        super().__init__(mapping.function, None, None)
        self.mapping = mapping
        self.copies = copies
        self.receipts = [copy.flight.count for copy in copies if copy.flight is not None]
        self.place = 0
        self.good: list[int] = []

    def _plan_failure(self) -> int:
        """The time that is set for the whole run is shared among its messages."""
        takes_ms = super()._plan_failure()
        if self.response is None or self.planned_error is not None:
            return takes_ms
        if self._is_reported(self.response.result):
            self.planned_error = ("BatchItemFailure", "The function's answer names it among batchItemFailures.")
        count = len(self.copies)
        return takes_ms if takes_ms < 0 else takes_ms * (self.place + 1) // count - takes_ms * self.place // count

    def _is_reported(self, result: Any) -> bool:
        """Whether the answer that is set names this message (by its MessageId, or by our name) as failed."""
        failures = result.get("batchItemFailures") if isinstance(result, Mapping) else None
        if not self.mapping.reports or not isinstance(failures, list):
            return False
        copy = self.copies[self.place]
        named = [item.get("itemIdentifier") for item in failures if isinstance(item, Mapping)]
        return copy.message_id in named or copy.name in named

    def done(self) -> None:
        self.good.append(self.place)
        self._go_on()

    def failed(self, error: Error, database: Any) -> None:
        """Without a report nothing of the batch is done; so it is if the run itself was thrown or cut off."""
        thrown = self.response is not None and self.response.error is not None
        if thrown or not self.actor.up or not self.mapping.reports:
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

    def _end(self, deleted: Sequence[int]) -> None:
        """The run is over: delete what stands at these places of the batch; the rest comes back."""
        queue = self.mapping.queue
        for place in deleted:
            try:
                queue.delete(self.copies[place], self.receipts[place], self.actor.id)
            except Refused as refusal:
                refused(self.kernel, queue.id, "DeleteMessage", refusal, self.copies[place], self.actor.id)
        self.mapping.batches -= 1
        self.actor.finished(self)
