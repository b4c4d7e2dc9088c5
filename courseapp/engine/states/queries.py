"""JSONata in the fields of a state: templates whose texts may be expressions, and the way of data through a state.

Order: raw input → Arguments → (work) → Output and Assign side by side. Nothing is filtered and nothing is put into the
input: what Output gives is the state's output; without it, the result is (the raw input, for a state without one).
A failure is written to the history (EvaluationFailed, with its place) and is States.QueryEvaluationError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine.states.errors import QUERY_EVALUATION_ERROR, StatesError
from courseapp.engine.states.expressions import Constant
from courseapp.engine.states.flow import checked
from courseapp.engine.states.jsonata import UNDEFINED, Query, QueryFailed, compile_query, is_query
from courseapp.engine.states.jsontext import FEW, LIGHT, compact, least_size, weight, weight_of_list, weight_of_object
from courseapp.engine.states.paths import MISSING
from courseapp.engine.states.problems import LONGEST_POINTER
from courseapp.engine.states.quotas import MOST_EFFORT

if TYPE_CHECKING:
    from courseapp.engine.states.lines import Line

_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}


class Asked:
    """One expression, and the place of its field within the state."""

    weight = 0
    __slots__ = ("place", "query")

    def __init__(self, query: Query, place: str) -> None:
        self.query = query
        self.place = place

    def of(self, line: Line, result: Any = MISSING, error: Any = MISSING) -> Any:
        query = self.query
        states: dict[str, Any] = {"input": line.input}
        if query.needs_context:
            states["context"] = line.context()
        if result is not MISSING:
            states["result"] = result
        if error is not MISSING:
            states["errorOutput"] = error
        try:
            names = {"states": states, **line.variables}
            value = query.value(names, line.wall_ms, line.random, line.execution.kernel.tire)
        except QueryFailed as failed:
            raise self.failed(line, str(failed)) from None
        if value is UNDEFINED:
            raise self.failed(line, "returned nothing (undefined).")
        effort = least_size(value, MOST_EFFORT)
        line.spend(effort)
        if effort > FEW:
            line.execution.make(weight(value))
        return value

    def failed(self, line: Line, says: str) -> StatesError:
        field = f"The JSONata expression '{self.query.text}' specified for the field '{self.place}'"
        return evaluation_failed(line, f"{field} {says}", self.place)

    def unexpected(self, line: Line, wanted: str, value: Any) -> StatesError:
        was = f"but was '{type_of(value)}' for value: {compact(value)}"
        return self.failed(line, f"returned an unexpected result type. Expected '{wanted}', {was}")


class AskedObject:
    __slots__ = ("fields", "weight")

    def __init__(self, fields: tuple[tuple[str, Asking], ...]) -> None:
        self.fields = fields
        self.weight: int = weight_of_object(len(fields)) + sum(part.weight for _, part in fields)

    def of(self, line: Line, result: Any = MISSING, error: Any = MISSING) -> Any:
        return {
            name: part.value if isinstance(part, Constant) else part.of(line, result, error)
            for name, part in self.fields
        }


class AskedArray:
    __slots__ = ("parts", "weight")

    def __init__(self, parts: tuple[Asking, ...]) -> None:
        self.parts = parts
        self.weight: int = weight_of_list(len(parts)) + sum(part.weight for part in parts)

    def of(self, line: Line, result: Any = MISSING, error: Any = MISSING) -> Any:
        return [part.value if isinstance(part, Constant) else part.of(line, result, error) for part in self.parts]


Asking = Constant | Asked | AskedObject | AskedArray


def compile_asking(value: Any, place: str) -> Asking:
    """The template of a JSON value in ``place``. Raises Invalid."""
    if is_query(value):
        return Asked(compile_query(value), place)
    if isinstance(value, dict):
        fields = tuple((name, compile_asking(inner, _within(place, f"/{name}"))) for name, inner in value.items())
        return Constant(value) if all(type(part) is Constant for _, part in fields) else AskedObject(fields)
    if isinstance(value, list):
        parts = tuple(compile_asking(inner, _within(place, f"[{number}]")) for number, inner in enumerate(value))
        return Constant(value) if all(type(part) is Constant for part in parts) else AskedArray(parts)
    return Constant(value)


def _within(place: str, step: str) -> str:
    return place if len(place) > LONGEST_POINTER else place + step


def asked(owner: Mapping[str, Any], field: str, place: str = "") -> Asking | None:
    """The template in a field, None if the field is absent."""
    return compile_asking(owner[field], place + field) if field in owner else None


def answer(asking: Asking, line: Line, result: Any = MISSING, error: Any = MISSING) -> Any:
    """The value of a template, checked for its size."""
    if isinstance(asking, Constant):
        return asking.value
    line.effort = 0
    if asking.weight > LIGHT:
        line.execution.make(asking.weight)
    return checked(line, asking.of(line, result, error))


def evaluation_failed(line: Line, says: str, place: str | None = None) -> StatesError:
    """The error, written to the history."""
    error = line.problem(says, QUERY_EVALUATION_ERROR)
    line.execution.note_fields(line, "EvaluationFailed", error=error.name, cause=error.cause, location=place)
    return error


def type_of(value: Any) -> str:
    return "null" if value is None else _TYPES[type(value)]


def expect(asking: Asking, line: Line, kinds: tuple[type, ...], wanted: str) -> Any:
    """The value of a field that must be of one type. ``true`` is no number."""
    value = answer(asking, line)
    if isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)):
        return value
    if isinstance(asking, Asked):
        raise asking.unexpected(line, wanted, value)
    raise evaluation_failed(line, f"Expected '{wanted}', but was '{type_of(value)}' for value: {compact(value)}")


def whole(asking: Asking, line: Line, field: str, low: int, high: int) -> int:
    """A whole number within bounds; a fraction is no whole number."""
    value = expect(asking, line, (int, float), "number")
    if value != int(value) or not low <= value <= high:
        says = f"The {field} field must be a whole number from {low} to {high}, but was {compact(value)}."
        raise evaluation_failed(line, says, field)
    return int(value)


class QueryFlow:
    """The same methods as ``PathFlow``, for a JSONata state. ``has_result``: Task, Parallel and Map."""

    __slots__ = ("arguments", "assign", "has_result", "output", "plain")

    def __init__(self, state: Mapping[str, Any], has_result: bool) -> None:
        self.arguments = asked(state, "Arguments")
        self.output = asked(state, "Output")
        self.assign = asked(state, "Assign")
        self.has_result = has_result
        self.plain = not any(field in state for field in ("Arguments", "Output", "Assign"))

    def take(self, line: Line, raw: Any) -> Any:
        return raw

    def send(self, line: Line, effective: Any) -> Any:
        return effective if self.arguments is None else answer(self.arguments, line)

    def assigned(self, line: Line, data: Any) -> dict[str, Any] | None:
        if self.assign is None:
            return None
        value: dict[str, Any] = answer(self.assign, line, data if self.has_result else MISSING)
        return value

    def give(self, line: Line, raw: Any, result: Any) -> Any:
        if self.output is not None:
            return answer(self.output, line, result if self.has_result else MISSING)
        return checked(line, result) if self.has_result else raw

    def hand_on(self, line: Line, effective: Any) -> Any:
        return effective if self.output is None else answer(self.output, line)
