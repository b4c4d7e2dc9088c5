"""Retry and Catch, compiled: when the next attempt begins, and what a caught error hands on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseapp.engine.states.flow import compile_assign, result_place
from courseapp.engine.states.queries import asked

_LONGEST_PAUSE_SECONDS = 1e11  # ours: longer than any execution lives; a pause that would overflow is cut to it


class Retrier:
    __slots__ = ("attempts", "full_jitter", "interval", "most_delay", "names", "rate")

    def __init__(self, retrier: Mapping[str, Any]) -> None:
        self.names = tuple(retrier["ErrorEquals"])
        self.interval: int = retrier.get("IntervalSeconds", 1)
        self.attempts: int = retrier.get("MaxAttempts", 3)
        self.rate = float(min(retrier.get("BackoffRate", 2.0), _LONGEST_PAUSE_SECONDS))
        self.most_delay: int | None = retrier.get("MaxDelaySeconds")
        self.full_jitter = retrier.get("JitterStrategy", "NONE") == "FULL"

    def pause_ms(self, number: int, drawn: float | None = None) -> int:
        """The pause before retry ``number`` (from 1), in ms; ``drawn`` in [0, 1) is the share of it that FULL jitter
        keeps."""
        try:
            seconds = self.interval * self.rate ** (number - 1)
        except OverflowError:
            seconds = _LONGEST_PAUSE_SECONDS
        seconds = min(seconds, self.most_delay or _LONGEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        return round(seconds * 1000 * (1 if drawn is None else drawn))


class Catcher:
    """``query``: its Assign and Output are JSONata; else Assign is a payload template and ResultPath counts."""

    __slots__ = ("assign", "names", "next", "output", "query", "result_path")

    def __init__(self, catcher: Mapping[str, Any], query: bool = False) -> None:
        self.names = tuple(catcher["ErrorEquals"])
        self.next: str = catcher["Next"]
        self.result_path = result_place(catcher)
        self.query = query
        self.output = asked(catcher, "Output") if query else None
        self.assign: Any = asked(catcher, "Assign") if query else compile_assign(catcher)
