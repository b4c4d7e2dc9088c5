"""A publisher's direct call: it waits for the answer, tries again as its link says, and gives up in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseapp.engine.actors.work import Error
from courseapp.engine.architecture.document import Link
from courseapp.engine.architecture.durations import Duration, latency_ms
from courseapp.engine.kernel import SENDS
from courseapp.engine.messages import Call, Message
from courseapp.engine.sns.access import gone

if TYPE_CHECKING:
    from courseapp.engine.actors.publisher import Publisher


class DirectCall:
    """A call that waits for its answer, with the retries that its link allows; then it is given up."""

    def __init__(self, publisher: Publisher, link: Link, message: Message, then: Any) -> None:
        self.publisher = publisher
        self.link = link
        self.message = message
        self.then = then
        self.kernel = publisher.kernel
        self.started_ms = self.kernel.now_ms
        self.tries = 0
        publisher.call_number += 1
        self.token = publisher.call_number
        publisher.calls[self.token] = self
        values = link.parameters
        self.way_ms = latency_ms(values)
        self.at_ms = [round(float(s) * 1000) for s in values.get("retries_at_seconds", [])]
        interval_s = values.get("retry_interval_seconds")
        self.interval_ms = None if interval_s is None else round(float(interval_s) * 1000)
        patience = values.get("patience_seconds")
        dice = self.kernel.dice(link.id)
        self.patience_ms = None if patience is None else Duration(patience).draw_ms(dice)

    def try_now(self, _: Any = None) -> None:
        if self.publisher.is_gone:
            return
        self.tries += 1
        if self.way_ms:
            self.kernel.plan(self.kernel.now_ms + self.way_ms, SENDS, self, "reached")
        else:
            self.reached()

    def reached(self, _: Any = None) -> None:
        """A try has come to the end of its link."""
        target = self.kernel.nodes.get(self.link.target)
        if target is None:
            self.came_back(gone(self.link.target))
            return
        target.invoke(Call(self.publisher, self.token, self.message))

    def came_back(self, error: Error | None) -> None:
        publisher = self.publisher
        if publisher.is_gone:
            return
        if error is None:
            del publisher.calls[self.token]
            if self.then is not None:
                publisher.call_in_turn(self.then)
            return
        next_ms = self._next_try()
        detail = {"try": self.tries, "error": error[0], "says": error[1], "next_at_ms": next_ms}
        self.kernel.record(
            "delivery_failed", publisher.id, self.link.id, self.message, ("call_failed", error[0]), detail
        )
        if next_ms is not None:
            self.kernel.plan(next_ms, SENDS, self, "try_now")
            return
        del publisher.calls[self.token]
        publisher.given_up += 1
        reason = ("gave_up", self.tries, error[0])
        self.kernel.record(
            "dropped", publisher.id, self.link.id, self.message, reason, {"try": self.tries, "error": error[0]}
        )

    def _next_try(self) -> int | None:
        now = self.kernel.now_ms
        if self.interval_ms is not None:
            at = now + self.interval_ms
            if self.patience_ms is not None and at > self.started_ms + self.patience_ms:
                return None
            return at
        if self.tries <= len(self.at_ms):
            return max(now, self.started_ms + self.at_ms[self.tries - 1])
        return None
