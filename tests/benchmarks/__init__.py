"""Benchmarks: what things cost, each beside its peer in the same run. ``python -m tests.benchmarks [NAME …] [--json]``.

A benchmark is a function that returns a `Measured`; its name is ``shelf/thing``. Figures are CPU seconds unless the
unit says otherwise, the best of a few repetitions, so that other work on the machine disturbs them little. ``ratio``
is how many times better than the peer (over 1 is better). Nothing here is a test: no figure fails a run.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure. ``peer`` says what it is compared with; without a peer ``peer_value`` is a limit or None."""

    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        if self.peer_value is None or not self.value or not self.peer_value:
            return None
        return self.value / self.peer_value if self.more_is_better else self.peer_value / self.value


BENCHMARKS: dict[str, Callable[[], Measured]] = {}


def benchmark(name: str) -> Callable[[Callable[[], Measured]], Callable[[], Measured]]:
    """Register a benchmark under its name."""

    def register(function: Callable[[], Measured]) -> Callable[[], Measured]:
        BENCHMARKS[name] = function
        return function

    return register


def cpu_seconds(work: Callable[[], Any], repetitions: int = 2) -> float:
    """The least CPU time of this process that ``work`` took."""
    best = float("inf")
    for _ in range(repetitions):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
