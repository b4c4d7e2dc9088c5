"""A Map Run: the iterations of a distributed Map, each an execution of its own with a history of its own.

A child sees nothing of the execution that started it: no variables, only its input. The run starts at most so many at
once as MaxConcurrency says, counts what fails against what is tolerated, and gives the results in the order of the
items, or writes them into the lab's object store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from courseapp.engine import limits
from courseapp.engine.messages import as_uuid
from courseapp.engine.states.errors import EXCEED_TOLERATED_FAILURE_THRESHOLD, RESULT_WRITER_FAILED, StatesError
from courseapp.engine.states.history import fields_of, fold
from courseapp.engine.states.jsontext import compact, weight

if TYPE_CHECKING:
    from courseapp.engine.states.definition import Scope
    from courseapp.engine.states.execution import Execution
    from courseapp.engine.states.lines import Line
    from courseapp.engine.states.nodes import Move

CHILDREN_AT_ONCE = limits.SFN_MAP_RUN_CHILDREN_MAX
HISTORIES_KEPT = 200  # ours: the histories of further children are let go once they have ended

Job = tuple[Any, int]  # a child's input, and how many items are in it


class MapRun:
    """Stands where an inline Map has its group of lines."""

    __slots__ = (
        "again",
        "arn",
        "begun",
        "children",
        "config",
        "count",
        "error",
        "express",
        "failed",
        "items",
        "jobs",
        "label",
        "limit",
        "line",
        "lines",
        "name",
        "over",
        "redrives",
        "results",
        "running",
        "scope",
        "share",
        "states",
        "status",
        "where",
    )

    def __init__(self, line: Line, scope: Scope, label: str, express: bool) -> None:
        machine = line.execution.machine
        self.line = line
        self.name = line.state.name  # the Map's; its line goes on to other states
        self.scope = scope
        self.label = label or as_uuid(machine.id, line.state.name)[:8]
        self.express = express
        self.arn = (
            machine.arn.replace(":stateMachine:", ":mapRun:")
            + f"/{self.label}:{as_uuid(machine.arn, machine.next_map_run(self))}"
        )
        self.lines: dict[int, Line] = {}  # none: children have lines of their own
        self.jobs: Sequence[Job] = ()
        self.items = self.failed = 0
        self.limit = CHILDREN_AT_ONCE
        self.count: float | None = None  # tolerated failures …
        self.share: float | None = None  # … and their percentage
        self.children: list[Execution] = []
        self.running: dict[int, Execution] = {}
        self.results: list[Any] = []
        self.where: Mapping[str, Any] | None = None
        self.config: Mapping[str, Any] = {}
        self.states: dict[str, list[Any]] = {}  # how the processor's states stand, of the children that have ended
        self.error: StatesError | None = None
        self.over = False
        self.status = "RUNNING"
        self.begun = False  # its items are known
        self.again: list[int] = []  # the children that a redrive has still to begin
        self.redrives = 0

    def begin(self, jobs: Sequence[Job]) -> None:
        self.begun = True
        self.jobs = jobs
        self.items = sum(items for _, items in jobs)
        self.results = [None] * len(jobs)
        self.line.execution.plan_the_end(surely=True)
        for _ in range(min(len(jobs), self.limit)):
            self._start_next()
        if not jobs:
            self._ended()

    def start_next(self, previous: int) -> None:
        """Children follow one another by themselves."""

    def _start_next(self) -> None:
        machine = self.line.execution.machine
        number = self.again.pop(0) if self.again else len(self.children)
        child = self.children[number] if number < len(self.children) else None
        if child is not None and child.why_not_redrivable(of_map_run=True) is None:
            self.running[child.uid] = child
            child.redrive()
            return
        child = machine.child(self, number, self.jobs[number][0])
        self.children[number : number + 1] = [child]
        self.running[child.uid] = child
        child.begin()

    def redrive(self) -> None:
        """Run the children that have not succeeded, and those that have not begun. A Standard one goes on where it
        stopped; an Express one, or one that cannot go on, begins anew."""
        line = self.line
        self.redrives += 1
        self.over, self.error, self.status = False, None, "RUNNING"
        line.execution.note_fields(line, "MapRunRedriven", mapRunArn=self.arn, redriveCount=self.redrives)
        if not self.begun:
            line.state.feed(self)  # type: ignore[attr-defined]  # only a Map has Map Runs
            return
        line.execution.plan_the_end(surely=True)
        self.failed = 0
        self.again = [child.number for child in self.children if child.status != "SUCCEEDED"]
        left = len(self.jobs) - len(self.children) + len(self.again)
        if not left:
            self._ended()
        for _ in range(min(left, self.limit)):
            self._start_next()

    def closed(self, child: Execution) -> None:
        """A child has ended."""
        if self.over:
            return
        del self.running[child.uid]
        number = child.number
        for _, kind, detail in child.history[child.redriven_at :]:
            fold(self.states, kind, fields_of(kind, detail))
        if child.status != "SUCCEEDED":
            self.failed += self.jobs[number][1]
        if len(self.children) > HISTORIES_KEPT and (child.status == "SUCCEEDED" or self.failed > HISTORIES_KEPT):
            child.let_go()
        result = self.results[number] = child.output if child.status == "SUCCEEDED" else described(child)
        if made := weight(result):
            self.line.make(made)
        if self._exceeded():
            says = "The specified tolerated failure threshold was exceeded"
            self.error = StatesError(EXCEED_TOLERATED_FAILURE_THRESHOLD, says)
            self._stop_children()
            self._ended()
        elif self.again or len(self.children) < len(self.jobs):
            self._start_next()
        elif not self.running:
            self._ended()

    def _exceeded(self) -> bool:
        count = 0 if self.count is None and self.share is None else self.count
        if count is not None and self.failed > count:
            return True
        return self.share is not None and bool(self.items) and 100 * self.failed / self.items > self.share

    def fail(self, error: StatesError) -> None:
        """The items cannot be had."""
        self.error = error
        self._ended()

    def _ended(self) -> None:
        self.over = True
        execution = self.line.execution
        execution.ready.append((self.line, "mapped", None))
        if not execution.running:
            execution.go_on()

    def at_the_end(self) -> Move:
        """Called from the loop of the execution that has the Map."""
        line = self.line
        execution = line.execution
        result: Any = self.results
        if self.error is None:
            try:
                result = self._written()
            except StatesError as error:
                self.error = error
        if self.error is not None:
            self.status = "FAILED"
            execution.note_fields(line, "MapRunFailed", error=self.error.name, cause=self.error.cause)
            raise self.error
        self.status = "SUCCEEDED"
        line.group = None
        execution.note(line, "MapRunSucceeded")
        execution.note(line, "MapStateSucceeded", advance=False)
        return line.state.done(line, result)

    def abort(self, silently: bool) -> None:
        if not self.over:
            self.over = True
            self.status = "ABORTED"
            self.again = []
            self._stop_children()
            if not silently:
                self.line.execution.note_if_room(self.line, "MapRunAborted")

    def _stop_children(self) -> None:
        self.over = True
        for child in list(self.running.values()):
            child.end("ABORTED")
        self.running.clear()

    def let_go(self) -> None:
        """Nobody can need it any more: undo what its parts know of one another, so that its memory is free at once."""
        for child in self.children:
            child.let_go()
            del child.root
        self.children, self.results, self.jobs = [], [], ()

    # Results

    def _written(self) -> Any:
        shape = self.config.get("Transformation", "COMPACT" if self.where is None else "NONE")
        results = self._shaped(shape, self.children, self.results)
        lines = self.config.get("OutputType") == "JSONL"
        if self.where is None:
            return "\n".join(map(compact, results)) if lines else results
        bucket, prefix = self.where.get("Bucket"), str(self.where.get("Prefix", "")).strip("/")
        if not isinstance(bucket, str) or not bucket:
            raise StatesError(RESULT_WRITER_FAILED, "The ResultWriter needs a Bucket.")
        store = self.line.execution.machine.written
        folder = f"{prefix}/{self.arn.rsplit(':', 1)[-1]}".lstrip("/")
        ending = "jsonl" if lines else "json"
        files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
        for status in ("SUCCEEDED", "FAILED"):
            chosen = [child for child in self.children if (child.status == "SUCCEEDED") == (status == "SUCCEEDED")]
            if chosen:
                outputs = [child.output if child.status == "SUCCEEDED" else described(child) for child in chosen]
                content = self._shaped(shape, chosen, outputs)
                key = f"{folder}/{status}_0.{ending}"
                store.put(f"{bucket}/{key}", "\n".join(map(compact, content)) if lines else content)
                files[status].append({"Key": key, "Size": len(compact(content).encode("utf-8", "surrogatepass"))})
        key = f"{folder}/manifest.json"
        manifest = {"DestinationBucket": bucket, "MapRunArn": self.arn, "ResultFiles": files}
        store.put(f"{bucket}/{key}", manifest)
        return {"MapRunArn": self.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}

    def _shaped(self, shape: str, children: Sequence[Execution], results: list[Any]) -> list[Any]:
        """NONE: descriptions of the children; COMPACT: their outputs; FLATTEN: the elements of outputs that are
        arrays."""
        if shape == "NONE":
            return [described(child) for child in children]
        if shape == "COMPACT":
            return results
        return [one for result in results for one in (result if isinstance(result, list) else [result])]

    def counts(self) -> dict[str, int]:
        """``itemCounts`` of ``DescribeMapRun``, as far as they are known."""
        running = sum(self.jobs[child.number][1] for child in self.running.values())
        again = sum(self.jobs[number][1] for number in self.again)
        begun = sum(items for _, items in self.jobs[: len(self.children)]) - again
        return {
            "total": self.items,
            "pending": self.items - begun,
            "running": running,
            "failed": self.failed,
            "succeeded": begun - running - self.failed,
        }


def described(execution: Execution, parsed: bool = False) -> dict[str, Any]:
    """An ended execution as ``DescribeExecution`` tells it to a task or a result writer. ``parsed``: input and output
    as JSON values instead of text."""
    shown: dict[str, Any] = {
        "ExecutionArn": execution.arn,
        "Input": execution.input if parsed else compact(execution.input),
        "InputDetails": {"Included": True},
        "Name": execution.execution_name,
        "StartDate": execution.wall_time(execution.started_ms),
        "StateMachineArn": execution.machine.arn,
        "Status": execution.status,
        "StopDate": execution.wall_time(execution.ended_ms or 0),
    }
    if execution.status == "SUCCEEDED":
        shown["Output"] = execution.output if parsed else compact(execution.output)
        shown["OutputDetails"] = {"Included": True}
    for name, text in (("Error", execution.error), ("Cause", execution.cause)):
        if text is not None:
            shown[name] = text
    return shown
