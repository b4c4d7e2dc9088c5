"""A stream of a publisher's messages: how often they come, how they speak, and where all of them go."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor
from typing import Any

from courseapp.engine.kernel.randomness import Dice
from courseapp.engine.messages import Template
from courseapp.engine.sns.topic import Topic
from courseapp.engine.sqs.fan import Fan


class Rate:
    """One entry of ``rates``: when the next message of this stream is due."""

    __slots__ = (
        "changes", "count", "dice", "every_ms", "fan", "from_ms", "is_endless", "message", "number", "place", "random",
        "sent", "template", "topic", "until_ms",
    )  # fmt: skip

    def __init__(self, place: int, values: Mapping[str, Any], from_ms: int, dice: Dice) -> None:
        every_s = values.get("every_seconds")
        per_second = values.get("messages_per_second")
        if every_s is None:
            every_s = 1 / float(per_second) if per_second else 0.0
        self.place = place
        self.dice = dice
        self.every_ms = float(every_s) * 1000
        self.random = values.get("spacing", "even") == "random"
        self.from_ms = max(from_ms, round(float(values.get("from_seconds", 0)) * 1000))
        until_s = values.get("until_seconds")
        self.until_ms = None if until_s is None else round(float(until_s) * 1000)
        self.count: int | None = values.get("count")
        self.is_endless = self.random and self.until_ms is None and self.count is None  # the next is only a draw away
        self.message: Mapping[str, Any] = values.get("message") or {}
        self.number = 0  # numbers count from the last change of the rate
        self.sent = 0
        # Where all of its messages go and how they speak, as long as the kernel's count of changes is this one.
        self.changes = -1
        self.topic: Topic | None = None
        self.template: Template | None = None
        self.fan: Fan | None = None  # that of the topic, if it takes them

    @property
    def last_ms(self) -> int | None:
        """When the newest message of an even rate was due; None if there was none, or if no other was to come."""
        if self.random or not self.sent or self.every_ms == 0:
            return None
        return self.from_ms + floor((self.number - 1) * self.every_ms + 0.5)

    def go_on(self, sent: int, last_ms: int | None) -> None:
        """Take the place of a rate that has just been changed: it had sent so many, the newest one at ``last_ms``."""
        self.sent = sent
        if last_ms is not None and not self.random:
            self.from_ms = max(self.from_ms, round(last_ms + self.every_ms))
