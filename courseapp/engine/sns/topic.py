"""A topic: takes a message, checks it, and offers a copy to each confirmed subscription. It keeps nothing.

``Publish`` succeeds as soon as the message is accepted, whatever becomes of the copies (facts: sns 2 and 6). What is
still on its way, or being tried again, belongs to a subscription; the topic itself has no store.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.engine import limits
from courseapp.engine.architecture.document import Node
from courseapp.engine.commands import Refused
from courseapp.engine.kernel import Kernel
from courseapp.engine.messages import Message, Template, compact
from courseapp.engine.sns import look
from courseapp.engine.sns.checks import check_ids, check_publish, check_structure, check_subject, check_utf8, invalid
from courseapp.engine.sns.envelope import Envelope, message_id, sequence_number
from courseapp.engine.sns.subscription import CONFIRMED_BY_OWNER, PROTOCOLS, Subscription
from courseapp.engine.sqs.checks import dedupe_id
from courseapp.engine.sqs.fan import Fan
from courseapp.engine.sqs.fifo import DeduplicationMemory


class Topic:
    """One topic of a running simulation."""

    kind = "topic"

    def __init__(self, kernel: Kernel, node: Node) -> None:
        self.kernel = kernel
        self.node = node
        self.id = node.id
        self.parameters: dict[str, Any] = dict(node.parameters)
        self.fifo = node.id.endswith(limits.FIFO_SUFFIX)
        self.envelope = Envelope(node.id, self.fifo, kernel.starts_ms)
        self.memory = DeduplicationMemory(limits.SNS_DEDUPLICATION_WINDOW_S * 1000)
        self.subscriptions: dict[str, Subscription] = {}
        self.ended: list[Subscription] = []
        self._published = self._requests = self.deduplicated = self.failed = self.failed_to_redrive = 0
        self._routes = 0
        self._fan: Fan | None = None
        self._changes = -1  # those of the kernel when the fan was worked out
        self._read()

    def _read(self) -> None:
        self.maximum_size = int(self.parameters.get("MaximumMessageSize", limits.SNS_MESSAGE_SIZE_DEFAULT_B))

    # -- publishing -------------------------------------------------------------------------------------------------

    def publish(self, message: Message, by: str) -> bool:
        """Accept a message. False if it was a duplicate. Raises Refused(``InvalidParameter``) with AWS's text."""
        kernel = self.kernel
        fan = self.fan()
        if fan is not None and fan.takes(message):
            fan.publish(message, (by,))
            return True
        self._check(message)
        self._requests += limits.sns_requests_for_bytes(message.size)
        if self.fifo and self._is_duplicate(message, by):
            return False
        self._published += 1
        kernel.record("published", self.id, None, message, None, (by,))
        for subscription in list(self.subscriptions.values()):
            if subscription.confirmed:
                subscription.offer(message)
        return True

    def fan(self) -> Fan | None:
        """The short way of a message, if all who get one are queues that take every one."""
        if self._changes != self.kernel.changes:
            self._changes = self.kernel.changes
            self._work_out_fan()
        return self._fan

    @property
    def published(self) -> int:
        return self._published + (self._fan.count if self._fan else 0)

    @property
    def requests(self) -> int:
        """Requests that SNS would bill."""
        return self._requests + (self._fan.count if self._fan else 0)

    def _work_out_fan(self) -> None:
        if self._fan is not None:
            self._published, self._requests = self.published, self.requests
            self._fan.end()
        for subscription in [*self.subscriptions.values(), *self.ended]:
            subscription.leave_fan()
        confirmed = [subscription for subscription in self.subscriptions.values() if subscription.confirmed]
        queues = [subscription.open_queue() for subscription in confirmed]
        lines = [(queue, s.route) for queue, s in zip(queues, confirmed, strict=True) if queue is not None]
        self._fan = None
        if lines and len(lines) == len(confirmed) and not self.fifo:
            self._fan = Fan(self.kernel, self.id, lines, min(self.maximum_size, limits.SNS_PAYLOAD_UNIT_B))
        if self._fan is not None:
            for subscription in confirmed:
                subscription.fan = self._fan

    def _check(self, message: Message) -> None:
        if not message.surely_fits(self.maximum_size) and message.size > self.maximum_size:
            raise invalid("Message too long")
        check_utf8(message.body)
        if message.structure == "json":
            check_structure(message.body)
        subject = message.template.subject
        if subject is not None:
            check_subject(message.subject)
        if self.fifo and message.group is None:
            raise invalid("The MessageGroupId parameter is required for FIFO topics")
        if self.fifo:
            check_ids(message.group, message.dedupe)

    def _is_duplicate(self, message: Message, by: str) -> bool:
        explicit = message.dedupe
        if explicit is None:
            if not self.parameters.get("ContentBasedDeduplication", False):
                raise invalid(
                    "The topic should either have ContentBasedDeduplication enabled or "
                    "MessageDeduplicationId provided explicitly"
                )
            explicit = dedupe_id(message)
        scoped = self.parameters.get("FifoThroughputScope") == "MessageGroup"
        key = f"{message.group}\n{explicit}" if scoped else explicit
        now = self.kernel.now_ms
        first = self.memory.seen(key, now)
        if first is None:
            self.memory.remember(key, message_id(message), now)
            return False
        self.deduplicated += 1
        self.kernel.record("deduplicated", self.id, None, message, ("sent_before",), {"by": by, "MessageId": first})
        return True

    def publish_call(self, parameters: Mapping[str, Any], by: str = "outside") -> dict[str, Any]:
        """``Publish`` with AWS's parameters (``name`` and ``type`` are ours): AWS's answer, or Refused with AWS's
        code."""
        text = parameters.get("Message", parameters.get("body"))
        check_publish(text, parameters, self.fifo)
        number = self.kernel.next_uid()
        fields = {name: value for name, value in parameters.items() if name not in ("Message", "name", "type")}
        body = text if isinstance(text, str | dict) else compact(text)
        name = parameters.get("name", f"message {number}")
        template = Template({**fields, "body": body, "name": name, "type": parameters.get("type", "order")})
        message = Message(number, template, number, self.kernel.now_ms)
        if template.group is not None:
            self.be_fair()
        answer = {"MessageId": message_id(message)}
        if self.publish(message, by) and self.fifo:
            answer["SequenceNumber"] = sequence_number(message)
        return answer

    def publish_from(self, caller: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """A state machine's ``sns:publish``."""
        return self.publish_call(parameters, caller)

    def be_fair(self) -> None:
        """A message for a tenant is published on a standard topic: its queues will have to know (facts: sqs 11)."""
        for subscription in () if self.fifo else self.subscriptions.values():
            queue = self.kernel.nodes.get(subscription.endpoint)
            if subscription.protocol == "sqs" and queue is not None:
                queue.be_fair()

    # -- subscriptions ----------------------------------------------------------------------------------------------

    def add(self, endpoint: str, parameters: Mapping[str, Any], announce: bool) -> Subscription:
        """A subscription that was checked. ``announce`` records it and lets SNS ask the owner of an address."""
        self.check_endpoint(endpoint)
        subscription = Subscription(self, endpoint, self._routes, parameters)
        self._routes += 1
        self.subscriptions[endpoint] = subscription
        self.kernel.changes += 1
        self._mark_dead_letter_queue(subscription)
        if announce:
            reason = None if subscription.confirmed else ("pending_confirmation",)
            self.kernel.record(
                "subscribed", self.id, subscription.id, None, reason, {"protocol": subscription.protocol}
            )
        if not subscription.confirmed:
            ask = getattr(self.kernel.nodes[endpoint], "ask_to_confirm", None)
            if ask is not None:
                ask(subscription.id)
        return subscription

    def subscribe(self, parameters: Mapping[str, Any]) -> None:
        """``Subscribe``. Repeating it with the same attributes does nothing. Raises Refused with AWS's code."""
        endpoint = parameters.get("Endpoint")
        node = self.kernel.nodes.get(str(endpoint))
        if node is None:
            raise invalid(f"Endpoint Reason: there is no node {endpoint!r}.")
        protocol = PROTOCOLS.get(node.kind)
        if protocol is None:
            raise invalid(f"Amazon SNS does not support this protocol string: {node.kind}")
        self.check_endpoint(str(endpoint))
        given = dict(parameters.get("Attributes") or {})
        old = self.subscriptions.get(str(endpoint))
        if old is not None:
            known = {name: value for name, value in old.parameters.items() if name[0].isupper()}
            if given and {name: value for name, value in given.items() if name[0].isupper()} != known:
                raise invalid("Attributes Reason: Subscription already exists with different attributes")
            return
        given.setdefault("confirmed", protocol not in CONFIRMED_BY_OWNER)
        self.add(str(endpoint), given, announce=True)

    def unsubscribe(self, endpoint: str) -> None:
        subscription = self.subscriptions.pop(endpoint, None)
        if subscription is None:
            raise Refused("NotFound", f"Subscription does not exist: {self.id}/{endpoint}")
        self.kernel.changes += 1
        self.kernel.record("unsubscribed", self.id, subscription.id)
        self._mark_dead_letter_queue(subscription, is_used=False)
        subscription.drop_all()
        self.ended.append(subscription)

    def confirm(self, endpoint: str) -> None:
        """``ConfirmSubscription``: the token is worth something for two days."""
        subscription = self.subscriptions.get(endpoint)
        if subscription is None:
            raise Refused("NotFound", f"Subscription does not exist: {self.id}/{endpoint}")
        if subscription.confirmed:
            return
        if self.kernel.now_ms - subscription.subscribed_ms >= limits.SNS_TOKEN_VALID_S * 1000:
            raise invalid("Token")
        subscription.confirmed = True
        self.kernel.changes += 1
        self.kernel.record("confirmed", self.id, subscription.id)

    def change_subscription(self, endpoint: str, values: Mapping[str, Any]) -> None:
        """``SetSubscriptionAttributes``, all at once; ``None`` removes. Raises Refused and keeps what is in force."""
        subscription = self.subscriptions[endpoint]
        if "confirmed" in values:
            subscription.confirmed = values["confirmed"] is not False or subscription.protocol not in CONFIRMED_BY_OWNER
        self._mark_dead_letter_queue(subscription, is_used=False)
        try:
            subscription.set_parameters(values)
        finally:
            self._mark_dead_letter_queue(subscription)

    def check_endpoint(self, endpoint: str) -> None:
        """Raise Refused in AWS's words if this type of topic does not deliver there, or has no room for one more."""
        node = self.kernel.nodes[endpoint]
        if self.fifo and node.kind != "queue":
            raise invalid("Invalid parameter: Endpoint Reason: FIFO topics deliver to SQS only")
        if not self.fifo and node.kind == "queue" and node.fifo:
            raise invalid(
                "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
            )
        if endpoint not in self.subscriptions and len(self.subscriptions) >= self._most_subscriptions:
            raise Refused(
                "SubscriptionLimitExceeded", "The customer already owns the maximum allowed number of subscriptions."
            )

    @property
    def _most_subscriptions(self) -> int:
        if self.fifo:
            return limits.SNS_SUBSCRIPTIONS_FIFO_MAX
        is_large = self.maximum_size > limits.SNS_MESSAGE_SIZE_DEFAULT_B
        return limits.SNS_BIG_MESSAGE_SUBSCRIPTIONS_MAX if is_large else limits.SNS_SUBSCRIPTIONS_STANDARD_MAX

    def _mark_dead_letter_queue(self, subscription: Subscription, is_used: bool = True) -> None:
        """A subscription's dead-letter queue is marked as one in the picture, though no move task can drain it."""
        queue = self.kernel.nodes.get(subscription.dead_letter_queue or "")
        if queue is not None and is_used:
            queue.subscription_sources.add(subscription.id)
        elif queue is not None:
            queue.subscription_sources.discard(subscription.id)

    # -- settings and looking ---------------------------------------------------------------------------------------

    def set_parameter(self, name: str, value: Any) -> None:
        """``SetTopicAttributes``; ``None`` removes. The value has been checked."""
        if value is None:
            self.parameters.pop(name, None)
        else:
            self.parameters[name] = value
        self._read()
        for subscription in self.subscriptions.values():
            subscription.read(subscription.parameters)

    def crash(self, parameters: Mapping[str, Any]) -> None:
        raise Refused("InvalidAction", f"{self.id} is a topic: SNS itself cannot be crashed here. Crash a subscriber.")

    restore = crash

    def metrics(self) -> dict[str, float]:
        return look.metrics(self)

    def view(self) -> dict[str, Any]:
        return look.view(self)

    def attributes(self) -> dict[str, str]:
        return look.attributes(self)
