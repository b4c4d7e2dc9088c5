"""Following the steps of a path that may lead to several values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import ge, gt, le, lt
from typing import Any

from courseapp.engine.states.errors import RUNTIME, StatesError
from courseapp.engine.states.pathwords import FUNCTIONS, LEXICAL, alike, fully_matches, is_number

# Ours: a path that would look at more values than this is stopped. An input of 256 KiB has fewer than half of them.
MOST_VALUES = 300_000

_ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def select(value: Any, steps: tuple[Any, ...]) -> list[Any]:
    """The values that the steps lead to, in document order. Raises StatesError for a path that looks at too many."""
    found = [value]
    budget = MOST_VALUES
    for step in steps:
        following: list[Any] = []
        for one in found:
            for inner in _follow(one, step, value):
                budget -= 1
                if budget < 0:
                    raise StatesError(RUNTIME, f"The path looks at more than {MOST_VALUES} values.")
                following.append(inner)
        found = following
    return found


def _follow(value: Any, step: Any, root: Any) -> Iterator[Any]:
    if type(step) is str:
        if type(value) is dict and step in value:
            yield value[step]
        return
    if type(step) is int:
        if type(value) is list and -len(value) <= step < len(value):
            yield value[step]
        return
    kind = step[0]
    if kind == "*":
        yield from _children(value)
    elif kind == "names":
        if type(value) is dict:
            yield from (value[name] for name in step[1] if name in value)
    elif kind == "indices":
        if type(value) is list:
            yield from (value[index] for index in step[1] if -len(value) <= index < len(value))
    elif kind == "slice":
        if type(value) is list:
            yield from value[step[1] : step[2] : step[3]]
    elif kind == "filter":
        for one in value if type(value) is list else (value,):
            if _holds(step[1], one, root):
                yield one
    else:
        for one in _everything(value):
            yield from _follow(one, step[1], root)


def _children(value: Any) -> Iterator[Any]:
    if type(value) is dict:
        yield from value.values()
    elif type(value) is list:
        yield from value


def _everything(value: Any) -> Iterator[Any]:
    """The value and all inside it, outer before inner, without recursion."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if type(one) in (dict, list):
            yield one
            waiting.extend(reversed(list(_children(one))))


def _holds(condition: Any, item: Any, root: Any) -> bool:
    kind = condition[0]
    if kind == "or":
        return _holds(condition[1], item, root) or _holds(condition[2], item, root)
    if kind == "and":
        return _holds(condition[1], item, root) and _holds(condition[2], item, root)
    if kind == "not":
        return not _holds(condition[1], item, root)
    left = _operand(condition[2] if kind == "compare" else condition[1], item, root)
    if kind == "exists":
        return bool(left)
    if kind == "matches":
        return bool(left) and fully_matches(condition[2], condition[3], left[0])
    right = _operand(condition[3], item, root)
    if not left or not right:
        return condition[1] in ("!=", "nin") and left != right
    return _compares(condition[1], left[0], right[0])


def _operand(operand: Any, item: Any, root: Any) -> list[Any]:
    if operand[0] == "value":
        return [operand[1]]
    if operand[0] == "call":
        values = [FUNCTIONS[operand[1]](value) for value in _operand(operand[2], item, root)]
        return [value for value in values if value is not None]
    return select(item if operand[1] == "@" else root, operand[2])


def _compares(operator: str, left: Any, right: Any) -> bool:
    if operator == "==":
        return alike(left, right)
    if operator == "!=":
        return not alike(left, right)
    if operator in LEXICAL:
        return LEXICAL[operator](left, right)
    if isinstance(left, str) and isinstance(right, str):
        return _ORDER[operator](left, right)
    if is_number(left) and is_number(right):
        return _ORDER[operator](left, right)
    return False
