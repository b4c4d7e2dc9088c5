"""Where the parts of a JSON text stand: from a JSON pointer to the place in what somebody has typed. Pure.

Whoever is told of a problem wants to see it in the own text, with its blanks and line ends, so the text is walked once
and every key and value is noted with its offsets. Lines and columns count from 1, as editors do.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from courseapp.engine.states.jsontext import about_number, what_is_wrong
from courseapp.engine.states.problems import LONGEST_POINTER

_BLANK = re.compile(r"[ \t\n\r]*")
_LONG_NUMBER = re.compile(r"-?\d{4301}")
_PLAIN = re.compile(r"[^\s,\]}]+")


@dataclass(frozen=True, slots=True)
class Span:
    """Offsets into the text, end excluded; ``key_*`` is the name before a member's value, quotes included, or -1."""

    start: int
    end: int
    key_start: int = -1
    key_end: int = -1


class NotJsonAt(ValueError):
    """The text is no JSON; ``offset`` is where reading had to stop."""

    def __init__(self, says: str, offset: int) -> None:
        super().__init__(says)
        self.says = says
        self.offset = offset


def read(text: str) -> Any:
    """The value of a JSON text. Raises NotJsonAt."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise NotJsonAt(_in_words(error, text), min(error.pos, len(text))) from None
    except RecursionError:
        raise NotJsonAt("Objects and arrays are nested too deeply", 0) from None
    except ValueError as error:
        long = _LONG_NUMBER.search(text)
        raise NotJsonAt(_capital(about_number(error)), long.start() if long else 0) from None


def _in_words(error: json.JSONDecodeError, text: str) -> str:
    if not text.strip():
        return "There is no text yet"
    return _capital(what_is_wrong(error, text))


def _capital(says: str) -> str:
    return says[0].upper() + says[1:]


def spans(text: str) -> dict[str, Span]:
    """The values of a valid JSON text, by their JSON pointers; the whole is ``""``. What lies deeper than problems are
    told (``LONGEST_POINTER``) is left out."""
    found: dict[str, Span] = {}
    stack: list[tuple[str, int, int, int, int]] = []  # pointer, start, key span, next index (-1: an object)
    at, pointer, key = _skip(text, 0), "", (-1, -1)
    while True:
        letter = text[at]
        if letter in "{[":
            inside = _skip(text, at + 1)
            if text[inside] in "}]":
                _note(found, pointer, Span(at, inside + 1, *key))
                at = inside + 1
            else:
                stack.append((pointer, at, *key, 0 if letter == "[" else -1))
                at, pointer, key = _enter(text, inside, stack[-1])
                continue
        else:
            end = scanstring(text, at + 1)[1] if letter == '"' else _end_of_plain(text, at)
            _note(found, pointer, Span(at, end, *key))
            at = end
        while stack:  # what follows a value: the next one, or the end of what holds it
            at = _skip(text, at)
            outer, start, key_start, key_end, index = stack[-1]
            if text[at] == ",":
                stack[-1] = (outer, start, key_start, key_end, index + (index >= 0))
                at, pointer, key = _enter(text, _skip(text, at + 1), stack[-1])
                break
            stack.pop()
            at += 1
            _note(found, outer, Span(start, at, key_start, key_end))
        else:
            return found


def _note(found: dict[str, Span], pointer: str, span: Span) -> None:
    if len(pointer) <= LONGEST_POINTER:
        found[pointer] = span


def _enter(text: str, at: int, holder: tuple[str, int, int, int, int]) -> tuple[int, str, tuple[int, int]]:
    """Where the next value of an object or array begins, its pointer and its key."""
    outer, index = holder[0], holder[4]
    if index >= 0:
        return at, _inside(outer, str(index)), (-1, -1)
    name, end = scanstring(text, at + 1)
    colon = _skip(text, end)
    return _skip(text, colon + 1), _inside(outer, escaped(name)), (at, end)


def _inside(outer: str, step: str) -> str:
    """One that is too long stays as it is: nothing in it is noted."""
    return outer if len(outer) > LONGEST_POINTER else f"{outer}/{step}"


def escaped(name: str) -> str:
    """A name as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _skip(text: str, at: int) -> int:
    return _BLANK.match(text, at).end()  # type: ignore[union-attr]


def _end_of_plain(text: str, at: int) -> int:
    return _PLAIN.match(text, at).end()  # type: ignore[union-attr]


class Lines:
    """From offsets to lines and columns."""

    def __init__(self, text: str) -> None:
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def of(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


def nearest(found: dict[str, Span], pointer: str) -> tuple[str, Span]:
    """The span of a pointer, or of the nearest thing around it that the text has."""
    pointer = "" if pointer == "/" else pointer
    while pointer not in found:
        pointer = pointer.rpartition("/")[0]
    return pointer, found[pointer]
