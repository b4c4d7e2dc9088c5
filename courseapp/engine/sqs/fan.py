"""The commonest delivery of all, done in one go: a topic's message into all of its queues.

A topic has a fan if all of its subscriptions take every message, at once and inside the envelope, into a standard queue
that is open to all and delays nothing; it holds for as long as nothing about them changes (``Kernel.changes``). Each
queue gets its own copy and each delivery both its records, as ``Queue.send`` and ``Subscription.to_queue`` make them.
A worker that waits for such a copy gets it in the same go, if nothing else happens in that millisecond.
"""

from __future__ import annotations

from typing import Any

from courseapp.engine.kernel import Kernel
from courseapp.engine.messages import Message
from courseapp.engine.sqs.copies import Copy, Route
from courseapp.engine.sqs.queue import FIRST_TRY, MOST_IN_FLIGHT, Queue

empty = object.__new__


class Fan:
    """Queues and the routes into them. ``surely_small``: no message with a ``longest`` below can be too large for topic
    or queues, or cost more than one request. ``count``: messages published, and delivered to each."""

    __slots__ = ("count", "kernel", "lines", "surely_small", "topic")

    def __init__(self, kernel: Kernel, topic: str, lines: list[tuple[Queue, Route]], topic_small: int) -> None:
        self.kernel = kernel
        self.topic = topic
        self.lines: list[tuple[Queue, Any, Route, str, tuple[str]]] = [
            (queue, queue.store, route, route.link, route.by) for queue, route in lines
        ]
        self.surely_small = min(topic_small, *(queue.surely_small for queue, _ in lines))
        self.count = 0
        for queue, _ in lines:
            queue.fans.append(self)

    def end(self) -> None:
        """Something has changed: from now on others count."""
        for queue, *_ in self.lines:
            queue.fans.remove(self)
            queue.sent_alone += self.count

    def takes(self, message: Message) -> bool:
        """Whether nobody need look at this message: it is as its template says, plain and small."""
        template = message.template
        return message.given is None and template.is_plain and template.longest < self.surely_small

    def publish(self, message: Message, by: tuple[str], is_last: bool = False) -> None:
        """A copy of ``message``, which the fan takes, for each queue. ``is_last``: its publisher does nothing more in
        this instant."""
        kernel, topic, number = self.kernel, self.topic, message.number
        now, records = kernel.now_ms, kernel.records
        self.count += 1
        if records is not None:
            records.append((now, "published", topic, None, message, None, by))
        is_awaited = False
        for queue, store, route, link, sent_by in self.lines:
            order = queue.last_order
            queue.last_order = order = number if number > order else order + 1
            copy: Any = empty(Copy)
            copy.message = message
            copy.route = route
            copy.order = order
            copy.sent_ms = now
            copy.flight = None
            if records is not None:
                records += (
                    (now, "sent", queue.id, link, copy, None, sent_by),
                    (now, "delivered", topic, link, copy, None, FIRST_TRY),
                )
            store.fresh.append(copy)
            if queue.waiting:
                is_awaited = True
            if queue.expiry_timer is None:
                queue.plan_expiry(now + queue.settings.retention_ms)
        if is_awaited:
            self._hand_out(is_last and not kernel.at_once)

    def _hand_out(self, at_once: bool) -> None:
        """Receives are the last phase of a millisecond. If nothing else is left of this one, they may be now."""
        kernel = self.kernel
        for queue, store, *_ in self.lines:
            waiting = queue.waiting
            if not waiting:
                continue
            poller, fresh = waiting[0][2], store.fresh
            at_once = (
                at_once
                and poller.simple
                and len(fresh) == 1
                and not store.again
                and len(store.in_flight) < MOST_IN_FLIGHT
                and kernel.agenda[0][0] != kernel.now_ms
            )
            if at_once:
                del waiting[0]
                poller.take(queue, fresh.popleft())
            else:
                queue.wake()
