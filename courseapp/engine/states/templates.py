"""Payload templates: JSON in which fields named ``….$`` are filled in when the state is worked on.

What has nothing to fill in is one constant, shared by all that use it. Arrays are searched for objects; a bare text
in an array is a literal.
"""

from __future__ import annotations

from typing import Any

from courseapp.engine.states.errors import RUNTIME, PathMissing, StatesError
from courseapp.engine.states.expressions import SIZED, Call, Constant, Expression, compile_expression
from courseapp.engine.states.intrinsics import GIVE_LITTLE
from courseapp.engine.states.jsontext import LIGHT, compact, weight, weight_of_list, weight_of_object
from courseapp.engine.states.paths import Path, Sees


class Filled:
    """One field that is filled in. ``field`` is its name as written, for the message of a path that finds nothing."""

    weight = 0
    __slots__ = ("expression", "field")

    def __init__(self, field: str, expression: Expression) -> None:
        self.field = field
        self.expression = expression

    def of(self, sees: Sees, data: Any) -> Any:
        try:
            return self.expression.of(sees, data)
        except PathMissing as missing:
            raise not_found(missing.path, self.field, data, self.expression) from None


class Made(Filled):
    """A field whose value is made: by a function, or as the list of what a path finds."""

    __slots__ = ()

    def of(self, sees: Sees, data: Any) -> Any:
        try:
            value = self.expression.of(sees, data)
        except PathMissing as missing:
            raise not_found(missing.path, self.field, data, self.expression) from None
        if type(value) in SIZED:
            made = weight(value) if isinstance(self.expression, Call) else weight_of_list(len(value))
            if made > LIGHT:
                sees.make(made)
        return value


class ObjectOf:
    __slots__ = ("fields", "weight")

    def __init__(self, fields: tuple[tuple[str, Template], ...]) -> None:
        self.fields = fields
        self.weight: int = weight_of_object(len(fields)) + sum(part.weight for _, part in fields)

    def of(self, sees: Sees, data: Any) -> Any:
        return {name: part.of(sees, data) for name, part in self.fields}


class ArrayOf:
    __slots__ = ("parts", "weight")

    def __init__(self, parts: tuple[Template, ...]) -> None:
        self.parts = parts
        self.weight: int = weight_of_list(len(parts)) + sum(part.weight for part in parts)

    def of(self, sees: Sees, data: Any) -> Any:
        return [part.of(sees, data) for part in self.parts]


Template = Constant | Filled | ObjectOf | ArrayOf


def compile_template(value: Any) -> Template:
    """The template of a JSON value. Raises Invalid where a ``.$`` field holds no path and no call."""
    if isinstance(value, dict):
        fields = tuple(
            (name[:-2], _filled(name, compile_expression(inner)))
            if name.endswith(".$")
            else (name, compile_template(inner))
            for name, inner in value.items()
        )
        if all(isinstance(part, Constant) for _, part in fields):
            return Constant(value)
        return ObjectOf(fields)
    if isinstance(value, list):
        parts = tuple(compile_template(inner) for inner in value)
        return Constant(value) if all(isinstance(part, Constant) for part in parts) else ArrayOf(parts)
    return Constant(value)


def _filled(field: str, expression: Path | Call) -> Filled:
    small = expression.definite if isinstance(expression, Path) else expression.name in GIVE_LITTLE
    return (Filled if small else Made)(field, expression)


def not_found(path: str, field: str, data: Any, expression: Expression) -> StatesError:
    """The error of a path that finds nothing in a field, or in the call that stands in it; in AWS's words (recorded),
    without the state's prefix."""
    what = f"The JSONPath '{path}' specified for the field '{field}'"
    if isinstance(expression, Call):
        failed = f"The function '{expression.text}' had the following error:"
        what = f"{failed} The JsonPath argument for the field '{path}'"
    return StatesError(RUNTIME, f"{what} could not be found in the input '{compact(data)}'")
