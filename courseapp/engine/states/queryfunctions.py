"""The functions that Step Functions adds to JSONata, and those of JSONata that are bounded here.

Each gets Python values, None for what is undefined, and raises HostError with a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from courseapp.engine.kernel.randomness import stream
from courseapp.engine.states.functions import ALGORITHMS, digest
from courseapp.engine.states.jsontext import NotJson, parse
from courseapp.engine.states.quotas import PAYLOAD_BYTES, RANGE_ELEMENTS

RANGED = 100_000  # ours: elements of all ranges of one run together
COMPARED = 25_000_000  # ours: comparisons of all $distinct of one run together
READ_BYTES = 4 * PAYLOAD_BYTES  # ours: text that $parse may read in one run


class HostError(Exception):
    """An added function cannot work with its arguments."""


def nothing(*_: Any) -> None:
    return None


def _whole(value: Any, called: str) -> int:
    """Rounded down, as the guide says of JSONata functions."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise HostError(f"T0410: {called} must be a number")
    return math.floor(value)


def _partition(array: Any = None, size: Any = None) -> Any:
    if array is None:
        return None
    values = array if isinstance(array, list) else [array]
    length = _whole(size, "The size given to $partition")
    if length < 1:
        raise HostError("The size given to $partition must be greater than 0")
    return [values[start : start + length] for start in range(0, len(values), length)]


def _range_of(first: Any = None, last: Any = None, step: Any = None) -> Any:
    start, end, by = (_whole(value, "Each argument of $range") for value in (first, last, step))
    if by == 0:
        raise HostError("The step given to $range must not be 0")
    values = range(start, end + (1 if by > 0 else -1), by)
    if len(values) > RANGE_ELEMENTS:
        raise HostError(f"$range would give {len(values)} elements; at most {RANGE_ELEMENTS} are allowed")
    return values[0] if len(values) == 1 else list(values)


class Ranges:
    """``[first..last]``: nothing if either is missing. Counts what all ranges of a run make."""

    def __init__(self) -> None:
        self.left = RANGED

    def of(self, first: Any = None, last: Any = None) -> Any:
        if first is None or last is None:
            return None
        for value, code in ((first, "T2003: The left"), (last, "T2004: The right")):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value != math.floor(value):
                raise HostError(f"{code} side of the range operator (..) must evaluate to an integer")
        low, high = int(first), int(last)
        self.left -= max(0, high - low + 1)
        if self.left < 0:
            raise HostError(f"D2014: The range operator (..) would allocate more than {RANGED} elements")
        return list(range(low, high + 1))


class Few:
    """Counts the comparisons that ``$distinct`` is about to make in a run."""

    def __init__(self) -> None:
        self.left = COMPARED

    def of(self, count: Any = None) -> Any:
        self.left -= int(count) ** 2 if isinstance(count, (int, float)) else 0
        if self.left < 0:
            raise HostError(
                f"$distinct would compare too much; {int(COMPARED**0.5):,} elements may be given to it once"
            )
        return None


def _hash(data: Any = None, algorithm: Any = None) -> Any:
    if data is None:
        return None
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise HostError(f"{algorithm} is no algorithm; use one of {', '.join(ALGORITHMS)}")
    return digest(data, algorithm)


class Parses:
    """``$parse``: the value as ``v`` of an object. Counts what is read in a run."""

    def __init__(self) -> None:
        self.left = READ_BYTES

    def of(self, text: Any = None) -> Any:
        if text is None:
            return None
        if not isinstance(text, str):
            raise HostError("T0410: Argument 1 of function $parse must be a string")
        self.left -= len(text)
        if self.left < 0:
            raise HostError(f"$parse was given more than {READ_BYTES} characters")
        try:
            return {"v": parse(text)}
        except NotJson as error:
            raise HostError(f"The string given to $parse is not JSON: {error}") from None


def _pad(text: Any = None, width: Any = None, letters: Any = None) -> Any:
    """JSONata's own $pad, which in the engine is slow for long texts."""
    if text is None:
        return None
    if not isinstance(text, str) or not isinstance(letters, str | None):
        raise HostError("T0410: $pad takes a string, a number and a string")
    length = _whole(width, "The width given to $pad")
    missing = abs(length) - len(text)
    if missing <= 0:
        return text
    if abs(length) > PAYLOAD_BYTES:
        raise HostError(f"D2016: $pad would make a string of more than {PAYLOAD_BYTES} characters")
    fill = letters or " "
    added = (fill * (missing // len(fill) + 1))[:missing]
    return text + added if length > 0 else added + text


def drawing(random: Callable[[], float]) -> Callable[..., float]:
    def draw(seed: Any = None) -> float:
        return random() if seed is None else stream(_whole(seed, "The seed"), "$random").random()

    return draw


HOST_ERRORS = (HostError, UnicodeError, OverflowError, ValueError, TypeError, RecursionError, MemoryError)
DRAWING = frozenset({"$random", "$uuid"})
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "partition": _partition,
    "range": _range_of,
    "hash": _hash,
    "pad": _pad,
}
