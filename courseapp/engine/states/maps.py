"""Map: the same steps for each item, inside the execution (INLINE) or as executions of their own (DISTRIBUTED).

Order: ItemReader → Items or ItemsPath → ItemSelector → ItemBatcher → iterations → ResultWriter → result in the order of
the items.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine.states.amounts import amount, read
from courseapp.engine.states.distributed import Distributed, filler
from courseapp.engine.states.errors import QUERY_EVALUATION_ERROR, StatesError
from courseapp.engine.states.flow import checked
from courseapp.engine.states.groups import Group
from courseapp.engine.states.items import Item
from courseapp.engine.states.jsontext import compact
from courseapp.engine.states.lines import Line
from courseapp.engine.states.mapruns import Job, MapRun
from courseapp.engine.states.nodes import NODES, Inner, Move, State
from courseapp.engine.states.paths import MISSING, compile_path
from courseapp.engine.states.queries import Asked, answer, asked, evaluation_failed
from courseapp.engine.states.quotas import INLINE_MAP_CONCURRENCY, MAP_RUN_EFFORT

if TYPE_CHECKING:
    from courseapp.engine.states.definition import Scope

SOURCE = "STATE_DATA"


class Map(State):
    kind = "Map"
    has_result = True
    __slots__ = ("concurrency", "count", "distributed", "items", "items_path", "processor", "selector", "share")

    def __init__(self, name: str, state: Mapping[str, Any], scope: Scope, inner: Inner) -> None:
        super().__init__(name, state, scope, inner)
        processor = state["ItemProcessor"] if "ItemProcessor" in state else state["Iterator"]
        self.processor = inner(processor)
        self.items_path = compile_path(state.get("ItemsPath", "$"))
        self.items = asked(state, "Items") if self.query else None
        self.selector = filler(
            state, "ItemSelector" if "ItemSelector" in state or self.query else "Parameters", self.query
        )
        self.concurrency = amount(state, "MaxConcurrency", self.query)
        self.count = amount(state, "ToleratedFailureCount", self.query)
        self.share = amount(state, "ToleratedFailurePercentage", self.query, share=True)
        config = processor.get("ProcessorConfig", {})
        distributed = config.get("Mode") == "DISTRIBUTED"
        self.distributed = Distributed(state, config, self.query) if distributed else None

    def run(self, line: Line, raw: Any) -> Move:
        return self.again(line)

    def again(self, line: Line) -> Move:
        effective, how = self.flow.take(line, line.input), self.distributed
        try:
            items = self._items(line, effective) if how is None or how.reader is None else []
            concurrency, count, share = self._limits(line, effective)
        except StatesError as error:
            error.at_outset = error.name == QUERY_EVALUATION_ERROR
            raise
        line.execution.note(line, "MapStateStarted", len(items))
        if how is not None:
            run = MapRun(line, self.processor, how.label, how.express)
            run.limit = min(concurrency or run.limit, run.limit)
            run.count, run.share = count, share
            return self._begin_run(run, line, effective, items, how)
        most = min(concurrency or INLINE_MAP_CONCURRENCY, INLINE_MAP_CONCURRENCY)
        group = line.group = Iterations(line, self, items, effective, most)
        if not items:
            line.execution.ready.append((line, "grouped", None))
        group.start_some(line.previous)
        return None

    def _limits(self, line: Line, effective: Any) -> tuple[int, float | None, float | None]:
        concurrency = int(read(self.concurrency, line, effective))
        count = None if self.count is None else self.count.of(line, effective)
        share = None if self.share is None else self.share.of(line, effective)
        return concurrency, count, share

    def _items(self, line: Line, effective: Any) -> Any:
        """An array, or for a distributed Map also an object. Raises StatesError."""
        if self.items is not None:
            items = answer(self.items, line)
        else:
            items = self.items_path.find(line, effective)
            if items is MISSING:
                items = line.evaluate(self.items_path, "ItemsPath", effective)
        if isinstance(items, list) or (self.distributed is not None and isinstance(items, dict)):
            return items
        raise self._not_iterable(line, items)

    def _not_iterable(self, line: Line, items: Any) -> StatesError:
        if not self.query:
            return line.problem("Attempting to map over non-iterable node.")
        if isinstance(self.items, Asked):
            return self.items.unexpected(line, "array", items)
        says = f"Map state input must be an array but was: {compact(items)}"
        return evaluation_failed(line, says, None if self.items is None else "Items")

    # Distributed

    def _begin_run(self, run: MapRun, line: Line, effective: Any, items: Any, how: Distributed) -> Move:
        line.group = run
        line.execution.note_fields(line, "MapRunStarted", mapRunArn=run.arn)
        self._feed(run, line, effective, items, how)
        return None

    def feed(self, run: MapRun) -> None:
        """Give a Map Run that could not have its items those that there are now."""
        line, how = run.line, self.distributed
        assert how is not None
        effective = self.flow.take(line, line.input)
        self._feed(run, line, effective, self._items(line, effective) if how.reader is None else [], how)

    def _feed(self, run: MapRun, line: Line, effective: Any, items: Any, how: Distributed) -> None:
        try:
            source = SOURCE
            if how.reader is not None:
                items, source = how.read(line, effective)
            run.where, run.config = how.writes_to(line, effective)
            jobs = self._jobs(line, effective, items, source, how)
        except StatesError as error:
            run.fail(error)
            return
        run.begin(jobs)

    def _jobs(self, line: Line, effective: Any, items: Any, source: str, how: Distributed) -> list[Job]:
        pairs: Iterable[tuple[str | None, Any]] = (
            items.items() if isinstance(items, dict) else ((None, one) for one in items)
        )
        inputs: list[Any] = []
        spent = line.effort = 0
        outer = line.item
        try:
            for index, (key, value) in enumerate(pairs):
                line.item = Item(index, value, key, source)
                plain = value if key is None else {"Key": key, "Value": value}
                inputs.append(plain if self.selector is None else self.selector(line, effective))
                spent += line.effort
                if spent > MAP_RUN_EFFORT:
                    raise line.problem(f"The ItemSelector makes more than {MAP_RUN_EFFORT:,} values and letters.")
        finally:
            line.item = outer
        if how.batches is None:
            return [(checked(line, one), 1) for one in inputs]
        return [(checked(line, batch), len(batch["Items"])) for batch in how.batches.of(line, effective, inputs)]


class Iterations(Group):
    """The iterations of an inline Map."""

    __slots__ = ("data", "items", "most", "started", "state")

    def __init__(self, line: Line, state: Map, items: list[Any], data: Any, most: int) -> None:
        super().__init__(line, len(items))
        self.state = state
        self.items = items
        self.data = data
        self.most = most  # so many at once
        self.started = 0

    def start_some(self, previous: int) -> None:
        """Fill the free slots; the first event of each iteration points at ``previous``."""
        for _ in range(min(self.most - len(self.lines), len(self.items) - self.started)):
            self.start_next(previous)

    def redrive(self) -> None:
        super().redrive()
        self.start_some(self.line.previous)

    def noted_again(self) -> None:
        self.line.execution.note(self.line, "MapStateStarted", len(self.items))

    def noted_redriven(self, line: Line) -> None:
        self.line.execution.note(line, "MapIterationStarted", line.branch, state=self.state.name)

    def start_next(self, previous: int) -> None:
        """Begin the next iteration; its first event points at ``previous``."""
        number = self.started
        if number >= len(self.items):
            return
        self.started += 1
        outer, state = self.line, self.state
        line = self.add(state.processor, number, previous)
        line.item = Item(number, self.items[number])
        line.state, line.entered, line.entered_ms, line.input = state, outer.entered, outer.entered_ms, outer.input
        outer.execution.note(line, "MapIterationStarted", number)
        value = self.items[number]
        if state.selector is not None:
            try:
                value = state.selector(line, self.data)
            except StatesError:
                del self.lines[number]  # it has not begun
                self.started = number
                raise
        outer.execution.ready.append((line, "go", (state.processor.start_at, value)))

    def noted_done(self, line: Line) -> None:
        self.line.execution.note(line, "MapIterationSucceeded", line.branch, advance=False, state=self.state.name)
        self.line.previous = self.line.execution.events

    def room_for_more(self) -> bool:
        return self.started < len(self.items)

    def noted_failed(self, line: Line) -> None:
        self.line.execution.note_if_room(line, "MapIterationFailed", line.branch, advance=False, state=self.state.name)

    def noted_aborted(self, line: Line) -> None:
        self.line.execution.note_if_room(line, "MapIterationAborted", line.branch, state=self.state.name)


NODES["Map"] = Map
