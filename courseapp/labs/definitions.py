"""A definition while it is being written: its problems with their places in the text, its states with their lines.

Pure. What is checked is what ``engine.states.validate`` checks, against the nodes that the lab's machine can reach.
Offsets count UTF-16 units, as a browser's text field does.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from courseapp.engine.states.problems import Problem
from courseapp.engine.states.validate import validate
from courseapp.engine.states.warnings import warnings
from courseapp.labs.spans import Lines, NotJsonAt, Span, escaped, nearest, read, spans

MOST_LETTERS = 280_000
"""A definition goes to the server in one frame, which holds a little more than that. AWS takes a MiB."""
_CLOSEST = re.compile(r"\s*The closest name is (.+)\.$")
_ABOUT_NAME = re.compile(r"^Field '|^The name '|^State '|^A state's name")


def check(text: str, kind: str, reach: Container[str]) -> dict[str, Any]:
    """``{"problems": [...], "warnings": [...], "states": {name: [first line, last line, offset of the name]}}``.

    Problems and warnings (which stop nothing) have ``path``, ``code``, ``says``, ``suggestion`` and ``replace`` (what
    to put in its place, or null), ``start`` and ``end`` (offsets), ``line`` and ``column``.
    """
    units = _Units(text)
    if len(text) > MOST_LETTERS:
        says = f"This lab takes a definition of at most {MOST_LETTERS:,} letters; this one has {len(text):,}."
        return _unread(_problem("/", "TOO_LONG", says, None, None, Span(0, 0), Lines(text), units))
    lines = Lines(text)
    try:
        value = read(text)
    except NotJsonAt as error:
        line, column = lines.of(error.offset)
        says = f"This is no JSON yet: line {line}, column {column}. {error.says}."
        place = Span(error.offset, min(error.offset + 1, len(text)))
        return _unread(_problem("/", "INVALID_JSON_DESCRIPTION", says, None, None, place, lines, units))
    found = spans(text)

    def placed(told: Iterable[Problem]) -> list[dict[str, Any]]:
        each = [_placed(one.path, one.code, one.message, found, lines, units) for one in told]
        return sorted(each, key=lambda problem: problem["start"])

    return {
        "problems": placed(validate(text, kind, reach)),
        "warnings": [{**one, "replace": None} for one in placed(warnings(text))],  # the name is a part of the text
        "states": {
            name: [lines.of(span.key_start)[0], lines.of(span.end)[0], units.of(span.key_start)]
            for name, pointer in state_pointers(value)
            if (span := found.get(pointer)) is not None and span.key_start >= 0
        },
    }


def _unread(problem: dict[str, Any]) -> dict[str, Any]:
    return {"problems": [problem], "warnings": [], "states": {}}


def _placed(path: str, code: str, message: str, found: dict[str, Span], lines: Lines, units: _Units) -> dict[str, Any]:
    pointer, span = nearest(found, path)
    hint = _CLOSEST.search(message)
    suggestion = hint.group(1) if hint else None
    says = message[: hint.start()] if hint else message
    exact = pointer == ("" if path == "/" else path)
    on_name = span.key_start >= 0 and (not exact or bool(_ABOUT_NAME.match(message)) or _is_group(units.text, span))
    if on_name:
        span = Span(span.key_start, span.key_end)
    elif _is_group(units.text, span):
        span = Span(span.start, span.start + 1)
    replace = None if suggestion is None or not exact else _quoted(suggestion)
    return _problem(
        path, code, says if says.endswith((".", "]")) else says + ".", suggestion, replace, span, lines, units
    )


def _is_group(text: str, span: Span) -> bool:
    """Objects and arrays may be long: they are marked by their name, or their bracket."""
    return text[span.start : span.start + 1] in ("{", "[")


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _problem(
    path: str,
    code: str,
    says: str,
    suggestion: str | None,
    replace: str | None,
    span: Span,
    lines: Lines,
    units: _Units,
) -> dict[str, Any]:
    line, column = lines.of(span.start)
    return {
        "path": path,
        "code": code,
        "says": says,
        "suggestion": suggestion,
        "replace": replace,
        "start": units.of(span.start),
        "end": units.of(span.end),
        "line": line,
        "column": column,
    }


class _Units:
    """Offsets as a browser counts them: a letter beyond the basic plane counts twice."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.wide = [place for place, letter in enumerate(text) if letter > "\uffff"] if not text.isascii() else []

    def of(self, offset: int) -> int:
        return offset + bisect_left(self.wide, offset)


def state_pointers(machine: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """(name, JSON pointer) of every state, those inside Parallel and Map too."""
    states = machine.get("States") if isinstance(machine, Mapping) else None
    if not isinstance(states, Mapping):
        return
    for name, state in states.items():
        here = f"{pointer}/States/{escaped(name)}"
        yield name, here
        if not isinstance(state, Mapping):
            continue
        branches = state.get("Branches")
        for place, branch in enumerate(branches if isinstance(branches, list) else ()):
            yield from state_pointers(branch, f"{here}/Branches/{place}")
        for field in ("ItemProcessor", "Iterator"):
            yield from state_pointers(state.get(field), f"{here}/{field}")


@lru_cache(maxsize=64)
def states_inside(text: str, of_map: str) -> tuple[str, ...]:
    """The names of the states inside a Map of a valid definition; none where it has no such Map."""
    value = read(text)
    found = next((pointer for name, pointer in state_pointers(value) if name == of_map), None)
    return () if found is None else tuple(n for n, place in state_pointers(value) if place.startswith(f"{found}/"))
