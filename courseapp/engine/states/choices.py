"""Choice rules: the comparisons, the tests of type, And, Or, Not.

A value of the wrong type makes a comparison false, silently; a missing Variable ends the execution with
``States.Runtime``, for every operator but IsPresent. Both are the service's behaviour.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from courseapp.engine.states.errors import RUNTIME, Invalid, StatesError
from courseapp.engine.states.jsontext import is_number
from courseapp.engine.states.paths import MISSING, Path, Sees, compile_reference
from courseapp.engine.states.timestamps import nanoseconds

Test = Callable[[Any], bool]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}


def is_timestamp(value: Any) -> bool:
    return isinstance(value, str) and nanoseconds(value) is not None


def as_text(value: Any) -> Any:
    """What texts are ordered by: UTF-16 code units, as Java's compareTo."""
    if not isinstance(value, str):
        return MISSING
    return value if value.isascii() else value.encode("utf-16-be", "surrogatepass")


def as_double(value: Any) -> Any:
    """What numbers are compared as, however many digits they have."""
    if not is_number(value):
        return MISSING
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def as_instant(value: Any) -> Any:
    instant = nanoseconds(value) if isinstance(value, str) else None
    return MISSING if instant is None else instant


# Family: what a value is compared by (MISSING for a value of another type).
FAMILIES: dict[str, Callable[[Any], Any]] = {
    "String": as_text,
    "Numeric": as_double,
    "Timestamp": as_instant,
    "Boolean": lambda value: value if isinstance(value, bool) else MISSING,
}
COMPARISONS: dict[str, tuple[str, str]] = {
    **{family + order: (family, order) for family in ("String", "Numeric", "Timestamp") for order in _ORDERS},
    "BooleanEquals": ("Boolean", "Equals"),
}
TYPE_TESTS: dict[str, Test] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": is_number,
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": is_timestamp,
}
COMBINING = ("And", "Or", "Not")
OPERATORS: tuple[str, ...] = (
    *COMPARISONS,
    *(f"{name}Path" for name in COMPARISONS),
    "StringMatches",
    "IsPresent",
    *TYPE_TESTS,
)
OPERAND_TYPES: dict[str, tuple[Test, str]] = {
    "String": (lambda value: isinstance(value, str), "a string"),
    "Numeric": (is_number, "a number"),
    "Timestamp": (is_timestamp, "an RFC3339 timestamp"),
    "Boolean": (lambda value: isinstance(value, bool), "true or false"),
}


def _found(path: Path, sees: Sees, data: Any) -> Any:
    value = path.find(sees, data)
    if value is MISSING:
        text = f"Invalid path '{path.text}': The choice state's condition path references an invalid value."
        raise StatesError(RUNTIME, text)
    return value


def _comparable(one: Any, other: Any) -> tuple[Any, Any]:
    """Two texts of which one is not ASCII are both compared by their code units."""
    if type(one) is not type(other) and (isinstance(one, (str, bytes)) and isinstance(other, (str, bytes))):
        return (
            one.encode("utf-16-be") if isinstance(one, str) else one,
            other.encode("utf-16-be") if isinstance(other, str) else other,
        )
    return one, other


class Compares:
    """Variable against a value, or against what another path finds."""

    __slots__ = ("key", "order", "other", "value", "variable")

    def __init__(self, variable: Path, name: str, operand: Any) -> None:
        plain = name.removesuffix("Path") if name.endswith("Path") else name
        family, order = COMPARISONS[plain]
        self.variable = variable
        self.key = FAMILIES[family]
        self.order = _ORDERS[order]
        self.other = compile_reference(operand) if plain != name else None
        self.value = MISSING if self.other is not None else self.key(operand)

    def holds(self, sees: Sees, data: Any) -> bool:
        one = self.key(_found(self.variable, sees, data))
        other = self.value if self.other is None else self.key(_found(self.other, sees, data))
        if one is MISSING or other is MISSING:
            return False
        if type(one) is not type(other):
            one, other = _comparable(one, other)
        return self.order(one, other)


class Matches:
    """StringMatches: ``*`` stands for any run of letters, ``\\*`` for a star, ``\\\\`` for a backslash."""

    __slots__ = ("pieces", "variable")

    def __init__(self, variable: Path, pattern: str) -> None:
        self.variable = variable
        self.pieces = wildcard_pieces(pattern)

    def holds(self, sees: Sees, data: Any) -> bool:
        value = _found(self.variable, sees, data)
        return isinstance(value, str) and wildcard_holds(self.pieces, value)


def wildcard_pieces(pattern: str) -> tuple[str, ...]:
    """The texts between the stars. Raises Invalid for a backslash before anything but a star or a backslash."""
    pieces, piece, letters = [], [], iter(pattern)
    for letter in letters:
        if letter == "\\":
            letter = next(letters, "")
            if letter not in ("*", "\\"):
                raise Invalid("In StringMatches a backslash may only stand before * or another backslash.")
            piece.append(letter)
        elif letter == "*":
            pieces.append("".join(piece))
            piece = []
        else:
            piece.append(letter)
    pieces.append("".join(piece))
    return tuple(pieces)


def wildcard_holds(pieces: tuple[str, ...], text: str) -> bool:
    """Whether the text is made of the pieces, in order, with anything between them; never slower than length times
    pieces."""
    if len(pieces) == 1:
        return text == pieces[0]
    first, last = pieces[0], pieces[-1]
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in pieces[1:-1]:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


class IsPresent:
    __slots__ = ("variable", "wanted")

    def __init__(self, variable: Path, wanted: bool) -> None:
        self.variable = variable
        self.wanted = wanted

    def holds(self, sees: Sees, data: Any) -> bool:
        return (self.variable.find(sees, data) is not MISSING) == self.wanted


class HasType:
    __slots__ = ("test", "variable", "wanted")

    def __init__(self, variable: Path, name: str, wanted: bool) -> None:
        self.variable = variable
        self.test = TYPE_TESTS[name]
        self.wanted = wanted

    def holds(self, sees: Sees, data: Any) -> bool:
        return self.test(_found(self.variable, sees, data)) == self.wanted


class Every:
    __slots__ = ("rules",)

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules

    def holds(self, sees: Sees, data: Any) -> bool:
        return all(rule.holds(sees, data) for rule in self.rules)


class Some:
    __slots__ = ("rules",)

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules

    def holds(self, sees: Sees, data: Any) -> bool:
        return any(rule.holds(sees, data) for rule in self.rules)


class Opposite:
    __slots__ = ("rule",)

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def holds(self, sees: Sees, data: Any) -> bool:
        return not self.rule.holds(sees, data)


Rule = Compares | Matches | IsPresent | HasType | Every | Some | Opposite


def compile_rule(rule: dict[str, Any]) -> Rule:
    """A rule that has been checked, with all rules inside it."""
    if "And" in rule:
        return Every(tuple(compile_rule(inner) for inner in rule["And"]))
    if "Or" in rule:
        return Some(tuple(compile_rule(inner) for inner in rule["Or"]))
    if "Not" in rule:
        return Opposite(compile_rule(rule["Not"]))
    variable = compile_reference(rule["Variable"])
    name = next(name for name in OPERATORS if name in rule)
    operand = rule[name]
    if name == "StringMatches":
        return Matches(variable, operand)
    if name == "IsPresent":
        return IsPresent(variable, operand)
    if name in TYPE_TESTS:
        return HasType(variable, name, operand)
    return Compares(variable, name, operand)
