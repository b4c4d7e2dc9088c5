"""The intrinsic functions of JSONPath states: what each does with its arguments.

A function gets what it may see (for random numbers) and its arguments, already evaluated; it raises IntrinsicFailure
with a sentence. ``FUNCTIONS`` names each with the fewest and the most arguments it takes.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from typing import Any

from courseapp.engine.kernel.randomness import stream
from courseapp.engine.states.errors import IntrinsicFailure
from courseapp.engine.states.functions import ALGORITHMS, digest, uuid4
from courseapp.engine.states.jsontext import NotJson, compact, java_text, parse, same
from courseapp.engine.states.paths import Sees
from courseapp.engine.states.quotas import (
    ENCODED_CHARACTERS,
    LARGEST_INTEGER,
    PAYLOAD_BYTES,
    RANGE_ELEMENTS,
    SMALLEST_INTEGER,
)

Function = Callable[..., Any]


def _whole(value: Any) -> int:
    """Rounded as Java does: halves towards plus infinity."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise IntrinsicFailure(f"a number was expected, not {_short(value)}")
    number = value if isinstance(value, int) else math.floor(value + 0.5)
    if not SMALLEST_INTEGER <= number <= LARGEST_INTEGER:
        raise IntrinsicFailure(f"{number} is outside {SMALLEST_INTEGER} to {LARGEST_INTEGER}")
    return number


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise IntrinsicFailure(f"an array was expected, not {_short(value)}")
    return value


def _text(value: Any, most: int | None = None) -> str:
    if not isinstance(value, str):
        raise IntrinsicFailure(f"a string was expected, not {_short(value)}")
    if most is not None and len(value) > most:
        raise IntrinsicFailure(f"the string has {len(value)} characters; at most {most} are allowed")
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise IntrinsicFailure(f"an object was expected, not {_short(value)}")
    return value


def _short(value: Any) -> str:
    text = compact(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _format(sees: Sees, template: Any, *values: Any) -> str:
    pieces: list[str] = []
    left = list(reversed(values))
    letters = iter(_text(template))
    length = 0
    for letter in letters:
        if letter == "\\":
            letter = next(letters, "\\")
        elif letter == "{":
            if next(letters, "") != "}":
                raise IntrinsicFailure("in the template every { must be followed by }, or be written as \\{")
            if not left:
                raise IntrinsicFailure("the template has more {} than there are arguments")
            letter = java_text(left.pop())
        elif letter == "}":
            raise IntrinsicFailure("in the template a } without its { must be written as \\}")
        pieces.append(letter)
        length += len(letter)
        if length > PAYLOAD_BYTES:
            raise IntrinsicFailure("the text would be longer than 256 KiB")
    if left:
        raise IntrinsicFailure("the template has fewer {} than there are arguments")
    return "".join(pieces)


def _string_to_json(sees: Sees, text: Any) -> Any:
    if not _text(text).strip():
        return None
    try:
        return parse(text)
    except NotJson as error:
        raise IntrinsicFailure(f"the string is not JSON: {error}") from None


def _array_partition(sees: Sees, array: Any, length: Any) -> list[Any]:
    size = _whole(length)
    if size < 1:
        raise IntrinsicFailure("the length of a part must be more than 0")
    values = _array(array)
    return [values[start : start + size] for start in range(0, len(values), size)]


def _array_range(sees: Sees, first: Any, last: Any, step: Any) -> list[int]:
    start, end, by = _whole(first), _whole(last), _whole(step)
    if by == 0:
        raise IntrinsicFailure("the step must not be 0")
    values = range(start, end + (1 if by > 0 else -1), by)
    if len(values) > RANGE_ELEMENTS:
        raise IntrinsicFailure(f"the range has {len(values)} elements; at most {RANGE_ELEMENTS} are allowed")
    return list(values)


def _array_get_item(sees: Sees, array: Any, index: Any) -> Any:
    values, place = _array(array), _whole(index)
    if not 0 <= place < len(values):
        raise IntrinsicFailure(f"the array has no element {place}")
    return values[place]


def _array_unique(sees: Sees, array: Any) -> list[Any]:
    kept: dict[str, Any] = {}
    for value in _array(array):
        kept.setdefault(_canonical(value), value)
    return list(kept.values())


def _canonical(value: Any) -> str:
    """A text that equal values share: keys sorted, 1.0 as 1."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{compact(key)}:{_canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_canonical(one) for one in value) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return compact(value)


def _base64_encode(sees: Sees, text: Any) -> str:
    return base64.b64encode(_text(text, ENCODED_CHARACTERS).encode("utf-8", "surrogatepass")).decode("ascii")


def _base64_decode(sees: Sees, text: Any) -> str:
    letters = "".join(_text(text, ENCODED_CHARACTERS).split())  # MIME breaks long texts into lines
    try:
        return base64.b64decode(letters.encode("ascii"), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeError):
        raise IntrinsicFailure("the string is not Base64 of a UTF-8 text") from None


def _hash(sees: Sees, data: Any, algorithm: Any) -> str:
    if _text(algorithm) not in ALGORITHMS:
        raise IntrinsicFailure(f"{algorithm} is no algorithm; use one of {', '.join(ALGORITHMS)}")
    return digest(_text(data, ENCODED_CHARACTERS) if isinstance(data, str) else data, algorithm)


def _json_merge(sees: Sees, one: Any, other: Any, deep: Any) -> dict[str, Any]:
    if deep is not False:
        raise IntrinsicFailure("only the shallow merge is supported: the third argument must be false")
    return {**_object(one), **_object(other)}


def _math_random(sees: Sees, first: Any, last: Any, seed: Any = None) -> int:
    start, end = _whole(first), _whole(last)
    if end <= start:
        raise IntrinsicFailure("the end must be greater than the start")
    drawn = sees.random() if seed is None else stream(_whole(seed), "States.MathRandom").random()
    return start + int(drawn * (end - start))


def _math_add(sees: Sees, one: Any, other: Any) -> int:
    return _whole(_whole(one) + _whole(other))


def _string_split(sees: Sees, text: Any, separators: Any) -> list[str]:
    ends = frozenset(_text(separators))
    pieces: list[str] = []
    piece: list[str] = []
    for letter in _text(text):
        if letter in ends:
            pieces.append("".join(piece))
            piece = []
        else:
            piece.append(letter)
    pieces.append("".join(piece))
    return [found for found in pieces if found]


FUNCTIONS: dict[str, tuple[Function, int, int | None]] = {
    "States.Format": (_format, 1, None),
    "States.StringToJson": (_string_to_json, 1, 1),
    "States.JsonToString": (lambda sees, value: compact(value), 1, 1),
    "States.Array": (lambda sees, *values: list(values), 0, None),
    "States.ArrayPartition": (_array_partition, 2, 2),
    "States.ArrayContains": (lambda sees, array, value: any(same(one, value) for one in _array(array)), 2, 2),
    "States.ArrayRange": (_array_range, 3, 3),
    "States.ArrayGetItem": (_array_get_item, 2, 2),
    "States.ArrayLength": (lambda sees, array: len(_array(array)), 1, 1),
    "States.ArrayUnique": (_array_unique, 1, 1),
    "States.Base64Encode": (_base64_encode, 1, 1),
    "States.Base64Decode": (_base64_decode, 1, 1),
    "States.Hash": (_hash, 2, 2),
    "States.JsonMerge": (_json_merge, 3, 3),
    "States.MathRandom": (_math_random, 2, 3),
    "States.MathAdd": (_math_add, 2, 2),
    "States.StringSplit": (_string_split, 2, 2),
    "States.UUID": (lambda sees: uuid4(sees.random), 0, 0),
}

# Fail's ErrorPath and CausePath take these only: their result is a text.
GIVE_TEXT = frozenset(
    f"States.{name}"
    for name in ("Format", "JsonToString", "ArrayGetItem", "Base64Encode", "Base64Decode", "Hash", "UUID")
)

# What these give is small, whatever they are given.
GIVE_LITTLE = frozenset(
    f"States.{name}" for name in ("ArrayContains", "ArrayLength", "Hash", "MathAdd", "MathRandom", "UUID")
)
