"""One execution: its line of control, its history, its end, and the loop in which its lines move.

Lines never call one another. Whatever shall happen to a line is put into ``ready`` and taken from there, one after
the other, so that nothing grows with the depth or the length of a workflow, and an answer that comes in the middle of
a step simply waits for its turn. A long run of states within one instant is cut into slices, each an event of the
agenda: a lab that is advanced a few milliseconds at a time stays responsive. ``ready`` is empty, or its next slice is
planned, whenever the agenda is at rest.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from courseapp.engine.kernel.phases import TIMERS
from courseapp.engine.states.errors import TIMEOUT, StatesError
from courseapp.engine.states.history import AS_TEXT, Event, history_full, spelled_out
from courseapp.engine.states.jsontext import least_size
from courseapp.engine.states.lines import Line
from courseapp.engine.states.quotas import HISTORY_EVENTS, LIFETIME_MS, REDRIVABLE_MS, TIRING_EFFORT
from courseapp.engine.states.timestamps import shortened, written

if TYPE_CHECKING:
    from courseapp.engine.kernel import Kernel
    from courseapp.engine.states.attempts import Attempt
    from courseapp.engine.states.definition import Definition
    from courseapp.engine.states.machine import StateMachine
    from courseapp.engine.states.mapruns import MapRun

SLICE = 500  # state entries within one event of the agenda
EVENT_WEIGHT = 300  # of an event of the history, its data aside
HEAVY = 100_000  # bytes: the Map Runs of an execution that made more go with its history
_FINAL = {
    "SUCCEEDED": "ExecutionSucceeded",
    "FAILED": "ExecutionFailed",
    "TIMED_OUT": "ExecutionTimedOut",
    "ABORTED": "ExecutionAborted",
}


class Execution:
    """``name`` is what people call it and ``type`` how it looks (those of the message that started it);
    ``execution_name`` is AWS's name."""

    type = "order"

    def __init__(
        self, machine: StateMachine, uid: int, name: str, execution_name: str, data: Any, run: MapRun | None = None
    ) -> None:
        self.machine = machine
        self.kernel: Kernel = machine.kernel
        self.node = machine.id
        self.definition: Definition = machine.definition if run is None else run.line.execution.definition
        self.run = run  # the Map Run that it is a child of …
        self.number = 0  # … and which of its children
        self.kind = machine.type if run is None else "EXPRESS" if run.express else "STANDARD"
        self.uid = uid
        self.name = name
        self.execution_name = execution_name
        self.arn = machine.execution_arn(execution_name, uid, run)
        self.input = data
        self.started_ms = self.kernel.now_ms
        self.ended_ms: int | None = None
        self.status = "RUNNING"
        self.output: Any = None
        self.error: str | None = None
        self.cause: str | None = None
        self.memory_mb = machine.memory_mb
        self.events = self.transitions = 0
        self.made = 0  # see ``kernel.memory``
        self.counted = 0  # of a child's transitions: those that its machine has counted
        self.most_events = HISTORY_EVENTS
        self.history: list[Event] = []
        self.calls: dict[str, int] = {}
        self.watchers: list[Attempt] = []
        self.ready: deque[tuple[Line, str, Any]] = deque()
        self.running = self.end_is_planned = False
        self.ends_at_ms = self._time_ends()
        self.redrives = 0
        self.redriven_ms = self.redriven_at = 0  # when, and how many events there were before
        self.root = Line(self, self.definition.start if run is None else run.scope)

    def _time_ends(self) -> int:
        """The machine's own TimeoutSeconds counts from now, an execution's longest life from its start."""
        longest_ms = self.started_ms + LIFETIME_MS[self.kind]
        own_ms = self.definition.timeout_ms if self.run is None else None
        return longest_ms if own_ms is None else min(longest_ms, self.kernel.now_ms + own_ms)

    # Beginning and going on

    def begin(self) -> None:
        """Write down the start; the first state is entered in the same instant, by an event of its own."""
        fields = {"input": self.input, "roleArn": self.machine.role_arn}
        self._write("ExecutionStarted", {"event": 1, "previous": 0, **fields})
        self.ready.append((self.root, "go", (self.root.scope.start_at, self.input)))
        self.kernel.plan(self.kernel.now_ms, TIMERS, self, "go_on")

    def resume(self, line: Line, happening: str, data: Any = None) -> None:
        """Let something happen to a line: now, or as soon as what is going on is done."""
        self.ready.append((line, happening, data))
        if not self.running:
            self.go_on()

    def go_on(self, _: Any = None) -> None:
        """Let the lines move until all of them wait, or this slice is used up."""
        ready, left, turns = self.ready, SLICE, self.kernel.turns
        self.running = True
        while ready:
            if left < 0 or not turns:
                self.kernel.plan(self.kernel.now_ms, TIMERS, self, "go_on")
                break
            line, happening, data = ready.popleft()
            if line.over:
                if happening == "go":
                    line.goes_to = data
                continue
            try:
                move = getattr(line, happening)(data)
                while move is not None:
                    left -= 1
                    if left < 0 or not turns:
                        ready.appendleft((line, "go", move))
                        break
                    move = line.enter(move[0], move[1])
            except StatesError as error:
                self._failed(line, error)
        self.running = False

    def _failed(self, line: Line, error: StatesError) -> None:
        try:
            line.fail(error)
        except StatesError as worse:  # of its catcher
            line.hand_out(worse)

    # Ending

    def succeed(self, output: Any) -> None:
        self.end("SUCCEEDED", output=output)

    def end(self, status: str, output: Any = None, error: str | None = None, cause: str | None = None) -> None:
        """The execution is over; whatever was still going on in it is cut off."""
        if self.ended_ms is not None:
            return
        self.ended_ms = self.kernel.now_ms
        self.status, self.output, self.error, self.cause = status, output, error, cause
        self.root.abort(silently=status != "ABORTED")
        for line, happening, move in self.ready:
            if happening == "go":
                line.goes_to = move
        self.ready.clear()
        self.events += 1
        fields = {"output": output} if status == "SUCCEEDED" else _given(error=error, cause=cause)
        self._write(_FINAL[status], {"event": self.events, "previous": self.root.previous, **fields})
        self.machine.closed(self)

    # Redrive

    def why_not_redrivable(self, of_map_run: bool = False) -> str | None:
        """``redriveStatusReason``; None for one that can be redriven. ``of_map_run``: it is asked for its Map Run."""
        if self.kind == "EXPRESS":
            return "Execution is of type EXPRESS and cannot be redriven"
        if self.status in ("RUNNING", "SUCCEEDED"):
            return f"Execution is {self.status} and cannot be redriven"
        if self.run is not None and not of_map_run:
            return "Execution is a child of a Map Run: redrive the execution that has the Map"
        if self.kernel.now_ms - (self.ended_ms or 0) > REDRIVABLE_MS and not of_map_run:
            return "Execution redrivable period exceeded"
        if self.kernel.now_ms >= self.started_ms + LIFETIME_MS[self.kind]:
            return "Execution has exceeded the max execution time"
        if self.events >= HISTORY_EVENTS - 1 or not self.history:
            return "Execution history event limit exceeded"
        return None

    def redrive(self) -> None:
        """Go on from what has not succeeded, with the same definition, input and variables."""
        self.machine.reopened(self)
        self.redrives += 1
        self.redriven_ms, self.redriven_at = self.kernel.now_ms, len(self.history)
        self.status, self.output, self.error, self.cause, self.ended_ms = "RUNNING", None, None, None, None
        self.ends_at_ms, self.end_is_planned = self._time_ends(), False
        self.events += 1
        detail = {"event": self.events, "previous": self.events - 1, "redriveCount": self.redrives}
        self._write("ExecutionRedriven", detail)
        self.root.redrive(self.events)
        self.kernel.plan(self.kernel.now_ms, TIMERS, self, "go_on")

    def plan_the_end(self, surely: bool = False) -> None:
        """What is waited for may never come: make sure that the execution ends when its time is up.

        A Standard execution's year is not planned for what surely comes (a function's answer, a nested execution's end:
        ``surely``), so that not every execution leaves an event a year ahead on the agenda.
        """
        if surely and self.ends_at_ms == self.started_ms + LIFETIME_MS["STANDARD"]:
            return
        if not self.end_is_planned:
            self.end_is_planned = True
            self.kernel.plan(max(self.ends_at_ms, self.kernel.now_ms), TIMERS, self, "time_is_up")

    def time_is_up(self, _: Any) -> None:
        if self.kernel.now_ms >= self.ends_at_ms:  # else it was redriven, and has time anew
            self.end("TIMED_OUT", error=TIMEOUT)

    def plan(self, at_ms: int, phase: int, target: Any, happening: str, data: Any = None) -> None:
        """Plan something of this execution, unless the execution's time will be up by then."""
        if at_ms >= self.ends_at_ms:
            self.plan_the_end()
        else:
            self.kernel.plan(max(at_ms, self.kernel.now_ms), phase, target, happening, data)

    def watched_by(self, attempt: Attempt) -> None:
        """Tell that task when this execution has ended."""
        self.watchers.append(attempt)
        attempt.nested = self

    def cut_off(self, _: Any) -> None:
        """The task that waited for it was cut off. AWS cannot stop an Express execution."""
        if self.kind == "STANDARD":
            self.end("ABORTED")

    # History

    def note(self, line: Line, kind: str, *values: Any, advance: bool = True, state: str | None = None) -> None:
        """An event of a line whose fields are those of ``history.NAMES``. ``advance``: the line's next event points
        at it."""
        number = self.events + 1
        if number >= self.most_events:
            raise history_full()
        self.events = number
        self._write(kind, (number, line.previous, state or line.state.name, *values))
        if advance:
            line.previous = number

    def note_fields(self, line: Line, kind: str, **fields: Any) -> None:
        """An event with fields that may be absent: those that are None are left out (but for JSON values)."""
        number = self.events + 1
        if number >= self.most_events:
            raise history_full()
        self.events = number
        given = {name: value for name, value in fields.items() if value is not None or name in AS_TEXT}
        self._write(kind, {"event": number, "previous": line.previous, "state": line.state.name, **given})
        line.previous = number

    def note_if_room(self, line: Line, kind: str, *values: Any, advance: bool = True, state: str | None = None) -> None:
        """The same as ``note`` for what fails or is cut off: left out if the history is full (which ends it anyway)."""
        if self.events + 1 < self.most_events:
            self.note(line, kind, *values, advance=advance, state=state)

    def _write(self, kind: str, detail: Any) -> None:
        if kind == "ExecutionStarted":
            self.events = 1
        self.history.append((self.kernel.now_ms, kind, detail))
        self.kernel.record(kind, self.node, message=self, detail=detail)

    def history_as_aws(self) -> list[dict[str, Any]]:
        """The events as ``GetExecutionHistory`` gives them."""
        return spelled_out(self.history, self.wall_time)

    # Looking

    def wall_time(self, at_ms: int) -> str:
        return written(self.machine.starts_at_ms + at_ms)

    def in_context(self) -> dict[str, Any]:
        """``$$.Execution``."""
        return {
            "Id": self.arn,
            "Input": self.input,
            "Name": self.execution_name,
            "RoleArn": self.machine.role_arn,
            "StartTime": shortened(self.wall_time(self.started_ms)),
            "RedriveCount": self.redrives,
            **({"RedriveTime": shortened(self.wall_time(self.redriven_ms))} if self.redrives else {}),
        }

    def let_go(self) -> None:
        """Forget what happened in it; what it was and how it ended stays, but for data that is large."""
        self.history = []
        self.root.group, self.root.input, self.root.variables = None, None, {}
        if self.run is None:  # else its Map Run has its results
            self.input, self.output = _remembered(self.input), _remembered(self.output)
        if self.made > HEAVY:
            self.machine.drop_map_runs(self)
        self.kernel.memory.drop_all(self)

    def described(self) -> str:
        return f"The execution '{self.name}' of the state machine '{self.node}'"

    def make(self, weight: int) -> None:
        """So much was made in it. Raises TooMuchMade."""
        self.kernel.memory.make(self, weight, self.kernel.now_ms)

    def billed_ms(self) -> int:
        """How long it has lived."""
        return (self.kernel.now_ms if self.ended_ms is None else self.ended_ms) - self.started_ms


def _remembered(value: Any) -> Any:
    return value if least_size(value) < TIRING_EFFORT else "The lab has let this value go: it was large, and long ago."


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}
