"""The states, compiled. A state's ``run`` works on the line of control that has entered it.

``run``, ``woken``, ``done`` and ``caught`` answer where the line goes next: ``(name, input)``, or None if it waits
here or has ended. Errors are raised as StatesError; Retry and Catch are the line's business (``lines``), since they
are the same for Task, Parallel and Map. A node is plain and unchanging: all that belongs to one visit is on the line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from courseapp.engine.states.choices import compile_rule
from courseapp.engine.states.errors import NO_CHOICE_MATCHED, StatesError
from courseapp.engine.states.expressions import Expression, compile_expression
from courseapp.engine.states.flow import PathFlow, compile_assign
from courseapp.engine.states.handlers import Catcher, Retrier
from courseapp.engine.states.jsonata import compile_query, is_query
from courseapp.engine.states.paths import MISSING, compile_path
from courseapp.engine.states.queries import (
    Asked,
    QueryFlow,
    answer,
    asked,
    compile_asking,
    evaluation_failed,
    expect,
    whole,
)
from courseapp.engine.states.quotas import DAY_MS, LONGEST_SECONDS, LONGEST_WAIT_DAYS
from courseapp.engine.states.timestamps import milliseconds

if TYPE_CHECKING:
    from courseapp.engine.states.definition import Scope
    from courseapp.engine.states.lines import Line

Move = tuple[str, Any] | None
Inner = Callable[[Mapping[str, Any]], "Scope"]


class State:
    """What all states have. ``next`` is None for one that ends its States object."""

    kind: ClassVar[str] = ""
    has_result: ClassVar[bool] = False
    __slots__ = ("catchers", "entered", "exited", "flow", "name", "next", "query", "retriers", "scope")

    def __init__(self, name: str, state: Mapping[str, Any], scope: Scope, inner: Inner) -> None:
        self.name = name
        self.scope = scope
        self.entered = f"{self.kind}StateEntered"
        self.exited = f"{self.kind}StateExited"
        self.next: str | None = state.get("Next")
        self.query = state.get("QueryLanguage", scope.language) == "JSONata"
        self.flow: PathFlow | QueryFlow = QueryFlow(state, self.has_result) if self.query else PathFlow(state)
        self.retriers = tuple(Retrier(retrier) for retrier in state.get("Retry", ()))
        self.catchers = tuple(Catcher(catcher, self.query) for catcher in state.get("Catch", ()))

    def __reduce__(self) -> Any:
        return _state_of, (self.scope, self.name)

    def run(self, line: Line, raw: Any) -> Move:
        raise NotImplementedError

    def again(self, line: Line) -> Move:
        """Begin once more, after a retry's pause."""
        raise NotImplementedError

    def woken(self, line: Line) -> Move:
        raise NotImplementedError

    def done(self, line: Line, result: Any) -> Move:
        """The work has brought a result (Task, Parallel, Map)."""
        assigned = self.flow.assigned(line, result)
        return line.leave(self.flow.give(line, line.input, result), self.next, assigned)


def _state_of(scope: Scope, name: str) -> State:
    return scope.states[name]


class Pass(State):
    kind = "Pass"
    __slots__ = ("result",)

    def __init__(self, name: str, state: Mapping[str, Any], scope: Scope, inner: Inner) -> None:
        super().__init__(name, state, scope, inner)
        self.result = state.get("Result", MISSING)

    def run(self, line: Line, raw: Any) -> Move:
        flow = self.flow
        if flow.plain:
            return line.leave(raw, self.next)
        effective = flow.take(line, raw)
        result = flow.send(line, effective) if self.result is MISSING else self.result
        assigned = flow.assigned(line, result)
        return line.leave(flow.give(line, raw, result), self.next, assigned)


class Succeed(State):
    kind = "Succeed"
    __slots__ = ()

    def run(self, line: Line, raw: Any) -> Move:
        flow = self.flow
        return line.leave(raw if flow.plain else flow.hand_on(line, flow.take(line, raw)), None)


class Fail(State):
    kind = "Fail"
    __slots__ = ("cause", "error")

    def __init__(self, name: str, state: Mapping[str, Any], scope: Scope, inner: Inner) -> None:
        super().__init__(name, state, scope, inner)
        self.error = _text_field(state, "Error", self.query)
        self.cause = _text_field(state, "Cause", self.query)

    def run(self, line: Line, raw: Any) -> Move:
        raise StatesError(_text(line, self.error, "ErrorPath", raw), _text(line, self.cause, "CausePath", raw))


def _text_field(state: Mapping[str, Any], field: str, query: bool) -> str | Expression | Asked | None:
    if query and is_query(state.get(field)):
        return Asked(compile_query(state[field]), field)
    return compile_expression(state[f"{field}Path"]) if f"{field}Path" in state else state.get(field)


def _text(line: Line, value: str | Expression | Asked | None, field: str, data: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Asked):
        text: str = expect(value, line, (str,), "string")
        return text
    found = line.evaluate(value, field, data)
    if isinstance(found, str):
        return found
    raise line.problem(f"The {field} field does not refer to a string: {line.shown(found)}")


_FORMAT = "ISO-8601 extended offset date-time format string"
_NO_TIMESTAMP = f"The TimestampPath parameter does not reference a valid {_FORMAT}"


class Wait(State):
    kind = "Wait"
    __slots__ = ("asked", "path", "seconds", "seconds_path", "timestamp")

    def __init__(self, name: str, state: Mapping[str, Any], scope: Scope, inner: Inner) -> None:
        super().__init__(name, state, scope, inner)
        field = "Seconds" if "Seconds" in state else "Timestamp"
        asked = self.query and is_query(state[field])
        self.asked = Asked(compile_query(state[field]), field) if asked else None
        self.seconds: int | None = state.get("Seconds")
        self.timestamp: str | None = state.get("Timestamp")
        self.seconds_path = "SecondsPath" in state
        written = state.get("SecondsPath", state.get("TimestampPath"))
        self.path = None if written is None else compile_path(written)

    def run(self, line: Line, raw: Any) -> Move:
        effective = self.flow.take(line, raw)
        now_ms = line.now_ms
        until_ms = self._until(line, effective, now_ms)
        if until_ms - now_ms >= (LONGEST_WAIT_DAYS + 1) * DAY_MS:
            raise line.problem("Wait state delay is too long.")
        if until_ms <= now_ms:
            return self.woken(line)
        line.sleep(until_ms, "woken")
        return None

    def _until(self, line: Line, effective: Any, now_ms: int) -> int:
        """The virtual time at which the wait ends."""
        if self.asked is not None:
            return self._asked(line, self.asked, now_ms)
        if self.seconds is not None:
            return now_ms + self.seconds * 1000
        if self.path is None:
            return line.virtual_ms(milliseconds(self.timestamp or "") or 0)
        value = self.path.find(line, effective)
        if self.seconds_path:
            return now_ms + self._seconds_of(line, value) * 1000
        instant = milliseconds(value) if isinstance(value, str) else None
        if instant is None:
            shown = "null" if value is MISSING else line.shown(value)
            raise line.problem(f"{_NO_TIMESTAMP}: {self.path.text} == {shown}")
        return line.virtual_ms(instant)

    def _asked(self, line: Line, asked: Asked, now_ms: int) -> int:
        if asked.place == "Seconds":
            return now_ms + whole(asked, line, "Seconds", 0, LONGEST_SECONDS) * 1000
        text = expect(asked, line, (str,), "string")
        instant = milliseconds(text)
        if instant is None:
            says = f"The Timestamp field cannot be parsed as an {_FORMAT}: {text}"
            raise evaluation_failed(line, says, "Timestamp")
        return line.virtual_ms(instant)

    def _seconds_of(self, line: Line, value: Any) -> int:
        path = self.path.text if self.path else ""
        if value is MISSING:
            raise line.problem(f"The SecondsPath parameter does not reference an input value: {path}")
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            text = f"The SecondsPath parameter cannot be parsed as a long value: {path} == {line.shown(value)}"
            raise line.problem(text)
        if value < 0:
            raise line.problem(f"The SecondsPath parameter references a negative value: {path} == {value}")
        return value

    def woken(self, line: Line) -> Move:
        effective = self.flow.take(line, line.input)
        assigned = self.flow.assigned(line, effective)
        return line.leave(self.flow.hand_on(line, effective), self.next, assigned)


class Choice(State):
    kind = "Choice"
    __slots__ = ("default", "questions", "rules")

    def __init__(self, name: str, state: Mapping[str, Any], scope: Scope, inner: Inner) -> None:
        super().__init__(name, state, scope, inner)
        self.default: str | None = state.get("Default")
        rules = state["Choices"]
        self.questions = tuple(Question(rule, number) for number, rule in enumerate(rules)) if self.query else ()
        self.rules = (
            () if self.query else tuple((compile_rule(rule), rule["Next"], compile_assign(rule)) for rule in rules)
        )

    def run(self, line: Line, raw: Any) -> Move:
        flow = self.flow
        effective = raw if flow.plain else flow.take(line, raw)
        for question in self.questions:
            if expect(question.condition, line, (bool,), "boolean"):
                return question.go(line, flow)
        for rule, to, assign in self.rules:
            try:
                holds = rule.holds(line, effective)
            except StatesError as error:
                raise line.problem(error.cause or "") from None
            if holds:
                assigned = flow.assigned(line, effective) if assign is None else line.fill(assign, effective)
                return line.leave(flow.hand_on(line, effective), to, assigned)
        if self.default is None:
            text = "Failed to transition out of the state. The state does not point to a next state."
            raise line.problem(text, NO_CHOICE_MATCHED)
        return line.leave(flow.hand_on(line, effective), self.default, flow.assigned(line, effective))


class Question:
    """A rule of a JSONata Choice. Its own Assign and Output count instead of the state's."""

    __slots__ = ("assign", "condition", "next", "output")

    def __init__(self, rule: Mapping[str, Any], number: int) -> None:
        place = f"Choices[{number}]/"
        self.condition = compile_asking(rule["Condition"], f"{place}Condition")
        self.assign = asked(rule, "Assign", place)
        self.output = asked(rule, "Output", place)
        self.next: str = rule["Next"]

    def go(self, line: Line, flow: PathFlow | QueryFlow) -> Move:
        assigned = flow.assigned(line, line.input) if self.assign is None else answer(self.assign, line)
        output = flow.hand_on(line, line.input) if self.output is None else answer(self.output, line)
        return line.leave(output, self.next, assigned)


# Filled by the modules of the other types.
NODES: dict[str, Callable[[str, Mapping[str, Any], Any, Inner], State]] = {
    "Pass": Pass,
    "Succeed": Succeed,
    "Fail": Fail,
    "Wait": Wait,
    "Choice": Choice,
}
