"""JSON values and their text: compact writing, strict reading, size and depth.

Values inside the interpreter are never changed once they are made (whoever alters one copies the way to it), so that
history, variables and several branches may share them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from json.encoder import encode_basestring
from typing import Any

from courseapp.engine.states.quotas import NESTING, PAYLOAD_BYTES

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode

FEW = 100  # letters and values that are not worth weighing
LIGHT = 1_000  # bytes that are not worth counting
SMALL = 150  # values of which are looked at one by one before the text is made to be measured


class NotJson(ValueError):
    """The text is not JSON, or holds a number that JSON has no room for, or is nested too deeply."""


def compact(value: Any) -> str:
    """The JSON text of a value, without blanks, as it stands in history and payloads."""
    return _encode(value)


def parse(text: str) -> Any:
    """The value of a JSON text. Raises NotJson. NaN, Infinity and numbers beyond a double are refused."""
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_float)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise NotJson(f"{where}: {what_is_wrong(error, text)}") from None
    except RecursionError:
        raise NotJson(f"nested more than {NESTING} deep") from None
    except ValueError as error:
        raise NotJson(about_number(error)) from None
    if depth_exceeds(value, NESTING):
        raise NotJson(f"nested more than {NESTING} deep")
    return value


_WORDS = {
    "Expecting property name enclosed in double quotes": "a name in double quotes is expected here",
    "Expecting ',' delimiter": "a comma or a closing bracket is expected here",
    "Expecting ':' delimiter": "a colon is expected here",
    "Expecting value": "a value is expected here",
    "Illegal trailing comma before end of object": "the comma before the closing bracket is one too many",
    "Illegal trailing comma before end of array": "the comma before the closing bracket is one too many",
    "Extra data": "the text has ended here; something follows",
    "Unterminated string starting at": "this text has no closing quote",
    "Unexpected UTF-8 BOM (decode using utf-8-sig)": "an invisible mark (a byte order mark) stands before the text",
    "Invalid \\escape": 'after a backslash only " \\ / b f n r t or u may stand',
    "Invalid \\uXXXX escape": "after \\u four hexadecimal digits are expected",
    "Invalid control character at": "a line end or control character may not stand in a text",
}
_BARE = re.compile(r"[^\W\d]\w*")


def what_is_wrong(error: json.JSONDecodeError, text: str) -> str:
    """The reader's complaint in words for an author, without its place."""
    says = _WORDS.get(error.msg, error.msg)
    before, at = text[: error.pos].rstrip(), text[error.pos : error.pos + 2]
    if at in ("//", "/*") or at[:1] == "#":
        return 'JSON has no comments; use a "Comment" field'
    if at[:1] in ("'", "\u2018", "\u2019", "\u201c", "\u201d", "\u201e"):
        return f'texts stand between straight double quotes ("), not {at[0]}'
    if says.startswith("a name in double quotes"):
        if before.endswith(","):
            return "the comma before this place is one too many, or a name in double quotes is missing"
        return says
    if says.startswith("a value") and before.endswith(","):
        return "the comma before this place is one too many, or a value is missing"
    word = _BARE.match(text, error.pos)
    if says.startswith("a value") and word is not None:
        meant = {"none": "null"}.get(word[0].lower(), word[0].lower())
        plain = f"write {meant}" if meant in ("true", "false", "null") else "texts stand in double quotes"
        return f"{word[0][:30]} is no value; {plain}"
    return says


def about_number(error: ValueError) -> str:
    """What is wrong with a number; Python's word on one with too many digits is for programmers."""
    return "a number has more than 4,300 digits" if str(error).startswith("Exceeds the limit") else str(error)


def twice(text: str) -> list[tuple[str, ...]]:
    """The names, each with the way to it, that an object of a valid JSON text has more than once."""
    found: list[tuple[dict[str, Any], str]] = []

    def noticed(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            times = Counter(name for name, _ in pairs)
            found.extend((made, name) for name in made if times[name] > 1)
        return made

    value = json.loads(text, object_pairs_hook=noticed)
    if not found:
        return []
    ways: dict[int, tuple[str, ...]] = {}
    waiting: list[tuple[Any, tuple[str, ...]]] = [(value, ())]
    while waiting:
        one, way = waiting.pop()
        ways[id(one)] = way
        inner = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        waiting.extend((part, (*way, str(name))) for name, part in inner)
    return [(*ways[id(made)], name) for made, name in found if id(made) in ways]


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is beyond a double")
    return number


def depth_exceeds(value: Any, most: int) -> bool:
    """Whether objects and arrays are nested more than ``most`` deep; looks level by level, without recursion."""
    level = [value]
    for _ in range(most + 1):
        inner: list[Any] = []
        for one in level:
            if type(one) is dict:
                inner.extend(one.values())
            elif type(one) is list:
                inner.extend(one)
        if not inner:
            return False
        level = inner
    return any(type(one) in (dict, list) for one in level)


def fits(value: Any) -> bool:
    """Whether a value may be handed on: at most 262,144 bytes as compact UTF-8 JSON, not nested beyond NESTING.

    Most values are small, and making their text only to measure it would cost more than the rest of a state. So the
    first SMALL values inside are counted one by one; only what is neither plainly small nor plainly too large has its
    text made.
    """
    kind = type(value)
    if kind is not dict and kind is not list:
        return kind is not str or _text_fits(value)
    stack, seen, letters = [value], 0, 0
    while stack:
        one = stack.pop()
        seen += 1
        kind = type(one)
        if kind is dict:
            for key in one:
                letters += len(key)
            stack.extend(one.values())
        elif kind is list:
            stack.extend(one)
        elif kind is str:
            letters += len(one)
        if seen + len(stack) > SMALL or letters > 10_000:
            return least_size(value) <= PAYLOAD_BYTES and size(value) <= PAYLOAD_BYTES
    return True


def least_size(value: Any, most: int = PAYLOAD_BYTES) -> int:
    """So many bytes the text of a value has at least: its letters, and one for each value in it. What is nested beyond
    NESTING, or has more than ``most``, gives more than ``most``, and is not looked at to its end: a value may hold
    another very many times."""
    level, letters = [value], 1
    for _ in range(NESTING + 1):
        inner: list[Any] = []
        for one in level:
            kind = type(one)
            if kind is str:
                letters += len(one)
            elif kind is list:
                letters += len(one)
                inner.extend(one)
            elif kind is dict:
                letters += len(one) + sum(map(len, one))
                inner.extend(one.values())
            if letters > most:
                return letters
        if not inner:
            return letters
        level = inner
    return most + 1 if any(type(one) in (dict, list) for one in level) else letters


def weight(value: Any) -> int:
    """About the bytes of memory that a value takes (see ``kernel.memory``), 0 if it is not worth the look."""
    kind = type(value)
    if kind is str:
        return _weight_of_text(value) if len(value) > FEW else 0
    if (kind is not dict and kind is not list) or least_size(value, FEW) <= FEW:
        return 0
    level, total = [value], 0
    while level:
        inner: list[Any] = []
        for one in level:
            kind = type(one)
            if kind is str:
                total += _weight_of_text(one)
            elif kind is list:
                total += weight_of_list(len(one))
                inner.extend(one)
            elif kind is dict:
                total += weight_of_object(len(one)) + 50 * len(one) + sum(map(len, one))  # and the names
                inner.extend(one.values())
            else:
                total += 30
        level = inner
    return total


def _weight_of_text(text: str) -> int:
    return 50 + (len(text) if text.isascii() else 4 * len(text))


def weight_of_list(length: int) -> int:
    """Without what is in it."""
    return 60 + 8 * length


def weight_of_object(length: int) -> int:
    """Without what is in it."""
    return 130 + 50 * length


def size(value: Any) -> int:
    """Bytes of the compact JSON text in UTF-8."""
    return len(_encode(value).encode("utf-8", "surrogatepass"))


def longest_text(value: Any) -> int:
    """Bytes of the longest text inside, names aside."""
    longest, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            longest = max(longest, len(one.encode("utf-8", "surrogatepass")))
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return longest


def _text_fits(text: str) -> bool:
    return len(text) <= 10_000 or len(encode_basestring(text).encode("utf-8", "surrogatepass")) <= PAYLOAD_BYTES


def java_text(value: Any) -> str:
    """How ``States.Format`` prints a value: texts bare, numbers as JSON, objects and arrays in Java's map style
    (recorded)."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={java_text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(java_text(one) for one in value) + "]"
    return _encode(value)


def is_number(value: Any) -> bool:
    """``true`` is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same(one: Any, other: Any) -> bool:
    """Deep equality of JSON values: 1 equals 1.0, true does not equal 1."""
    pairs = [(one, other)]
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, bool) or isinstance(b, bool):
            if a is not b:
                return False
        elif isinstance(a, dict) and isinstance(b, dict):
            if a.keys() != b.keys():
                return False
            pairs.extend((a[key], b[key]) for key in a)
        elif isinstance(a, list) and isinstance(b, list):
            if len(a) != len(b):
                return False
            pairs.extend(zip(a, b, strict=True))
        elif a != b:
            return False
    return True
