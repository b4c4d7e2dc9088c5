"""Counter-runs: what an option of a scenario leads to, found by running its design.

An option's entry in ``runs.json`` is ``{"says", "figures", "commands"?}``; its design is the architecture document
``<option>.json`` beside it. A figure is a sum of metrics at the end of the run: ``{"plus": [[node, metric], …],
"minus": […]}``. With ``"since_seconds"`` only what came after that moment counts, and ``"per"`` divides it. All runs
have the seed 1, so that the options of a scenario meet the same arrivals. A run is made when it is first asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from courseapp.engine.architecture import parse
from courseapp.engine.commands import read_command
from courseapp.labs.run import Log, Run

SEED: Final = 1
Metrics = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class CounterRun:
    """``words`` has the names of ``figures`` in braces. ``commands`` are as in a commands file."""

    design: Path
    words: str
    until_seconds: int
    figures: Mapping[str, Mapping[str, Any]]
    commands: Sequence[Mapping[str, Any]] = ()

    @cached_property
    def found(self) -> Mapping[str, int]:
        """The figures, whole numbers."""
        commands = [(place, read_command(command)) for place, command in enumerate(self.commands, 1)]
        architecture = parse(json.loads(self.design.read_text(encoding="utf-8")))
        run = Run(architecture, SEED, Log.of(commands), journal=False)
        seen: dict[int, Metrics] = {}
        moments = {figure["since_seconds"] for figure in self.figures.values() if "since_seconds" in figure}
        for moment in sorted({*moments, self.until_seconds}):
            run.run_to(moment * 1000)
            seen[moment] = run.simulation.metrics()
        run.let_go()
        return {name: _amount(figure, seen, self.until_seconds) for name, figure in self.figures.items()}

    @cached_property
    def says(self) -> str:
        """The sentence with its figures."""
        return self.words.format_map({name: f"{figure:,}" for name, figure in self.found.items()})


def _amount(figure: Mapping[str, Any], seen: Mapping[int, Metrics], until_seconds: int) -> int:
    total = _sum(figure, seen[until_seconds])
    if "since_seconds" in figure:
        total -= _sum(figure, seen[figure["since_seconds"]])
    per: int = figure.get("per", 1)
    return round(total / per)


def _sum(figure: Mapping[str, Any], metrics: Metrics) -> float:
    plus = sum(metrics.get(node, {}).get(name, 0) for node, name in figure.get("plus", ()))
    return plus - sum(metrics.get(node, {}).get(name, 0) for node, name in figure.get("minus", ()))
