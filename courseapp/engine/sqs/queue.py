"""A queue: how a message comes in, and how it is received.

How to think about it. A message is delayed, visible, in flight, or gone. Receiving hides it until a deadline and
hands out a receipt; only a delete with a receipt that still counts removes it (``receipts``); SQS never looks at
consumers, only at the clock (``clocks``). Pollers that wait are served in the last phase of a millisecond, the one
that has waited longest first. Rules and sources: facts of the service in the comments; numbers in ``engine.limits``.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from typing import Any

from courseapp.engine import limits
from courseapp.engine.arns import arn
from courseapp.engine.commands import Refused
from courseapp.engine.messages import Message
from courseapp.engine.sqs import api, look, redrive
from courseapp.engine.sqs.checks import check_send, check_size, dedupe_key, read_settings
from courseapp.engine.sqs.clocks import ENVELOPE_MAX_B
from courseapp.engine.sqs.copies import DELAYED, IN_FLIGHT, Copy, Flight, Route
from courseapp.engine.sqs.receipts import Receipts
from courseapp.engine.sqs.store import StandardStore

FIRST_TRY = (1,)  # the detail of a record of a delivery that succeeded at once
MOST_IN_FLIGHT = limits.SQS_IN_FLIGHT_MAX


class Queue(Receipts):
    """One queue of a running simulation. Times in virtual ms; what senders and consumers may call is public."""

    __slots__ = ()
    kind = "queue"

    # -- sending ----------------------------------------------------------------------------------------------------

    def send(self, message: Message, by: str, delay_s: float | None = None, route: Route | None = None) -> Copy | None:
        """Take a message in. None if it was a duplicate send. Raises Refused with AWS's code if it is too large."""
        kernel, settings = self.kernel, self.settings
        if route is None:
            check_send(self.fifo, message, delay_s)
        if message.given is not None or message.template.longest >= self.surely_small:
            self._check_size(message, route)
            self.bill_send(Copy(message, route, 0, 0).size)
        now = kernel.now_ms
        if self.fifo and self._is_duplicate(message, by, route):
            return None
        self.last_order = order = max(self.last_order + 1, message.number)
        copy = Copy(message, route, order, now)
        self.sent_alone += 1
        if message.template.group is not None and not self.fifo:
            self.tenant_requests += limits.sqs_requests_for_bytes(copy.size)
        write = kernel.write
        if write is not None:
            link, sent_by = (None, (by,)) if route is None else (route.link, route.by)
            write((now, "sent", self.id, link, copy, None, sent_by))
        delay_ms = settings.delay_ms if delay_s is None or (self.fifo and delay_s == 0) else round(delay_s * 1000)
        if delay_ms:
            self._hide(copy, now + delay_ms)
        else:
            self.store.add(copy)
            if self.waiting:
                self.wake()
        if self.expiry_timer is None:
            self.plan_expiry(now + settings.retention_ms)
        return copy

    def send_from(self, caller: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """A state machine's ``sqs:sendMessage``: AWS's parameters in, AWS's answer out. Raises Refused with AWS's
        code."""
        return api.send_message(self, parameters, caller)

    def take_over(self, copy: Copy, source: str) -> None:
        """A copy that a source queue gives up on: same id, same count; its age metric starts anew (facts: sqs 10)."""
        now = self.kernel.now_ms
        self.last_order = order = max(self.last_order + 1, copy.message.number)
        moved = Copy(copy.message, copy.route, order, now if self.fifo else copy.sent_ms)
        flight = moved.flight = Flight()
        old = copy.flight
        assert old is not None
        flight.count, flight.first_ms, flight.source, flight.entered_ms = old.count, old.first_ms, source, now
        self.taken_over += 1
        if self.kernel.nodes[source].has_large:
            self.see_large()
        if copy.group is not None:
            self.be_fair()
        if isinstance(self.store, StandardStore):
            self.store.put_back(moved)
        else:
            self.store.add(moved)
        self.ages.add(moved)
        self.plan_expiry(moved.sent_ms + self.settings.retention_ms)
        self.wake()

    def _check_size(self, message: Message, route: Route | None) -> None:
        limit = self.settings.maximum_size
        enveloped = route is not None and not route.raw
        if message.surely_fits(limit - ENVELOPE_MAX_B if enveloped else limit):
            return
        check_size(Copy(message, route, 0, 0).size, limit)

    def _is_duplicate(self, message: Message, by: str, route: Route | None) -> bool:
        key = dedupe_key(message, self.settings, self.scope, by_topic=route is not None)
        now = self.kernel.now_ms
        copy = Copy(message, route, 0, now)
        first = self.memory.seen(key, now)
        if first is None:
            self.memory.remember(key, copy.message_id, now)
            return False
        self.deduplicated += 1
        self.other_requests += 1
        self.answered_with = first
        self.kernel.record("deduplicated", self.id, None, copy, ("sent_before",), {"by": by, "MessageId": first})
        return True

    def _hide(self, copy: Copy, visible_ms: int) -> None:
        flight = copy.flight = Flight()
        flight.state = DELAYED
        flight.since_ms = self.kernel.now_ms
        flight.deadline_ms = visible_ms
        self.store.add_delayed(copy, visible_ms)
        self.plan_delay()

    # -- polling and receiving --------------------------------------------------------------------------------------

    def wait(self, poller: Any, since_ms: int) -> None:
        """A long poll begins. ``poller`` has ``name``, ``label``, ``rank``, ``most``, ``visibility_ms``,
        ``received(queue, copies)``."""
        entry = (since_ms, poller.rank, poller)
        waiting = self.waiting
        if waiting and (waiting[-1][0] > since_ms or waiting[-1][:2] > entry[:2]):
            insort(waiting, entry, key=lambda waits: waits[:2])
        else:
            waiting.append(entry)
        if self.store.visible:
            self.wake()

    def leave(self, poller: Any) -> None:
        """A poller stops waiting."""
        self.waiting = [entry for entry in self.waiting if entry[2] is not poller]

    def hand_out(self, _: Any = None) -> None:
        self._waking = False
        store: Any = self.store
        while self.waiting:
            poller = self.waiting[0][2]
            if poller.simple and len(store.in_flight) < MOST_IN_FLIGHT:
                copy = self.take_one() if store.again else store.fresh.popleft() if store.fresh else None
                if copy is None:
                    return
                del self.waiting[0]
                poller.take(self, copy)
                continue
            copies = self.receive(poller.name, poller.most, poller.visibility_ms, label=poller.label)
            if not copies:
                return
            self.waiting.pop(0)
            poller.received(self, copies)

    def take_one(self) -> Copy | None:
        """The next copy for a worker that takes it at once; those that were received too often leave on the way."""
        while True:
            copy = self.store.take()
            if copy is None or copy.flight is None:
                return copy
            limit, flight = self.settings.max_receive_count, copy.flight
            if limit is not None and flight.count >= limit:
                redrive.give_up(self, copy)
                continue
            if flight.first_ms < 0:
                flight.first_ms = self.kernel.now_ms
                self.longest_wait_ms = max(self.longest_wait_ms, flight.first_ms - copy.sent_ms)
            return copy

    def poll_once(self, poller: Any) -> list[Copy]:
        """A short poll: what it returns at once, often nothing; an empty answer is recorded and billed."""
        if len(self.store.in_flight) >= MOST_IN_FLIGHT and not self.fifo:
            raise Refused("OverLimit", "The maximum number of in flight messages is reached.")
        copies = self.receive(poller.name, poller.most, poller.visibility_ms, True, poller.label)
        if not copies:
            self.came_back_empty(poller.name)
        return copies

    def came_back_empty(self, by: str) -> None:
        self.empty += 1
        self.other_requests += 1
        self.kernel.record("empty_receive", self.id, None, None, None, {"by": by})

    def receive(
        self, by: str, most: int, visibility_ms: int | None = None, sampled: bool = False, label: str | None = None
    ) -> list[Copy]:
        """Up to ``most`` copies for ``by``, each hidden until its deadline. Their receipt is ``copy.flight.count``.

        ``label`` says which of several workers holds them; ``sampled`` is a short poll, which asks only some servers.
        """
        store, kernel = self.store, self.kernel
        if not store.visible or len(store.in_flight) >= MOST_IN_FLIGHT:
            return []
        until = kernel.now_ms + (self.settings.visibility_ms if visibility_ms is None else visibility_ms)
        asked = self.settings.sample_probability if sampled else 1.0
        taken: list[Copy] = []
        store.begin()
        while len(taken) < most and len(store.in_flight) < MOST_IN_FLIGHT:
            if isinstance(store, StandardStore) and store.servers > 1:
                copy = store.take_from_some(kernel.dice(self.id), asked)
            else:
                copy = store.take()
            if copy is None:
                break
            if self._take_up(copy, until, by, label or by):
                taken.append(copy)
        if taken:
            self.received += len(taken)
            self.bill_receive(taken)
            for copy in taken:
                self.set_deadline(copy, until)
        return taken

    def _take_up(self, copy: Copy, until_ms: int, by: str, holder: str) -> bool:
        """Put a copy that was taken out of the line in flight; False if it goes to the dead-letter queue instead."""
        now, flight = self.kernel.now_ms, copy.flight
        if flight is None:
            count = 1
            copy.flight = Flight(IN_FLIGHT, 1, now, until_ms, holder)
            if now - copy.sent_ms > self.longest_wait_ms:
                self.longest_wait_ms = now - copy.sent_ms
        else:
            limit = self.settings.max_receive_count
            if limit is not None and flight.count >= limit:
                redrive.give_up(self, copy)
                return False
            if flight.first_ms < 0:
                flight.first_ms = now
                self.longest_wait_ms = max(self.longest_wait_ms, now - copy.sent_ms)
            flight.count = count = flight.count + 1
            flight.received_ms = flight.since_ms = now
            flight.holder = holder
            flight.state = IN_FLIGHT
            flight.deadline_ms = until_ms
        self.store.in_flight[copy.order] = copy
        write = self.kernel.write
        if write is not None:
            write((now, "received", self.id, None, copy, None, (by, count, until_ms)))
        return True

    # -- the whole queue --------------------------------------------------------------------------------------------

    def set_parameter(self, name: str, value: Any) -> None:
        """``SetQueueAttributes`` (or one of the model's own parameters); ``None`` removes. The value has been
        checked."""
        if value is None:
            self.parameters.pop(name, None)
        else:
            self.parameters[name] = value
        if name[:1].isupper():
            self.modified_ms = self.kernel.now_ms
        redrive.unlink(self)
        had_delay_ms = self.settings.delay_ms
        self.settings = read_settings(self.id, self.parameters)
        self.read()
        redrive.link(self)
        if name == "MessageRetentionPeriod":
            self.plan_expiry(self.kernel.now_ms)
        if name == "DelaySeconds" and self.fifo and had_delay_ms != self.settings.delay_ms:
            self.delay_again()

    def purge(self) -> None:
        """``PurgeQueue``: everything goes, also what is in flight or delayed; once in 60 s."""
        now = self.kernel.now_ms
        if self._purged_ms is not None and now - self._purged_ms < limits.SQS_PURGE_INTERVAL_S * 1000:
            raise Refused(
                "AWS.SimpleQueueService.PurgeQueueInProgress",
                f"Only one PurgeQueue operation on {self.id} is allowed every 60 seconds.",
            )
        self._purged_ms = now
        self.other_requests += 1
        removed = self.store.clear()
        self.gone["purged"] += removed
        self.memory.clear()
        self.kernel.record("purged", self.id, None, None, ("purged", removed), {"count": removed})

    def crash(self, parameters: Mapping[str, Any]) -> None:
        raise Refused("InvalidAction", f"{self.id} is a queue: SQS itself cannot be crashed here. Crash what reads it.")

    restore = crash

    # -- looking ----------------------------------------------------------------------------------------------------

    def metrics(self) -> dict[str, float]:
        return look.metrics(self)

    def view(self) -> dict[str, Any]:
        return look.view(self)

    def attributes(self) -> dict[str, str]:
        return look.attributes(self)

    @property
    def arn(self) -> str:
        return arn("sqs", self.id)

    def sequence_number(self, copy: Copy) -> str:
        return str(18_000_000_000_000_000_000 + copy.order * 256)
