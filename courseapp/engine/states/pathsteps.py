"""Following the steps of a path that may lead to several values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import ge, gt, le, lt
from typing import Any

from courseapp.engine.states.errors import RUNTIME, StatesError
from courseapp.engine.states.jsontext import is_number, least_size
from courseapp.engine.states.pathwords import FUNCTIONS, LEXICAL, alike, fully_matches
from courseapp.engine.states.quotas import MOST_EFFORT

# Ours: a path that would look at more values than this, those in its filters counted, is stopped. An input of 256 KiB
# has fewer than half of them.
MOST_VALUES = 300_000
_LETTERS = 10  # a regular expression that reads so many letters counts as one value more

_ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


class _Looking:
    """One evaluation of a path: what its ``$`` is, also inside filters, and how many values it may still look at."""

    __slots__ = ("left", "root")

    def __init__(self, root: Any) -> None:
        self.root = root
        self.left = MOST_VALUES

    def at(self, values: int = 1) -> None:
        self.left -= values
        if self.left < 0:
            raise StatesError(RUNTIME, f"The path looks at more than {MOST_VALUES} values.")


def select(value: Any, steps: tuple[Any, ...], spend: Callable[[int], None]) -> list[Any]:
    """The values that the steps lead to, in document order. ``spend`` hears how many were looked at, and the size of
    what was found. Raises StatesError for a path that looks at too many."""
    looking = _Looking(value)
    found = _select(value, steps, looking)
    spend(MOST_VALUES - looking.left + least_size(found, MOST_EFFORT))
    return found


def _select(value: Any, steps: tuple[Any, ...], looking: _Looking) -> list[Any]:
    found = [value]
    for step in steps:
        following: list[Any] = []
        for one in found:
            for inner in _follow(one, step, looking):
                looking.at()
                following.append(inner)
        found = following
    return found


def _follow(value: Any, step: Any, looking: _Looking) -> Iterator[Any]:
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
            looking.at()
            if _holds(step[1], one, looking):
                yield one
    else:
        for one in _everything(value):
            looking.at()
            yield from _follow(one, step[1], looking)


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


def _holds(condition: Any, item: Any, looking: _Looking) -> bool:
    kind = condition[0]
    if kind == "or":
        return any(_holds(part, item, looking) for part in condition[1])
    if kind == "and":
        return all(_holds(part, item, looking) for part in condition[1])
    if kind == "not":
        return not _holds(condition[1], item, looking)
    left = _operand(condition[2] if kind == "compare" else condition[1], item, looking)
    if kind == "exists":
        return bool(left)
    if kind == "matches":
        if not left:
            return False
        looking.at(len(left[0]) // _LETTERS if isinstance(left[0], str) else 0)
        return fully_matches(condition[2], condition[3], left[0])
    right = _operand(condition[3], item, looking)
    if not left or not right:
        return condition[1] in ("!=", "nin") and left != right
    return _compares(condition[1], left[0], right[0], looking)


def _operand(operand: Any, item: Any, looking: _Looking) -> list[Any]:
    if operand[0] == "value":
        return [operand[1]]
    if operand[0] == "call":
        values = [FUNCTIONS[operand[1]](value) for value in _operand(operand[2], item, looking)]
        return [value for value in values if value is not None]
    return _select(item if operand[1] == "@" else looking.root, operand[2], looking)


def _compares(operator: str, left: Any, right: Any, looking: _Looking) -> bool:
    if operator in ("==", "!="):
        if type(left) in (dict, list) and type(right) in (dict, list):
            looking.at(_inside(left))
        return alike(left, right) == (operator == "==")
    if operator in LEXICAL:
        if type(right) is list:
            looking.at(len(right) * (_inside(left) + 1) if type(left) in (dict, list) else len(right))
        return LEXICAL[operator](left, right)
    if isinstance(left, str) and isinstance(right, str):
        return _ORDER[operator](left, right)
    if is_number(left) and is_number(right):
        return _ORDER[operator](left, right)
    return False


def _inside(value: Any) -> int:
    """How many objects, arrays and values of them there are in a value."""
    return sum(1 + len(one) for one in _everything(value))
