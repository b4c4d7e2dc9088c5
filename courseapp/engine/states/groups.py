"""Several lines inside one state, and what becomes of them together; Parallel, which has one for each branch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine.states.errors import StatesError
from courseapp.engine.states.lines import Line
from courseapp.engine.states.nodes import NODES, Inner, Move, State

if TYPE_CHECKING:
    from courseapp.engine.states.definition import Scope


class Group:
    """The branches of a Parallel, or the iterations of a Map, that a line has going."""

    __slots__ = ("left", "line", "lines", "results", "stopped")

    def __init__(self, line: Line, count: int) -> None:
        self.line = line
        self.results: list[Any] = [None] * count
        self.left = count
        self.lines: dict[int, Line] = {}  # those that are going, by number
        self.stopped: dict[int, Line] | None = None  # those that have failed or were cut off

    def add(self, scope: Scope, number: int, previous: int) -> Line:
        outer = self.line
        line = self.lines[number] = Line(outer.execution, scope, self, number)
        line.variables, line.sizes = outer.variables, outer.sizes
        line.item = outer.item
        line.previous = previous
        return line

    def line_done(self, line: Line, output: Any) -> None:
        """A branch or an iteration has ended well."""
        outer = self.line
        self.noted_done(line)  # first: a history that is full ends the execution here, with the line still in its place
        del self.lines[line.branch]
        self.results[line.branch] = output
        self.left -= 1
        if not self.left:
            outer.execution.ready.append((outer, "grouped", None))
        elif self.room_for_more():
            outer.execution.ready.append((outer, "next_item", line.previous))

    def line_failed(self, line: Line, error: StatesError) -> None:
        """One has failed: the others are cut off, and the state fails with its error."""
        outer = self.line
        self.noted_failed(line)
        del self.lines[line.branch]
        self.stopped = {line.branch: line}
        outer.previous = line.previous
        self.abort(silently=False)
        outer.execution.ready.append((outer, "broken", error))

    def abort(self, silently: bool) -> None:
        for _, line in sorted(self.lines.items()):
            line.abort(silently)
            if not silently:
                self.noted_aborted(line)
        if self.lines:
            self.stopped = {**(self.stopped or {}), **self.lines}
            self.lines = {}

    def redrive(self) -> None:
        """Those that have not succeeded go on where they stopped."""
        outer = self.line
        self.noted_again()
        stopped, self.stopped = self.stopped or {}, None
        for number, line in sorted(stopped.items()):
            self.lines[number] = line
            line.previous = outer.previous
            self.noted_redriven(line)
            line.redrive(line.previous)
        if not self.left:
            outer.execution.ready.append((outer, "grouped", None))

    # What iterations do beyond that

    def start_next(self, previous: int) -> None:
        """A slot is free."""

    def room_for_more(self) -> bool:
        return False

    def at_the_end(self) -> Move:
        """Only a Map Run is told its end."""
        return None

    def noted_again(self) -> None:
        self.line.execution.note(self.line, f"{self.line.state.kind}StateStarted")

    def noted_redriven(self, line: Line) -> None: ...

    def noted_done(self, line: Line) -> None:
        self.line.previous = line.previous

    def noted_failed(self, line: Line) -> None: ...

    def noted_aborted(self, line: Line) -> None: ...


class Parallel(State):
    kind = "Parallel"
    has_result = True
    __slots__ = ("branches",)

    def __init__(self, name: str, state: Mapping[str, Any], scope: Scope, inner: Inner) -> None:
        super().__init__(name, state, scope, inner)
        self.branches = tuple(inner(branch) for branch in state["Branches"])

    def run(self, line: Line, raw: Any) -> Move:
        return self.again(line)

    def again(self, line: Line) -> Move:
        execution = line.execution
        sent = self.flow.send(line, self.flow.take(line, line.input))
        execution.note(line, "ParallelStateStarted")
        group = line.group = Group(line, len(self.branches))
        for number, branch in enumerate(self.branches):
            inner = group.add(branch, number, line.previous)
            execution.ready.append((inner, "go", (branch.start_at, sent)))
        return None


NODES["Parallel"] = Parallel
