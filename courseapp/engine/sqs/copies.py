"""A message as one queue keeps it, and what receiving it has made of it.

A copy that nobody has received yet is four words and a message that it shares with the copies in other queues. Only a
receive gives it a ``Flight``: count, receipt, deadline and holder. Ids and receipt handles are derived when somebody
looks.
"""

from __future__ import annotations

import hashlib
from typing import Any

from courseapp.engine.limits import message_size_bytes
from courseapp.engine.messages import Attributes, Message, Retold, as_uuid

DELAYED, VISIBLE, IN_FLIGHT, GONE = range(4)


class Route:
    """How a copy came into the queue when a topic delivered it: shared by all copies of one subscription."""

    __slots__ = ("by", "envelope", "link", "number", "raw", "topic")

    def __init__(self, number: int, link: str, raw: bool, envelope: Any) -> None:
        self.topic = link.split("/")[0]
        self.by = (self.topic,)  # the detail of a ``sent`` record
        self.number = number
        self.link = link
        self.raw = raw
        self.envelope = envelope

    def body(self, message: Message) -> str:
        text: str = message.text_for("sqs") if self.raw else self.envelope.text(message, self.link)
        return text


class Flight:
    """What receives have done to a copy. Times in virtual ms; ``count`` is also the number of the newest receipt.

    ``received_ms`` is the newest receive, ``since_ms`` when the deadline in force was set, ``entered_ms`` when a
    dead-letter queue took the copy over from ``source``.
    """

    __slots__ = (
        "count",
        "deadline_ms",
        "entered_ms",
        "first_ms",
        "holder",
        "received_ms",
        "since_ms",
        "source",
        "state",
    )

    def __init__(
        self, state: int = VISIBLE, count: int = 0, now_ms: int = -1, until_ms: int = -1, holder: Any = None
    ) -> None:
        """As the first receive at ``now_ms`` leaves it; without arguments, as a copy that nobody has received."""
        self.count = count
        self.state = state
        self.first_ms = now_ms
        self.received_ms = now_ms
        self.deadline_ms = until_ms
        self.since_ms = now_ms
        self.holder = holder
        self.entered_ms = -1
        self.source: str | None = None


class Copy(Retold):
    """One message in one queue. ``order`` is its place in that queue, ``sent_ms`` where its retention counts from."""

    __slots__ = ("flight", "message", "order", "route", "sent_ms")

    def __init__(self, message: Message, route: Route | None, order: int, sent_ms: int) -> None:
        self.message = message
        self.route = route
        self.order = order
        self.sent_ms = sent_ms
        self.flight: Flight | None = None

    @property
    def uid(self) -> int:
        return (self.message.number << 8) + (1 if self.route is None else 2 + self.route.number)

    @property
    def message_id(self) -> str:
        """The ``MessageId`` that SQS gives this copy (SNS's own id of the message is another)."""
        return as_uuid("sqs", self.uid)

    @property
    def body(self) -> str:
        return self.message.body if self.route is None else self.route.body(self.message)

    @property
    def received(self) -> str:
        """What a receiver gets."""
        return self.body

    @property
    def attributes(self) -> Attributes:
        """Message attributes; empty inside an envelope, where they stand in the text, and where every subscriber has a
        text of its own (facts: sns 2 and 4)."""
        if self.route is not None and (not self.route.raw or self.message.structure == "json"):
            return {}
        return self.message.attributes

    @property
    def group(self) -> str | None:
        return self.message.group

    @property
    def size(self) -> int:
        return message_size_bytes(self.body, self.attributes)

    @property
    def receive_count(self) -> int:
        return 0 if self.flight is None else self.flight.count

    @property
    def state(self) -> int:
        return VISIBLE if self.flight is None else self.flight.state


def receipt_handle(copy: Copy, receipt: int) -> str:
    """The receipt handle of one act of receiving: opaque, and different at each receive."""
    proof = hashlib.md5(f"receipt/{copy.uid}/{receipt}".encode(), usedforsecurity=False).hexdigest()
    return f"AQEB{copy.uid:x}.{receipt}.{proof}"


def read_receipt_handle(handle: str) -> tuple[int, int] | None:
    """The uid and receipt number of a handle that this engine gave out; None for any other text."""
    parts = handle.removeprefix("AQEB").split(".")
    if not handle.startswith("AQEB") or len(parts) != 3 or not parts[1].isdecimal():
        return None
    try:
        uid = int(parts[0], 16)
    except ValueError:
        return None
    proof = hashlib.md5(f"receipt/{uid}/{int(parts[1])}".encode(), usedforsecurity=False).hexdigest()
    return (uid, int(parts[1])) if proof == parts[2] else None
