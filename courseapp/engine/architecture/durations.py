"""What a document's times come to in whole milliseconds: fixed ones, and those drawn from a random stream."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any

from courseapp.engine.kernel.randomness import Dice


class Duration:
    """``5``, ``{"uniform": [a, b]}``, ``{"exponential": mean}`` or ``{"mixture": [[weight, time], …]}``, in seconds;
    drawn in whole ms."""

    __slots__ = ("a", "b", "fixed_ms", "kind", "parts")

    def __init__(self, seconds: Any) -> None:
        self.kind = "fixed"
        self.fixed_ms = 0
        self.a = self.b = 0.0
        self.parts: list[tuple[float, Duration]] = []
        if not isinstance(seconds, Mapping):
            self.fixed_ms = round(float(seconds) * 1000)
        elif "uniform" in seconds:
            self.kind = "uniform"
            self.a, self.b = (float(bound) * 1000 for bound in seconds["uniform"])
        elif "exponential" in seconds:
            self.kind = "exponential"
            self.a = float(seconds["exponential"]) * 1000
        else:
            self.kind = "mixture"
            self.parts = [(float(weight), Duration(time)) for weight, time in seconds["mixture"]]

    @property
    def mean_ms(self) -> float:
        """That of an exponential distribution; 0 for all others."""
        return self.a if self.kind == "exponential" else 0.0

    def draw_ms(self, dice: Dice) -> int:
        """One time in whole milliseconds. A fixed time draws nothing."""
        kind = self.kind
        if kind == "exponential":
            return int(-log(1.0 - dice.random()) * self.a + 0.5)
        if kind == "fixed":
            return self.fixed_ms
        if kind == "uniform":
            return int(self.a + (self.b - self.a) * dice.random() + 0.5)
        chosen = dice.random() * sum(weight for weight, _ in self.parts)
        for weight, part in self.parts:
            chosen -= weight
            if chosen < 0:
                return part.draw_ms(dice)
        return self.parts[-1][1].draw_ms(dice)


def latency_ms(parameters: Mapping[str, Any]) -> int:
    """How long what a link carries is on its way; ``parameters`` are the link's."""
    return round(float(parameters.get("latency_seconds", 0)) * 1000)
