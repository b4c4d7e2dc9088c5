"""JSON from strangers: what may go into a database, a simulation and back again without breaking any of them. Pure.

Python reads more than JSON allows (NaN, numbers that become infinite) and more than what can be kept: half of a
surrogate pair is no text that can be sent, U+0000 none that PostgreSQL keeps, and what is nested a thousand deep cannot
be copied.
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Any, NoReturn

DEEPEST = 100
MOST_DIGITS = 300
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+"')
_BRACKETS = re.compile(r"[\[\]{}]")


class NotStrict(ValueError):
    """What is wrong, and where, as a sentence."""


def loads(text: str) -> Any:
    """The value. Raises NotStrict, or ValueError where the text is no JSON at all."""
    if text.count("[") + text.count("{") > DEEPEST:
        _check_depth(text)
    value = json.loads(text, parse_constant=_no_number, parse_float=_float, parse_int=_int)
    if "\\u" in text:
        _check_letters(value)
    return value


def _no_number(name: str) -> NoReturn:
    raise NotStrict(f"{name} is no number.")


def _float(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise NotStrict(f"the number {text[:20]} is too large.")
    return number


def _int(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise NotStrict(f"a number has {len(text):,} digits; {MOST_DIGITS} are allowed.")
    return int(text)


def _check_depth(text: str) -> None:
    depth = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise NotStrict(f"objects and arrays may be nested {DEEPEST} deep.")


def _check_letters(value: Any) -> None:
    todo: list[tuple[str, Any]] = [("", value)]
    while todo:
        place, one = todo.pop()
        if isinstance(one, dict):
            todo += [(f"{place}.{name}".strip("."), inner) for name, inner in one.items()]
            todo += [(f"a name in {place}" if place else "a name", name) for name in one]
        elif isinstance(one, list):
            todo += [(f"{place}[{number}]", inner) for number, inner in enumerate(one)]
        elif isinstance(one, str) and any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in one):
            where = place.encode("utf-8", "replace").decode()
            raise NotStrict(f"{where} holds U+0000 or half of a surrogate pair, which no text may.")
