"""What a distributed Map has beyond an inline one: a reader of items, batches, a writer of results; all compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine.states.amounts import amount, read
from courseapp.engine.states.flow import checked
from courseapp.engine.states.jsontext import size, weight
from courseapp.engine.states.objects import read_items
from courseapp.engine.states.queries import answer, asked, compile_asking, expect
from courseapp.engine.states.templates import compile_template

if TYPE_CHECKING:
    from courseapp.engine.states.lines import Line

Filler = Callable[["Line", Any], Any]


def filler(owner: Mapping[str, Any], field: str, query: bool, place: str = "") -> Filler | None:
    """How a template in a field is filled in, None if it is absent."""
    if field not in owner:
        return None
    if query:
        asking = compile_asking(owner[field], place + field)
        return lambda line, data: answer(asking, line)
    template = compile_template(owner[field])
    return lambda line, data: checked(line, line.fill(template, data))


def _where(owner: Mapping[str, Any], query: bool, place: str) -> Filler | None:
    """Where a reader reads or a writer writes: an object."""
    if not query:
        return filler(owner, "Parameters", query)
    asking = asked(owner, "Arguments", place)
    return None if asking is None else lambda line, data: expect(asking, line, (dict,), "object")


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
        reader: Mapping[str, Any] = state.get("ItemReader", {})
        self.action = str(reader.get("Resource", "")).rpartition(":")[2]
        self.reader = _where(reader, query, "ItemReader/")
        self.config: Mapping[str, Any] = reader.get("ReaderConfig", {})
        self.most = amount(self.config, "MaxItems", query)
        self.pointer = asked(self.config, "ItemsPointer", "ItemReader/ReaderConfig/") if query else None
        batcher = state.get("ItemBatcher")
        self.batches = None if batcher is None else Batches(batcher, query)
        self.writer: Mapping[str, Any] | None = state.get("ResultWriter")
        self.writes = None if self.writer is None else _where(self.writer, query, "ResultWriter/")

    def read(self, line: Line, effective: Any) -> tuple[Any, str]:
        """The items, and where they come from."""
        assert self.reader is not None
        where = self.reader(line, effective)
        config = dict(self.config)
        if self.pointer is not None:
            config["ItemsPointer"] = expect(self.pointer, line, (str,), "string")
        items = read_items(line.execution.machine.objects(), self.action, where, config)
        line.make(weight(items))
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
