"""Map: the same steps for each item, inside the execution (INLINE) or as executions of their own (DISTRIBUTED).

Order: ItemReader → Items or ItemsPath → ItemSelector → ItemBatcher → iterations → ResultWriter → result in the order of
the items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine.states.amounts import amount, read
from courseapp.engine.states.errors import StatesError
from courseapp.engine.states.flow import PathFlow, checked
from courseapp.engine.states.groups import Group
from courseapp.engine.states.items import Item
from courseapp.engine.states.jsontext import size
from courseapp.engine.states.lines import Line
from courseapp.engine.states.mapruns import Job, MapRun
from courseapp.engine.states.nodes import NODES, Inner, Move, State
from courseapp.engine.states.objects import read_items
from courseapp.engine.states.paths import MISSING, compile_path
from courseapp.engine.states.queries import Asked, answer, asked, compile_asking, evaluation_failed
from courseapp.engine.states.quotas import INLINE_MAP_CONCURRENCY
from courseapp.engine.states.templates import compile_template

if TYPE_CHECKING:
    from courseapp.engine.states.definition import Scope

SOURCE = "STATE_DATA"
Filler = Callable[[Line, Any], Any]


def filler(owner: Mapping[str, Any], field: str, query: bool, place: str = "") -> Filler | None:
    """How a template in a field is filled in, None if it is absent."""
    if field not in owner:
        return None
    if query:
        asking = compile_asking(owner[field], place + field)
        return lambda line, data: answer(asking, line)
    template = compile_template(owner[field])
    return lambda line, data: checked(line, line.fill(template, data))


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

    def flow_of(self, state: Mapping[str, Any]) -> PathFlow:
        return PathFlow(state, "ItemSelector" if "ItemSelector" in state else "Parameters")

    def run(self, line: Line, raw: Any) -> Move:
        return self.again(line)

    def again(self, line: Line) -> Move:
        effective = self.flow.take(line, line.input)
        if self.distributed is not None:
            return self._begin_run(line, effective, self.distributed)
        items = self._items(line, effective)
        if not isinstance(items, list):
            raise self._not_iterable(line, items)
        concurrency = self._limits(line, effective)[0]
        line.execution.note(line, "MapStateStarted", len(items))
        group = line.group = Iterations(line, self, items, effective)
        started = line.previous
        if not items:
            line.execution.ready.append((line, "grouped", None))
        for _ in range(min(len(items), concurrency or INLINE_MAP_CONCURRENCY, INLINE_MAP_CONCURRENCY)):
            group.start_next(started)
        return None

    def _limits(self, line: Line, effective: Any) -> tuple[int, float | None, float | None]:
        concurrency = int(read(self.concurrency, line, effective))
        count = None if self.count is None else self.count.of(line, effective)
        share = None if self.share is None else self.share.of(line, effective)
        return concurrency, count, share

    def _items(self, line: Line, effective: Any) -> Any:
        if self.items is not None:
            return answer(self.items, line)
        items = self.items_path.find(line, effective)
        return line.evaluate(self.items_path, "ItemsPath", effective) if items is MISSING else items

    def _not_iterable(self, line: Line, items: Any) -> StatesError:
        if not self.query:
            return line.problem("Attempting to map over non-iterable node.")
        if isinstance(self.items, Asked):
            return self.items.unexpected(line, "array", items)
        says = f"Map state input must be an array but was: {line.shown(items)}"
        return evaluation_failed(line, says, "Items")

    # Distributed

    def _begin_run(self, line: Line, effective: Any, how: Distributed) -> Move:
        concurrency, count, share = self._limits(line, effective)
        items: Any = []
        if how.reader is None:
            items = self._items(line, effective)
            if not isinstance(items, (list, dict)):
                raise self._not_iterable(line, items)
        line.execution.note(line, "MapStateStarted", len(items))
        run = MapRun(line, self.processor, how.label, how.express)
        line.group = run
        line.execution.note_fields(line, "MapRunStarted", mapRunArn=run.arn)
        run.limit = min(concurrency or run.limit, run.limit)
        run.count, run.share = count, share
        try:
            source = SOURCE
            if how.reader is not None:
                items, source = how.read(line, effective)
            run.where, run.config = how.writes_to(line, effective)
            jobs = self._jobs(line, effective, items, source, how)
        except StatesError as error:
            run.fail(error)
            return None
        run.begin(jobs)
        return None

    def _jobs(self, line: Line, effective: Any, items: Any, source: str, how: Distributed) -> list[Job]:
        pairs: Iterable[tuple[str | None, Any]] = (
            items.items() if isinstance(items, dict) else ((None, one) for one in items)
        )
        inputs: list[Any] = []
        outer = line.item
        try:
            for index, (key, value) in enumerate(pairs):
                line.item = Item(index, value, key, source)
                plain = value if key is None else {"Key": key, "Value": value}
                inputs.append(plain if self.selector is None else self.selector(line, effective))
        finally:
            line.item = outer
        if how.batches is None:
            return [(checked(line, one), 1) for one in inputs]
        return [(checked(line, batch), len(batch["Items"])) for batch in how.batches.of(line, effective, inputs)]


class Iterations(Group):
    """The iterations of an inline Map."""

    __slots__ = ("data", "items", "started", "state")

    def __init__(self, line: Line, state: Map, items: list[Any], data: Any) -> None:
        super().__init__(line, len(items))
        self.state = state
        self.items = items
        self.data = data
        self.started = 0

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
        value = self.items[number] if state.selector is None else state.selector(line, self.data)
        outer.execution.ready.append((line, "go", (state.processor.start_at, value)))

    def noted_done(self, line: Line) -> None:
        self.line.execution.note(line, "MapIterationSucceeded", line.branch, advance=False, state=self.state.name)

    def room_for_more(self) -> bool:
        return self.started < len(self.items)

    def noted_failed(self, line: Line) -> None:
        self.line.execution.note_if_room(line, "MapIterationFailed", line.branch, state=self.state.name)

    def noted_aborted(self, line: Line) -> None:
        self.line.execution.note_if_room(line, "MapIterationAborted", line.branch, state=self.state.name)


class Distributed:
    """The fields of a distributed Map, compiled."""

    __slots__ = (
        "action",
        "batches",
        "config",
        "express",
        "label",
        "most",
        "pointer",
        "query",
        "reader",
        "writer",
        "writes",
    )

    def __init__(self, state: Mapping[str, Any], config: Mapping[str, Any], query: bool) -> None:
        self.query = query
        self.express = config.get("ExecutionType") == "EXPRESS"
        self.label: str = state.get("Label", "")
        where = "Arguments" if query else "Parameters"
        reader: Mapping[str, Any] = state.get("ItemReader", {})
        self.action = str(reader.get("Resource", "")).rpartition(":")[2]
        self.reader = (filler(reader, where, query, "ItemReader/") or _nowhere) if reader else None
        self.config: Mapping[str, Any] = reader.get("ReaderConfig", {})
        self.most = amount(self.config, "MaxItems", query)
        self.pointer = asked(self.config, "ItemsPointer", "ItemReader/ReaderConfig/") if query else None
        batcher = state.get("ItemBatcher")
        self.batches = None if batcher is None else Batches(batcher, query)
        self.writer: Mapping[str, Any] | None = state.get("ResultWriter")
        self.writes = None if self.writer is None else filler(self.writer, where, query, "ResultWriter/")

    def read(self, line: Line, effective: Any) -> tuple[Any, str]:
        """The items, and where they come from."""
        assert self.reader is not None
        where = self.reader(line, effective)
        config = dict(self.config)
        if self.pointer is not None:
            config["ItemsPointer"] = answer(self.pointer, line)
        items = read_items(line.execution.machine.objects(), self.action, where, config)
        most = int(read(self.most, line, effective))
        if most and len(items) > most:
            items = dict(list(items.items())[:most]) if isinstance(items, dict) else items[:most]
        source = f"S3://{where['Bucket']}" + (f"/{where.get('Key')}" if self.action == "getObject" else "")
        return items, source

    def writes_to(self, line: Line, effective: Any) -> tuple[Mapping[str, Any] | None, Mapping[str, Any]]:
        """Bucket and prefix (None: the results stay in the state's output), and WriterConfig."""
        if self.writer is None:
            return None, {}
        where = None if self.writes is None else self.writes(line, effective)
        if where is None and "Resource" in self.writer:
            where = {}
        return where, self.writer.get("WriterConfig", {})


def _nowhere(line: Line, data: Any) -> Any:
    return {}


class Batches:
    __slots__ = ("bytes", "items", "shared")

    def __init__(self, batcher: Mapping[str, Any], query: bool) -> None:
        self.items = amount(batcher, "MaxItemsPerBatch", query)
        self.bytes = amount(batcher, "MaxInputBytesPerBatch", query)
        self.shared = filler(batcher, "BatchInput", query, "ItemBatcher/")

    def of(self, line: Line, effective: Any, inputs: list[Any]) -> Iterator[dict[str, Any]]:
        """The children's inputs. A batch that would be too long ends before the item that makes it so; an item that is
        too long alone is a batch alone."""
        most_items = int(read(self.items, line, effective)) or len(inputs)
        most_bytes = int(read(self.bytes, line, effective))
        beside = {} if self.shared is None else {"BatchInput": self.shared(line, effective)}
        empty = size({"Items": [], **beside})
        batch: list[Any] = []
        length = empty
        for one in inputs:
            more = size(one) + 1 if most_bytes else 0
            if batch and (len(batch) >= most_items or (most_bytes and length + more > most_bytes)):
                yield {"Items": batch, **beside}
                batch, length = [], empty
            batch.append(one)
            length += more
        if batch:
            yield {"Items": batch, **beside}


NODES["Map"] = Map
