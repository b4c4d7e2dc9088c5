"""Headless runs of a lab, and what a check wants to know of them.

A check says beforehand what it needs (``Needs``): how far to run, which metrics, at which instants, and whether to look
at every event of a span. All checks of a claim share one run, which stops at those instants only; where no metric is
watched event by event, the engine runs through at its own speed. Runs are remembered by what they depend on, and by
nothing else: document, commands, seed and needs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from courseapp.engine.architecture import parse
from courseapp.engine.commands import read_command
from courseapp.engine.kernel import Record
from courseapp.engine.world import Simulation

Metric = tuple[str, str]  # node id, name of the metric
Row = Mapping[Metric, float]


@dataclass(frozen=True, slots=True)
class Needs:
    """``until_ms`` ends the run. ``metrics`` are read at every one of ``instants`` and, in ``span`` (both ends
    included), at the end of each millisecond in which something happens, and at the span's ends."""

    until_ms: int
    metrics: frozenset[Metric] = frozenset()
    instants: frozenset[int] = frozenset()
    span: tuple[int, int] | None = None

    def __or__(self, other: Needs) -> Needs:
        spans = [span for span in (self.span, other.span) if span]
        return Needs(
            max(self.until_ms, other.until_ms),
            self.metrics | other.metrics,
            self.instants | other.instants,
            (min(begin for begin, _ in spans), max(end for _, end in spans)) if spans else None,
        )


@dataclass(frozen=True, slots=True)
class Observation:
    """What one run showed: all its records, the metrics at the instants asked for, and along the span."""

    records: tuple[Record, ...]
    instants: Mapping[int, Row]
    samples: tuple[tuple[int, Row], ...]


def observe(document: Mapping[str, Any], commands: Sequence[Mapping[str, Any]], seed: int, needs: Needs) -> Observation:
    """Run the document with these commands. Raises the engine's ``Refused`` for a command that is refused."""
    return _observe(_text(document), _text(sorted(commands, key=_at_ms)), seed, needs)


def _text(value: Any) -> str:
    """As JSON text, in the order given: the order of a body's keys is part of the message."""
    return json.dumps(value, separators=(",", ":"))


def _at_ms(command: Mapping[str, Any]) -> int:
    return int(command["at_ms"])


@lru_cache(maxsize=48)
def _observe(document: str, commands: str, seed: int, needs: Needs) -> Observation:
    waiting = [read_command(command) for command in json.loads(commands)]
    start_ms = min([0, *(command.at_ms for command in waiting)])
    simulation = Simulation(parse(json.loads(document)), seed=seed, start_ms=start_ms)
    records: list[Record] = []
    instants: dict[int, Row] = {}
    samples: list[tuple[int, Row]] = []

    def advance(to_ms: int) -> None:
        """Go to the end of that millisecond, looking at each event on the way if it lies in the span."""
        if needs.span is not None:
            begin, end = needs.span
            if simulation.now_ms < begin - 1 <= to_ms:
                simulation.run_until(begin - 1)
            while (at_ms := simulation.next_event_ms()) is not None and at_ms <= min(to_ms, end):
                simulation.run_until(at_ms)
                if begin <= at_ms:
                    samples.append((at_ms, _read(simulation, needs.metrics)))
        simulation.run_until(to_ms)
        records.extend(simulation.drain())

    ends = set(needs.span or ()) | {needs.until_ms}
    stops = sorted(needs.instants | ends | {command.at_ms - 1 for command in waiting})
    for stop in stops:
        if stop > needs.until_ms:
            break
        if stop >= simulation.now_ms:
            advance(stop)
        if stop in needs.instants:
            instants[stop] = _read(simulation, needs.metrics)
        if needs.span is not None and stop in needs.span:
            samples.append((stop, _read(simulation, needs.metrics)))
        while waiting and waiting[0].at_ms <= stop + 1:
            simulation.apply(waiting.pop(0))
    return Observation(tuple(records), instants, tuple(samples))


def _read(simulation: Simulation, metrics: frozenset[Metric]) -> Row:
    """Those metrics now; one whose node does not exist (yet, or any more) is left out."""
    figures = simulation.metrics()
    row: dict[Metric, float] = {}
    for node, name in metrics:
        if node in figures:
            if name not in figures[node]:
                raise ValueError(f"{node} has no metric {name!r}; it has {', '.join(sorted(figures[node]))}")
            row[node, name] = figures[node][name]
    return row
