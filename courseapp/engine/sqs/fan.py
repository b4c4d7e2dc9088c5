"""The commonest delivery of all, done in one go: a topic's message into all of its queues.

A topic has a fan if all of its subscriptions take every message, at once and inside the envelope, into a standard queue
that is open to all and delays nothing; it holds for as long as nothing about them changes (``Kernel.changes``). Each
queue gets its own copy and each delivery both its records, as ``Queue.send`` and ``Subscription.to_queue`` make them.
"""

from __future__ import annotations

from typing import Any

from courseapp.engine.kernel import Kernel
from courseapp.engine.messages import Message
from courseapp.engine.sqs.copies import Copy, Route
from courseapp.engine.sqs.queue import FIRST_TRY, Queue

empty = object.__new__


class Fan:
    """Queues and the routes into them. ``surely_small``: no message with a ``longest`` below can be too large for topic
    or queues, or cost more than one request. ``count``: messages delivered to each."""

    __slots__ = ("count", "kernel", "lines", "surely_small")

    def __init__(self, kernel: Kernel, lines: list[tuple[Queue, Route]], topic_small: int) -> None:
        self.kernel = kernel
        self.lines = [(queue, route, route.link, route.topic, route.by) for queue, route in lines]
        self.surely_small = min(topic_small, *(queue.surely_small for queue, _ in lines))
        self.count = 0

    def takes(self, message: Message) -> bool:
        """Whether nobody need look at this message: it is as its template says, plain and small."""
        template = message.template
        return message.given is None and template.is_plain and template.longest < self.surely_small

    def deliver(self, message: Message) -> None:
        """A copy of ``message``, which the fan takes, for each queue."""
        kernel, number = self.kernel, message.number
        now, records = kernel.now_ms, kernel.records
        self.count += 1
        for queue, route, link, topic, by in self.lines:
            order = queue.last_order
            queue.last_order = order = number if number > order else order + 1
            copy: Any = empty(Copy)
            copy.message = message
            copy.route = route
            copy.order = order
            copy.sent_ms = now
            copy.flight = None
            queue.sent += 1
            if records is not None:
                records += (
                    (now, "sent", queue.id, link, copy, None, by),
                    (now, "delivered", topic, link, copy, None, FIRST_TRY),
                )
            store: Any = queue.store
            store.fresh.append(copy)
            if queue.waiting:
                queue.wake()
            if queue.expiry_timer is None:
                queue.plan_expiry(now + queue.settings.retention_ms)
