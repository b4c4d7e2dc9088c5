"""Parallel and Map: several lines inside one state, and what becomes of them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine.states.errors import StatesError
from courseapp.engine.states.flow import PathFlow, checked, read_whole
from courseapp.engine.states.lines import Line
from courseapp.engine.states.nodes import NODES, Inner, Move, State
from courseapp.engine.states.paths import MISSING, compile_path
from courseapp.engine.states.quotas import INLINE_MAP_CONCURRENCY

if TYPE_CHECKING:
    from courseapp.engine.states.definition import Scope


class Group:
    """The branches of a Parallel or the iterations of a Map that a line has going."""

    __slots__ = ("data", "items", "left", "limit", "line", "lines", "results", "started")

    def __init__(self, line: Line, count: int) -> None:
        self.line = line
        self.results: list[Any] = [None] * count
        self.left = count
        self.lines: dict[int, Line] = {}  # those that are going, by number
        self.started = 0  # iterations begun
        self.items: list[Any] | None = None  # None for a Parallel
        self.data: Any = None  # a Map's effective input
        self.limit = count

    def add(self, scope: Scope, number: int, previous: int) -> Line:
        outer = self.line
        line = self.lines[number] = Line(outer.execution, scope, self, number)
        line.variables = outer.variables
        line.item = outer.item
        line.previous = previous
        return line

    def start_next(self, previous: int) -> None:
        """Begin the next iteration; its first event points at ``previous``."""
        number = self.started
        if self.items is None or number >= len(self.items):
            return
        self.started += 1
        outer = self.line
        state = outer.state
        assert isinstance(state, Map)
        line = self.add(state.processor, number, previous)
        line.item = (number, self.items[number])
        line.state, line.entered, line.entered_ms = state, outer.entered, outer.entered_ms
        outer.execution.note(line, "MapIterationStarted", number)
        selector = state.flow.parameters
        value = self.items[number] if selector is None else checked(line, line.fill(selector, self.data))
        outer.execution.ready.append((line, "go", (state.processor.start_at, value)))

    def line_done(self, line: Line, output: Any) -> None:
        """A branch or an iteration has ended well."""
        outer = self.line
        del self.lines[line.branch]
        self.results[line.branch] = output
        self.left -= 1
        ready = outer.execution.ready
        if self.items is not None:
            outer.execution.note(line, "MapIterationSucceeded", line.branch, advance=False, state=outer.state.name)
        outer.previous = line.previous
        if not self.left:
            ready.append((outer, "grouped", None))
        elif self.items is not None and self.started < len(self.items):
            ready.append((outer, "next_item", line.previous))

    def line_failed(self, line: Line, error: StatesError) -> None:
        """One has failed: the others are cut off, and the state fails with its error."""
        outer = self.line
        del self.lines[line.branch]
        if self.items is not None:
            outer.execution.note_if_room(line, "MapIterationFailed", line.branch, state=outer.state.name)
        outer.previous = line.previous
        self.abort(silently=False)
        outer.execution.ready.append((outer, "broken", error))

    def abort(self, silently: bool) -> None:
        for number, line in sorted(self.lines.items()):
            line.abort(silently)
            if self.items is not None and not silently:
                outer = self.line
                outer.execution.note_if_room(line, "MapIterationAborted", number, state=outer.state.name)
        self.lines.clear()


class Parallel(State):
    kind = "Parallel"
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


class Map(State):
    """Inline: the same steps for each item, at most 40 at once."""

    kind = "Map"
    __slots__ = ("concurrency", "concurrency_path", "items_path", "processor")

    def __init__(self, name: str, state: Mapping[str, Any], scope: Scope, inner: Inner) -> None:
        super().__init__(name, state, scope, inner)
        self.processor = inner(state["ItemProcessor"] if "ItemProcessor" in state else state["Iterator"])
        self.items_path = compile_path(state.get("ItemsPath", "$"))
        self.concurrency: int = state.get("MaxConcurrency", 0)
        path = state.get("MaxConcurrencyPath")
        self.concurrency_path = None if path is None else compile_path(path)

    def flow_of(self, state: Mapping[str, Any]) -> PathFlow:
        return PathFlow(state, "ItemSelector" if "ItemSelector" in state else "Parameters")

    def run(self, line: Line, raw: Any) -> Move:
        return self.again(line)

    def again(self, line: Line) -> Move:
        effective = self.flow.take(line, line.input)
        items = self.items_path.find(line, effective)
        if items is MISSING:
            items = line.evaluate(self.items_path, "ItemsPath", effective)
        if not isinstance(items, list):
            raise line.problem("Attempting to map over non-iterable node.")
        concurrency = self.concurrency
        if self.concurrency_path is not None:
            concurrency = read_whole(line, self.concurrency_path, "MaxConcurrencyPath", effective)
            if concurrency < 0:
                raise line.problem("MaxConcurrency cannot be negative.")
        line.execution.note(line, "MapStateStarted", len(items))
        group = line.group = Group(line, len(items))
        group.items, group.data = items, effective
        started = line.previous
        if not items:
            line.execution.ready.append((line, "grouped", None))
        for _ in range(min(len(items), concurrency or INLINE_MAP_CONCURRENCY, INLINE_MAP_CONCURRENCY)):
            group.start_next(started)
        return None


NODES["Parallel"] = Parallel
NODES["Map"] = Map
