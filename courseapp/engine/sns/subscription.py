"""One subscription: who gets copies of what a topic publishes, in which form, and what happens when a delivery fails.

A copy's life here: filtered out; or tried, delivered; or tried again by the rule of its protocol, and at last moved
to the subscription's own dead-letter queue or dropped. A *client-side* error (endpoint gone, policy forbids, 4xx) is
never tried again; a *server-side* one (5xx, no answer, throttled) is (facts: sns 6). Subscriptions know nothing of
each other: one that fails never delays another.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import TYPE_CHECKING, Any

from courseapp.engine import limits
from courseapp.engine.architecture.durations import latency_ms
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import SENDS
from courseapp.engine.messages import Call, Message
from courseapp.engine.sns import access
from courseapp.engine.sns.attempt import Attempt
from courseapp.engine.sns.filters import FilterPolicyError, compile_policy
from courseapp.engine.sqs.copies import Route
from courseapp.engine.sqs.fan import Fan
from courseapp.engine.sqs.queue import FIRST_TRY, Queue

if TYPE_CHECKING:
    from courseapp.engine.sns.topic import Topic

PROTOCOLS = {
    "queue": "sqs",
    "function": "lambda",
    "http": "https",
    "email": "email",
    "sms": "sms",
    "push": "application",
}
PHASES = {
    "sqs": "aws_managed",
    "lambda": "aws_managed",
    "email": "customer_managed",
    "sms": "customer_managed",
    "application": "customer_managed",
}
CONFIRMED_BY_OWNER = ("email", "https")
DLQ_ROUTE = 100  # routes of copies in dead-letter queues have numbers of their own


class Subscription:
    """A link from a topic to an endpoint. ``parameters`` are the link's; counters are of this subscription alone."""

    def __init__(self, topic: Topic, endpoint: str, number: int, parameters: Mapping[str, Any]) -> None:
        self.topic = topic
        self.kernel = topic.kernel
        self.endpoint = endpoint
        self.id = f"{topic.id}/{endpoint}"
        self.number = number
        self.kind = getattr(topic.kernel.nodes.get(endpoint), "kind", "")
        self.protocol = PROTOCOLS[self.kind]
        self.parameters: dict[str, Any] = {}
        self.confirmed = bool(parameters.get("confirmed", True)) or self.protocol not in CONFIRMED_BY_OWNER
        self.subscribed_ms = topic.kernel.now_ms
        self.fan: Fan | None = None  # that of the topic, while this is one of its lines: it counts for all of them
        self._offered = self._delivered = self.dropped = self.dead_lettered = self.on_their_way = 0
        self.filtered_out: dict[str, int] = {}
        self.retrying: dict[int, Attempt] = {}
        self._mail_second = (-1, 0)
        self._free_from_ms = -1
        self.read(parameters)

    def read(self, parameters: Mapping[str, Any]) -> None:
        """Take over parameters. Raises Refused(``InvalidParameter``) with AWS's text and then changes nothing."""
        policy = parameters.get("FilterPolicy")
        scope = str(parameters.get("FilterPolicyScope", "MessageAttributes"))
        try:
            filtering = compile_policy(policy, scope) if policy else None
        except FilterPolicyError as fault:
            raise Refused("InvalidParameter", f"Invalid parameter: FilterPolicy: {fault}") from fault
        self.parameters = dict(parameters)
        self.filter = filtering
        self.raw = bool(parameters.get("RawMessageDelivery", False))
        self.latency_ms = latency_ms(parameters)
        self.jitter = parameters.get("retry_jitter", "full") != "none"
        self.is_straight = self.protocol == "sqs" and not (self.filter or self.latency_ms or self.raw)
        self.dead_letter_queue = (parameters.get("RedrivePolicy") or {}).get("deadLetterTargetArn")
        if self.protocol == "https":
            self._read_delivery_policy(parameters.get("DeliveryPolicy") or {})
        else:
            self.phases = limits.SNS_RETRY_PHASES[PHASES[self.protocol]]
        self.kernel.changes += 1
        self.route = Route(self.number, self.id, self.raw, self.topic.envelope)
        self.dlq_route = Route(DLQ_ROUTE + self.number, self.id, self.raw, self.topic.envelope)

    def _read_delivery_policy(self, own: Mapping[str, Any]) -> None:
        """Part by part the subscription's own policy, unless its topic does not let it have one; else the topic's."""
        of_topic = (self.topic.parameters.get("DeliveryPolicy") or {}).get("http", {})
        if of_topic.get("disableSubscriptionOverrides"):
            own = {}
        self.phases = limits.retry_phases(own.get("healthyRetryPolicy", of_topic.get("defaultHealthyRetryPolicy")))
        throttle = own.get("throttlePolicy", of_topic.get("defaultThrottlePolicy")) or {}
        self.spacing_ms = ceil(1000 / throttle["maxReceivesPerSecond"]) if "maxReceivesPerSecond" in throttle else 0

    def set_parameters(self, values: Mapping[str, Any]) -> None:
        changed = {**self.parameters, **values}
        self.read({name: value for name, value in changed.items() if value is not None})

    # -- counting ---------------------------------------------------------------------------------------------------

    @property
    def offered(self) -> int:
        return self._offered + (self.fan.count if self.fan else 0)

    @property
    def delivered(self) -> int:
        return self._delivered + (self.fan.count if self.fan else 0)

    def leave_fan(self) -> None:
        self._offered, self._delivered, self.fan = self.offered, self.delivered, None

    def open_queue(self) -> Queue | None:
        """The queue, if it takes every message of this subscription at once and as it is."""
        queue = self._node() if self.is_straight else None
        return queue if queue is not None and queue.is_open else None

    def _node(self) -> Any:
        """The endpoint; None if it is gone, also if something else goes by its name now."""
        node = self.kernel.nodes.get(self.endpoint)
        return node if getattr(node, "kind", None) == self.kind else None

    # -- delivering -------------------------------------------------------------------------------------------------

    def offer(self, message: Message) -> None:
        """A message was published: filter it, then send a copy on its way."""
        self._offered += 1
        if self.filter is not None:
            rejection = self.filter.rejects(message.body, message.attributes)
            if rejection is not None:
                self.filtered_out[rejection.metric] = self.filtered_out.get(rejection.metric, 0) + 1
                copy = Attempt(message, self)
                detail = {"key": rejection.key, "says": rejection.says}
                self.kernel.record("filtered_out", self.topic.id, self.id, copy, ("filter", rejection.key), detail)
                return
        if self.latency_ms:
            self.on_their_way += 1
            self.kernel.plan(self.kernel.now_ms + self.latency_ms, SENDS, self, "arrive", Attempt(message, self))
        elif self.protocol == "sqs":
            self.to_queue(message, None)
        else:
            self.try_now(Attempt(message, self))

    def arrive(self, attempt: Attempt) -> None:
        self.on_their_way -= 1
        self.try_now(attempt)

    def try_again(self, attempt: Attempt) -> None:
        """The pause is over. A subscription that was removed meanwhile drops what it still tried."""
        if self.retrying.pop(attempt.uid, None) is None:
            return
        self.try_now(attempt)

    def try_now(self, attempt: Attempt) -> None:
        message = attempt.message
        endpoint = self._node()
        if endpoint is None:
            self.failed(attempt, access.gone(self.endpoint), client_side=True)
        elif self.protocol == "sqs":
            self.to_queue(message, attempt)
        elif self.protocol == "lambda":
            self.succeeded(attempt)
            endpoint.invoke_async(attempt)
        elif self.protocol == "https":
            self.on_their_way += 1
            now = self.kernel.now_ms
            slot_ms = max(now, self._free_from_ms)
            self._free_from_ms = slot_ms + self.spacing_ms
            if slot_ms > now:
                self.kernel.plan(slot_ms, SENDS, self, "post", attempt)
            else:
                self.post(attempt)
        else:
            self._to_person(endpoint, attempt)

    def post(self, attempt: Attempt) -> None:
        """A POST, as soon as the throttle policy has room for it."""
        message = attempt.message
        endpoint = self._node()
        if endpoint is None:
            self.on_their_way -= 1
            self.failed(attempt, access.gone(self.endpoint), client_side=True)
            return
        text = message.text_for("https") if self.raw else self.topic.envelope.text(message, self.id, "https")
        endpoint.invoke(Call(self, attempt, attempt, text))

    def to_queue(self, message: Message, attempt: Attempt | None) -> None:
        kernel, topic = self.kernel, self.topic
        queue = self._node()
        copy: Any = None
        error: tuple[str, str] | None = None
        if queue is None or queue.settings.policy is not None or self.raw:
            error = access.closed(queue, self.endpoint, message, self.raw)
        if error is None:
            try:
                copy = queue.send(message, topic.id, None, self.route)
            except Refused as refusal:
                error = (refusal.code, refusal.says)
        if error is not None:
            self.failed(attempt or Attempt(message, self), error, client_side=True)
            return
        self._delivered += 1
        write = kernel.write
        if write is not None:
            shown = attempt or copy or Attempt(message, self)
            tries = FIRST_TRY if attempt is None else (attempt.number,)
            write((kernel.now_ms, "delivered", topic.id, self.id, shown, None, tries))

    def _to_person(self, endpoint: Any, attempt: Attempt) -> None:
        if self.protocol == "email" and self._mail_is_throttled():
            self.failed(attempt, ("Throttled", "A subscription gets at most 10 emails a second."), client_side=False)
            return
        text = attempt.message.text_for(self.protocol)
        error, client_side = endpoint.deliver(attempt, text, attempt.message.subject, self.id)
        if error is None:
            self.succeeded(attempt)
        else:
            self.failed(attempt, error, client_side)

    def _mail_is_throttled(self) -> bool:
        second = self.kernel.now_ms // 1000
        count = self._mail_second[1] + 1 if self._mail_second[0] == second else 1
        self._mail_second = (second, count)
        return count > limits.SNS_EMAIL_PER_SECOND

    def answered(self, attempt: Attempt, error: tuple[str, str] | None, result: Any) -> None:
        """An HTTP endpoint's answer. 2xx: delivered; 429, 5xx and no answer in 15 s: tried again; other 4xx: never."""
        self.on_their_way -= 1
        if error is None:
            self.succeeded(attempt)
            return
        code = error[0]
        client_side = code.isdecimal() and 300 <= int(code) < 500 and code != "429"
        self.failed(attempt, error, client_side)

    def succeeded(self, attempt: Attempt) -> None:
        self._delivered += 1
        self.kernel.record("delivered", self.topic.id, self.id, attempt, None, (attempt.number,))

    def failed(self, attempt: Attempt, error: tuple[str, str], client_side: bool) -> None:
        """A try failed: plan the next one, or give up."""
        kernel, topic = self.kernel, self.topic
        pause = None if client_side else self.phases.pause_ms(attempt.number)
        if pause is not None and self.jitter:
            pause = round(pause * (0.5 + kernel.dice(self.id).random()))
        removed = topic.subscriptions.get(self.endpoint) is not self
        if removed:
            pause = None
        next_ms = None if pause is None else kernel.now_ms + pause
        detail = {"try": attempt.number, "error": error[0], "says": error[1], "next_at_ms": next_ms}
        reason = ("client_side" if client_side else "server_side", error[0])
        kernel.record("delivery_failed", topic.id, self.id, attempt, reason, detail)
        if self.protocol == "https" or next_ms is None:
            topic.failed += 1
        if next_ms is None:
            self.give_up(attempt, "unsubscribed" if removed else "never_retried" if client_side else "retries_used_up")
            return
        again = Attempt(attempt.message, self)
        again.number = attempt.number + 1
        again.since_ms, again.next_ms = kernel.now_ms, next_ms
        self.retrying[again.uid] = again
        kernel.plan(next_ms, SENDS, self, "try_again", again)

    def give_up(self, attempt: Attempt, why: str) -> None:
        """Into the subscription's dead-letter queue if it has one that can be written to; else the copy is lost."""
        kernel, topic = self.kernel, self.topic
        if self.dead_letter_queue is not None:
            queue: Any = kernel.nodes.get(self.dead_letter_queue)
            if queue is not None and access.may_be_kept_in(queue, attempt.message, self.dlq_route):
                kernel.record("moved_to_dlq", topic.id, self.id, attempt, (why, attempt.number), {"to": queue.id})
                queue.send(attempt.message, topic.id, 0, self.dlq_route)
                self.dead_lettered += 1
                return
            topic.failed_to_redrive += 1
        self.dropped += 1
        kernel.record("dropped", topic.id, self.id, attempt, (why, attempt.number), {"try": attempt.number})

    def drop_all(self) -> None:
        """The subscription ends: what it was still trying is dropped, with its reason."""
        for attempt in list(self.retrying.values()):
            del self.retrying[attempt.uid]
            self.give_up(attempt, "unsubscribed")

    def view(self) -> dict[str, Any]:
        status = "pending" if not self.confirmed else "failing" if self.retrying else "ok"
        return {
            "status": status,
            "delivered": self.delivered,
            "filtered_out": sum(self.filtered_out.values()),
            "retrying": len(self.retrying),
            "dead_lettered": self.dead_lettered,
            "dropped": self.dropped,
            "policy": self.parameters.get("FilterPolicy"),
            "raw": self.raw,
        }
