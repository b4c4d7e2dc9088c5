"""How long calls and jobs take: ``task_seconds`` of a machine, by state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from courseapp.engine.architecture.durations import Duration
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
    return Duration(seconds).draw_ms(dice)
