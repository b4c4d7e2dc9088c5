"""One run of a lab: the simulation together with its log, advanced to any instant. Pure.

A command takes effect at its own time, whenever it was logged: the run goes to the millisecond before, puts the
command into the agenda, and goes on. Commands of the same millisecond follow their sequence. What a lab does is
therefore a function of document, seed and log alone, and a run that is rebuilt from them goes on exactly as the
first one did.
"""

from __future__ import annotations

import gc
import pickle
from bisect import insort
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from courseapp.engine.architecture import Architecture
from courseapp.engine.commands import Command
from courseapp.engine.kernel import COMMANDS, Record
from courseapp.engine.world import Simulation

Logged = tuple[int, int, Command]


@contextmanager
def no_collection() -> Iterator[None]:
    """Freezing and replaying make many objects and little garbage; searching for it takes most of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(slots=True)
class Log:
    """What is done in a run, sorted by (at_ms, sequence)."""

    commands: list[Logged] = field(default_factory=list)
    last_sequence: int = 0

    @classmethod
    def of(cls, commands: Iterable[tuple[int, Command]], last_sequence: int = 0) -> Log:
        logged = sorted((command.at_ms, sequence, command) for sequence, command in commands)
        return cls(logged, max([last_sequence, *(sequence for _, sequence, _ in logged)]))

    def add(self, sequence: int, command: Command) -> None:
        insort(self.commands, (command.at_ms, sequence, command), key=lambda logged: logged[:2])
        self.last_sequence = max(self.last_sequence, sequence)


class Run:
    """``at_ms`` is how far it has got; ``sequence`` counts the records drained, ``applied`` the commands taken.

    A run starts at the smaller of 0, its first command, and ``begin_ms``.
    """

    __slots__ = ("applied", "at_ms", "log", "sequence", "simulation")

    def __init__(
        self, architecture: Architecture, seed: int, log: Log, begin_ms: int = 0, journal: bool = True
    ) -> None:
        self.at_ms = min([0, begin_ms, *(logged[0] for logged in log.commands[:1])])
        self.simulation = Simulation(architecture, seed, journal, self.at_ms)
        self.log = log
        self.applied = 0
        self.sequence = 0

    def run_to(self, at_ms: int, most: int | None = None) -> bool:
        """Let everything up to and including ``at_ms`` happen, but at most about ``most`` things.

        True if it was reached.
        """
        commands = self.log.commands
        while self.applied < len(commands) and commands[self.applied][0] <= at_ms:
            command = commands[self.applied][2]
            if not self._advance(command.at_ms - 1, most) or (most is not None and self.simulation.is_tired):
                return False
            self.simulation.kernel.plan(command.at_ms, COMMANDS, self.simulation, "carry_out", command)
            self.applied += 1
        return self._advance(at_ms, most)

    def finish_instant(self) -> None:
        """Let the rest of the present millisecond happen, so that a command may follow."""
        self.run_to(self.at_ms)

    def next_ms(self) -> int | None:
        """When the next thing happens; None if nothing is planned."""
        planned = self.simulation.next_event_ms()
        commands = self.log.commands
        if self.applied < len(commands):
            at_ms = commands[self.applied][0]
            planned = at_ms if planned is None else min(planned, at_ms)
        return None if planned is None else max(planned, self.at_ms)

    def drain(self) -> list[Record]:
        records = self.simulation.drain()
        self.sequence += len(records)
        return records

    def freeze(self) -> bytes:
        """The state between two events, without the log; records that were not drained are kept in it."""
        state = (self.simulation, self.applied, self.sequence, self.at_ms)
        with no_collection():
            return pickle.dumps(state, protocol=pickle.HIGHEST_PROTOCOL)

    @classmethod
    def thaw(cls, frozen: bytes, log: Log) -> Run:
        run = cls.__new__(cls)
        with no_collection():
            run.simulation, run.applied, run.sequence, run.at_ms = pickle.loads(frozen)
        run.log = log
        return run

    def let_go(self) -> None:
        """Nobody needs the run any more: undo what its parts know of one another, so that its memory is free at once.

        Python would find it late, in a search that costs more than running did. Records that were drained stay whole;
        the run itself is of no use afterwards.
        """
        kernel = self.simulation.kernel
        for node in kernel.nodes.values():
            for execution in getattr(node, "executions", ()):
                del execution.root  # the record of an execution names the execution itself: the rest of it stays
            for worker in getattr(node, "workers", ()):
                _empty(worker)
            _empty(node)
        _empty(kernel)
        _empty(self.simulation)

    def _advance(self, at_ms: int, most: int | None) -> bool:
        there = self.simulation.run_until(at_ms, most)
        self.at_ms = max(self.at_ms, at_ms if there else self.simulation.now_ms)
        return there


def _empty(part: Any) -> None:
    for kind in type(part).__mro__:
        for name in vars(kind).get("__slots__", ()):
            if hasattr(part, name):
                delattr(part, name)
    getattr(part, "__dict__", {}).clear()
