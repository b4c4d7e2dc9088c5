"""A copy on its way from a topic to one subscriber."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseapp.engine.messages import Message, Retold, compact

if TYPE_CHECKING:
    from courseapp.engine.sns.subscription import Subscription


class Attempt(Retold):
    """How often it was tried, and when it is tried next."""

    __slots__ = ("message", "next_ms", "number", "since_ms", "subscription")

    def __init__(self, message: Message, subscription: Subscription) -> None:
        self.message = message
        self.subscription = subscription
        self.number = 1
        self.since_ms = -1
        self.next_ms = -1

    @property
    def body(self) -> str:
        """What was published, as this subscriber's protocol is told it."""
        return self.message.text_for(self.subscription.protocol)

    @property
    def uid(self) -> int:
        return (self.message.number << 8) + 2 + self.subscription.number

    @property
    def received(self) -> str:
        """What the subscriber gets, word for word: a function's event, a post's text, what a person reads."""
        subscription, message = self.subscription, self.message
        envelope, protocol = subscription.topic.envelope, subscription.protocol
        if protocol == "lambda":
            return compact(envelope.event(message, subscription.id))
        if protocol == "https" and not subscription.raw:
            return envelope.text(message, subscription.id, protocol)
        return message.text_for(protocol)
