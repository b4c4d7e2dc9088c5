"""The words of paths: the functions that a path may end with, the operators of filters that are words, and regular
expressions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import inf, isfinite
from typing import Any

import jlens

from courseapp.engine.states.errors import RUNTIME, Invalid, StatesError
from courseapp.engine.states.jsontext import is_number, same
from courseapp.engine.states.regexes import danger

_STEPS = 100  # ours: of a regular expression on one text; about a millisecond


# Functions: each gives None where it has nothing to work on


def _length(value: Any) -> Any:
    return len(value) if isinstance(value, (list, dict)) else None


def _of_numbers(work: Callable[[list[float]], float]) -> Callable[[Any], Any]:
    def found(value: Any) -> Any:
        numbers = [one for one in value if is_number(one)] if isinstance(value, list) else []
        try:
            made = float(work(numbers)) if numbers else inf
        except OverflowError:
            return None
        return made if isfinite(made) else None

    return found


def _at(place: int) -> Callable[[Any], Any]:
    return lambda value: value[place] if isinstance(value, list) and value else None


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "length": _length,
    "size": _length,
    "min": _of_numbers(min),
    "max": _of_numbers(max),
    "sum": _of_numbers(sum),
    "avg": _of_numbers(lambda numbers: sum(numbers) / len(numbers)),
    "keys": lambda value: list(value) if isinstance(value, dict) else None,
    "first": _at(0),
    "last": _at(-1),
}


# Operators


def alike(one: Any, other: Any) -> bool:
    """Equality as filters have it: a number equals the text that spells it."""
    if isinstance(one, str) and is_number(other):
        one, other = other, one
    if isinstance(other, str) and is_number(one):
        try:
            return bool(float(other) == one)
        except (ValueError, OverflowError):
            return False
    return same(one, other)


def _is_in(one: Any, values: Any) -> bool:
    return isinstance(values, list) and any(alike(one, value) for value in values)


def _shared(one: Any, other: Any) -> list[bool] | None:
    """For each value of the first array whether the second has it."""
    return [_is_in(value, other) for value in one] if isinstance(one, list) and isinstance(other, list) else None


def _each(work: Callable[[list[bool]], bool]) -> Callable[[Any, Any], bool]:
    def found(one: Any, other: Any) -> bool:
        shared = _shared(one, other)
        return shared is not None and work(shared)

    return found


def _sized(value: Any, wanted: Any) -> bool:
    return is_number(wanted) and isinstance(value, (str, list, dict)) and len(value) == wanted


def _empty(value: Any, wanted: Any) -> bool:
    return isinstance(value, (str, list, dict)) and (not value) is wanted


LEXICAL: dict[str, Callable[[Any, Any], bool]] = {
    "in": _is_in,
    "nin": lambda one, values: not _is_in(one, values),
    "subsetof": _each(all),
    "anyof": _each(any),
    "noneof": _each(lambda shared: not any(shared)),
    "size": _sized,
    "empty": _empty,
}


# Regular expressions: those of the JSONata engine, which counts its steps


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str) -> Any:
    """An expression that tells whether the whole of ``$text`` matches. Raises Invalid."""
    if set(flags) - {"i", "m"}:
        raise Invalid(f"of the flags of regular expressions only i and m are supported, not {flags}.")
    why = danger(pattern)
    if why:
        raise Invalid(f"The regular expression /{pattern}/ could take for ever: {why}.")
    try:
        return jlens.Expression(f"$contains($text, /^(?:{pattern})$/{flags})")
    except (jlens.JlensError, ValueError) as error:
        raise Invalid(f"The regular expression /{pattern}/ cannot be read: {error}") from None


def fully_matches(pattern: str, flags: str, value: Any) -> bool:
    """Whether the text of a value matches. Raises StatesError for what takes too many steps."""
    text = ("true" if value else "false") if isinstance(value, bool) else str(value) if is_number(value) else value
    if not isinstance(text, str):
        return False
    try:
        return bool(compile_pattern(pattern, flags).evaluate(None, {"text": text}, max_steps=_STEPS))
    except jlens.JlensError:
        raise StatesError(RUNTIME, f"The regular expression /{pattern}/ takes too many steps.") from None
