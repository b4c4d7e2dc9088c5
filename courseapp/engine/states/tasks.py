"""Task: one call of a service, an attempt at a time (``attempts``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine.states.attempts import Attempt
from courseapp.engine.states.errors import StatesError
from courseapp.engine.states.flow import read_whole
from courseapp.engine.states.jsonata import compile_query, is_query
from courseapp.engine.states.nodes import NODES, Inner, Move, State
from courseapp.engine.states.paths import Path, compile_reference
from courseapp.engine.states.queries import Asked, answer, compile_asking, whole
from courseapp.engine.states.quotas import LONGEST_SECONDS
from courseapp.engine.states.resources import TOKEN, Resource, read_resource
from courseapp.engine.states.templates import compile_template

if TYPE_CHECKING:
    from courseapp.engine.states.definition import Scope
    from courseapp.engine.states.lines import Line


class Task(State):
    kind = "Task"
    has_result = True
    __slots__ = ("credentials", "heartbeat", "resource", "timeout")

    def __init__(self, name: str, state: Mapping[str, Any], scope: Scope, inner: Inner) -> None:
        super().__init__(name, state, scope, inner)
        self.resource: Resource = read_resource(state["Resource"], reach=(state["Resource"],))
        self.timeout = _seconds(state, "TimeoutSeconds", self.query)
        self.heartbeat = _seconds(state, "HeartbeatSeconds", self.query)
        credentials = state.get("Credentials")
        self.credentials: Any = None
        if credentials is not None:
            made = compile_asking(credentials, "Credentials") if self.query else compile_template(credentials)
            self.credentials = made

    def run(self, line: Line, raw: Any) -> Move:
        return self.again(line)

    def again(self, line: Line) -> Move:
        machine = line.execution.machine
        attempt = line.attempt = Attempt(line, machine.next_attempt(), self.resource)
        if self.resource.pattern == TOKEN:
            attempt.token = machine.token(attempt.number)
        try:
            effective = self.flow.take(line, line.input)
            sent = self.flow.send(line, effective)
            timeout_s = _read_seconds(line, self.timeout, "TimeoutSecondsPath", effective)
            heartbeat_s = _read_seconds(line, self.heartbeat, "HeartbeatSecondsPath", effective)
            credentials = None if self.credentials is None else self._role(line, effective)
        except StatesError:
            line.attempt = None
            raise
        machine.attempts[attempt.number] = attempt
        attempt.begin(sent, timeout_s, heartbeat_s, credentials)
        return None

    def _role(self, line: Line, effective: Any) -> Any:
        return answer(self.credentials, line) if self.query else line.fill(self.credentials, effective)


def _seconds(state: Mapping[str, Any], field: str, query: bool) -> int | Path | Asked | None:
    if query and is_query(state.get(field)):
        return Asked(compile_query(state[field]), field)
    path = state.get(f"{field}Path")
    return compile_reference(path) if path is not None else state.get(field)


def _read_seconds(line: Line, value: int | Path | Asked | None, field: str, effective: Any) -> int | None:
    if isinstance(value, Asked):
        return whole(value, line, value.place, 1, LONGEST_SECONDS)
    if not isinstance(value, Path):
        return value
    seconds = read_whole(line, value, field, effective)
    if not 1 <= seconds <= LONGEST_SECONDS:
        raise line.problem(
            f'The {field} field refers to value "{seconds}" which is not a positive integer: {value.text}'
        )
    return seconds


NODES["Task"] = Task
