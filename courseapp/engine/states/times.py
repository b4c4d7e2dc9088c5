"""How long calls and jobs take: ``task_seconds`` of a machine, by state."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any, NamedTuple

from courseapp.engine.kernel.randomness import Dice


class Times(NamedTuple):
    """Milliseconds from the start of the call: its answer; the end of the job that it starts (None: it starts none)."""

    call_ms: int = 0
    job_ms: int | None = None
    job_fails: str | None = None


AT_ONCE = Times()


def draw(seconds: Any, dice: Dice) -> Times:
    """The times of one call, from what the document says of its state."""
    if isinstance(seconds, Mapping) and "job" in seconds:
        return Times(_ms(seconds.get("call", 0), dice), _ms(seconds["job"], dice), seconds.get("job_fails"))
    return Times(_ms(seconds, dice))


def _ms(seconds: Any, dice: Dice) -> int:
    """``5``, ``{"uniform": [a, b]}``, ``{"exponential": mean}`` or ``{"mixture": [[weight, time], …]}``."""
    if not isinstance(seconds, Mapping):
        return _whole(seconds)
    if "uniform" in seconds:
        low, high = seconds["uniform"]
        return _whole(low + (high - low) * dice.random())
    if "exponential" in seconds:
        return _whole(-log(1.0 - dice.random()) * seconds["exponential"])
    chosen = dice.random() * sum(weight for weight, _ in seconds["mixture"])
    for weight, time in seconds["mixture"]:
        chosen -= weight
        if chosen < 0:
            return _ms(time, dice)
    return _ms(seconds["mixture"][-1][1], dice)


def _whole(seconds: float) -> int:
    return round(seconds * 1000)
