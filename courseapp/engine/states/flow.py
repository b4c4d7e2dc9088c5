"""The way of data through a state in JSONPath: what it takes, what it sends, what it gives, what it assigns.

Order: raw input → InputPath → Parameters → (work) → ResultSelector → ResultPath, into the *raw* input → OutputPath.
One ``PathFlow`` is compiled for a state; another query language is another class with the same methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from courseapp.engine.states.errors import (
    DATA_LIMIT_EXCEEDED,
    RESULT_PATH_MATCH_FAILURE,
    PathMissing,
    StatesError,
)
from courseapp.engine.states.jsontext import FEW, compact, fits, weight_of_list
from courseapp.engine.states.paths import Path, compile_path, compile_reference, placed
from courseapp.engine.states.templates import Template, compile_template

if TYPE_CHECKING:
    from courseapp.engine.states.lines import Line

DROPPED = ("null",)  # InputPath, OutputPath or ResultPath null


class PathFlow:
    """``plain`` is set when the state changes no data at all: its output is its input."""

    __slots__ = ("assign", "input_path", "output_path", "parameters", "plain", "result_path", "selector")

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.input_path = _path(state, "InputPath")
        self.output_path = _path(state, "OutputPath")
        self.parameters = compile_template(state["Parameters"]) if "Parameters" in state else None
        self.selector = compile_template(state["ResultSelector"]) if "ResultSelector" in state else None
        self.result_path = result_place(state)
        self.assign = compile_assign(state)
        self.plain = not any(
            field in state for field in ("InputPath", "OutputPath", "ResultPath", "Assign", "Result", "Parameters")
        )

    def take(self, line: Line, raw: Any) -> Any:
        """The effective input: the raw one after InputPath."""
        return raw if self.input_path is None else _along(line, self.input_path, raw)

    def send(self, line: Line, effective: Any) -> Any:
        """What is sent to the work: Parameters, filled in from the effective input."""
        return effective if self.parameters is None else checked(line, line.fill(self.parameters, effective))

    def assigned(self, line: Line, data: Any) -> dict[str, Any] | None:
        """The variables that Assign sets; ``data`` is what ``$`` means in it."""
        return None if self.assign is None else line.fill(self.assign, data)

    def give(self, line: Line, raw: Any, result: Any) -> Any:
        """The state's output from its raw input and the result of its work."""
        if self.selector is not None:
            result = line.fill(self.selector, result)
        output = put(line, raw, self.result_path, result)
        if self.output_path is not None:
            output = _along(line, self.output_path, output)
        return output if output is raw else checked(line, output)

    def hand_on(self, line: Line, effective: Any) -> Any:
        """The output of a state without a result: the effective input after OutputPath."""
        return effective if self.output_path is None else _along(line, self.output_path, effective)


def _path(state: Mapping[str, Any], field: str) -> Path | tuple[str] | None:
    """None where the data passes as it is."""
    text = state.get(field, "$")
    if text is None:
        return DROPPED
    return None if text == "$" else compile_path(text)


def result_place(state: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The steps of a ResultPath: () replaces the input; None drops the result."""
    text = state.get("ResultPath", "$")
    return None if text is None else compile_reference(text).steps


def compile_assign(owner: Mapping[str, Any]) -> Template | None:
    return compile_template(owner["Assign"]) if "Assign" in owner else None


def _along(line: Line, path: Path | tuple[str], data: Any) -> Any:
    if isinstance(path, tuple):
        return {}
    line.effort = 0
    try:
        value = path.of(line, data)
    except PathMissing as missing:
        raise line.problem(f"Invalid path '{path.text}' : {missing.why}") from None
    except StatesError as error:
        raise line.problem(error.cause or "", error.name) from None
    if path.definite:
        return value
    if type(value) is list and len(value) > FEW:
        line.make(weight_of_list(len(value)))
    return checked(line, value)


def put(line: Line, raw: Any, steps: tuple[Any, ...] | None, result: Any) -> Any:
    """The raw input with the result where ResultPath wants it."""
    if steps is None:
        return raw
    if not steps:
        return result
    try:
        return placed(raw, steps, result, line.make)
    except KeyError:
        shown = "$" + "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in steps)
        text = f"Unable to apply ResultPath '{shown}' to the input '{compact(raw)}'"
        raise line.problem(text, RESULT_PATH_MATCH_FAILURE) from None


def checked(line: Line, value: Any) -> Any:
    """The value, if it is not larger than a payload may be."""
    if fits(value):
        return value
    raise too_large(line.state.name)


def too_large(named: str, by_name: bool = True) -> StatesError:
    """``States.ALL`` takes the result of a task (recorded), and nothing else that is too large (Developer Guide).
    ``named``: the state, for a task's result what it calls (recorded)."""
    text = (
        f"The state/task '{named}' returned a result with a size exceeding the maximum number of bytes service limit."
    )
    return StatesError(DATA_LIMIT_EXCEEDED, text, by_name=by_name)


def read_whole(line: Line, path: Path, field: str, data: Any) -> int:
    """The whole number that a …Path field refers to. Raises StatesError ``States.Runtime`` in AWS's words."""
    try:
        value = path.of(line, data)
    except PathMissing as missing:
        raise line.problem(f"Invalid path '{path.text}' : {missing.why}") from None
    if isinstance(value, str) and len(value) < 20 and value.isascii() and value.removeprefix("-").isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        shown = value if isinstance(value, str) else compact(value)
        raise line.problem(f'The {field} field refers to value "{shown}" which is not a valid integer: {path.text}')
    return value
