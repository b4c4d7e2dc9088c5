"""JSONata: one expression between ``{%`` and ``%}``, behind an adapter, so that the engine can be exchanged.

The engine is jlens, which follows a newer grammar than JSONata 2.0.6, the one that Step Functions uses. What the newer
one adds (``??``, ``?:``), what Step Functions leaves out (``$eval``) and what could keep an engine busy (regular
expressions, ranges) is looked for in the expression's words before it is used. An expression is evaluated against
nothing: only ``$states`` and the variables are there. Its clock is the virtual one and its dice are the machine's, so
that a run is the same each time.

Steps, depth and sizes are limited and end in ``States.QueryEvaluationError``. What costs memory is many steps that
each make something large, so an expression may have either: few steps with large values, or (in a second and a third
run, if the steps of the one before were not enough) more steps with smaller ones. The limit of wall time is only a
backstop, far above what the steps allow: it raises TookTooLong, which is no error of the states language.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import jlens

from courseapp.engine.kernel.randomness import stream
from courseapp.engine.states.errors import Invalid
from courseapp.engine.states.jsontext import NotJson, compact, parse, size
from courseapp.engine.states.jsonwords import Word, words_of
from courseapp.engine.states.quotas import PAYLOAD_BYTES, RANGE_ELEMENTS
from courseapp.engine.states.regexes import danger


class Limits(NamedTuple):
    """Of one run: steps, elements of an array, bytes of a text (and, from the second run on, of all that is bound).
    Ours, as all of these: AWS publishes none."""

    steps: int
    elements: int
    text_bytes: int


RUNS = (Limits(3_000, 10_000, PAYLOAD_BYTES), Limits(20_000, 3_000, 20_000), Limits(60_000, 1_000, 5_000))
OUT_OF_STEPS = "U1006"
OUT_OF_TIME = "D1012"
RANGED = 100_000  # elements of all ranges of one run together
READ_BYTES = 4 * PAYLOAD_BYTES  # text that $parse may read in one run
DEPTH = 300
RESULT_BYTES = 4 * PAYLOAD_BYTES
BACKSTOP_SECONDS = 20.0
EXPRESSION_CHARACTERS = 100_000

_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_RANGE = "lab__range"


class TookTooLong(RuntimeError):
    """An expression was still busy after BACKSTOP_SECONDS: the lab is stopped with this message."""


class QueryFailed(Exception):
    """Why an expression gave no value; the text continues AWS's sentence."""


class _Undefined:
    __slots__ = ()

    def __reduce__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Any = _Undefined()


class HostError(Exception):
    """An added function cannot work with its arguments."""


def is_query(value: Any) -> bool:
    """Whether a text is an expression: exactly from ``{%`` to ``%}``, no blanks outside."""
    return isinstance(value, str) and len(value) >= 4 and value.startswith("{%") and value.endswith("%}")


class Query:
    """A compiled expression. ``text`` is what stands between the marks, without outer blanks."""

    __slots__ = (
        "_engine",
        "_plain",
        "has_ranges",
        "needs_context",
        "reads_errors",
        "reads_nothing_outside",
        "reads_result",
        "text",
        "uses",
    )

    def __init__(self, text: str) -> None:
        self.text = text
        words = words_of(text)
        self.uses = frozenset(word.text for word in words if word.kind == "variable")
        source = _with_bounded_ranges(text, words)
        self.has_ranges = source != text
        self._plain = _compiled(text)
        self._engine = _compiled('{"v":' + source + "\n}")
        for name, function in _FUNCTIONS.items():
            if f"${name}" in self.uses:
                self._engine.register_function(name, function)
                self._plain.register_function(name, function)
        unknown = {word.text[1:]: _nothing for word in words if word.kind == "variable" and word.called}
        reads = self._plain.reads({**unknown, "random": _nothing, "uuid": _nothing, "parse": _nothing})
        self.reads_nothing_outside = not reads.get("input")
        states = reads["bindings"].get("states", {})
        whole = not isinstance(states, dict)
        self.needs_context = whole or "context" in states
        self.reads_result = not whole and "result" in states
        self.reads_errors = not whole and "errorOutput" in states

    def value(self, names: Mapping[str, Any], now_ms: int, random: Callable[[], float]) -> Any:
        """The value, UNDEFINED for none. ``names`` holds ``states`` and the variables; ``now_ms`` is wall time of the
        virtual clock. Raises QueryFailed, TookTooLong."""
        names = {name[1:]: names[name[1:]] for name in self.uses if name[1:] in names}
        seed = int(random() * 2**32) if "$shuffle" in self.uses else None
        for allowed, following in zip(RUNS, (*RUNS[1:], None), strict=True):
            bound = self._bound(names, random)
            try:
                found = self._run(self._engine, bound, now_ms, seed, allowed)
                if "v" in found:
                    return found["v"]
                if self._is_function(bound, now_ms, seed, allowed):
                    raise QueryFailed("returned an unsupported result type.")
                return UNDEFINED
            except jlens.JlensError as error:
                if error.code == OUT_OF_TIME:
                    raise TookTooLong(f"The JSONata expression '{self.text[:200]}' did not come to an end.") from None
                goes_on = following is not None and size(names) <= following.text_bytes
                if error.code != OUT_OF_STEPS or not goes_on:
                    raise QueryFailed(f"threw an error during evaluation. {error.code}: {error}") from None
            except _HOST_ERRORS as failure:
                raise QueryFailed(f"threw an error during evaluation. {failure}") from None
        return UNDEFINED

    def _bound(self, names: Mapping[str, Any], random: Callable[[], float]) -> dict[str, Any]:
        """The names, and the functions that draw or count, as far as the expression uses them."""
        bound: dict[str, Any] = {}
        if self.uses & _DRAWING:
            bound = {"random": _drawing(random), "uuid": lambda: _uuid(random)}
        if self.has_ranges:
            bound[_RANGE] = _Ranges().of
        if "$parse" in self.uses:
            bound["parse"] = _Parses().of
        return {**bound, **names}

    def _run(self, engine: Any, bound: dict[str, Any], now_ms: int, seed: int | None, allowed: Limits) -> Any:
        return engine.evaluate(
            None,
            bound,
            timeout=BACKSTOP_SECONDS,
            max_depth=DEPTH,
            max_steps=allowed.steps,
            max_string_length=allowed.text_bytes,
            max_array_length=allowed.elements,
            max_result_size=RESULT_BYTES,
            now=now_ms,
            seed=seed,
        )

    def _is_function(self, bound: dict[str, Any], now_ms: int, seed: int | None, allowed: Limits) -> bool:
        """Whether what looked like nothing is a function or a regular expression, which JSON cannot hold."""
        if self.text.startswith("/"):
            return True
        typed = _compiled(f"$type({_with_bounded_ranges(self.text, words_of(self.text))}\n)")
        for name, function in _FUNCTIONS.items():
            typed.register_function(name, function)
        return bool(self._run(typed, bound, now_ms, seed, allowed) == "function")


def _compiled(source: str) -> Any:
    try:
        return jlens.Expression(source)
    except jlens.JlensError as error:
        raise Invalid(f"{error.code}: {error}") from None
    except (UnicodeError, ValueError, RecursionError) as error:
        raise Invalid(f"The expression cannot be read: {error}") from None


@lru_cache(maxsize=4096)
def compile_query(field: str) -> Query:
    """The expression in a field. Raises Invalid with a sentence for what does not parse or must not be used."""
    text = field[2:-2].strip()
    if not text:
        raise Invalid("The expression between {% and %} is empty.")
    if len(text) > EXPRESSION_CHARACTERS:
        raise Invalid(f"The expression has more than {EXPRESSION_CHARACTERS} characters.")
    for word in words_of(text):
        _refuse(word)
    query = Query(text)
    if not query.reads_nothing_outside:
        raise Invalid(
            "There is no default document: $, $$ and bare names have nothing to stand for at the top of an expression. "
            "Use $states.input, $states.context or a variable."
        )
    return query


def _refuse(word: Word) -> None:
    if word.kind == "sign" and word.text in ("??", "?:"):
        raise Invalid(f"'{word.text}' came after JSONata 2.0.6, the version that Step Functions uses.")
    if word.kind == "variable" and word.text == "$eval":
        raise Invalid("$eval is not supported; use $parse to read JSON.")
    if word.kind == "variable" and word.text == f"${_RANGE}":
        raise Invalid(f"'${_RANGE}' is no name that can be used.")
    if word.kind == "regex":
        why = danger(word.text[1 : word.text.rindex("/")])
        if why:
            raise Invalid(f"The regular expression {word.text} could take for ever: {why}.")


def _with_bounded_ranges(text: str, words: list[Word]) -> str:
    """The text with each ``a..b`` as a call of ours, which counts before it makes the elements."""
    edits: list[tuple[int, str]] = []
    for place, word in enumerate(words):
        if word.kind != "sign" or word.text != "..":
            continue
        first, last = _edge(words, place, -1), _edge(words, place, 1)
        if first is None or last is None:
            continue
        edits += [(first, f"${_RANGE}("), (word.start, ","), (last, ")")]
    for at, piece in sorted(edits, key=lambda edit: edit[0], reverse=True):
        text = text[:at] + piece + text[at + (2 if piece == "," else 0) :]
    return text


_OPENING, _CLOSING = ("[", "(", "{"), ("]", ")", "}")


def _edge(words: list[Word], place: int, way: int) -> int | None:
    """Where the operand of a range begins (way -1) or ends (1): at the comma or bracket around it."""
    down, up = (_CLOSING, _OPENING) if way < 0 else (_OPENING, _CLOSING)
    depth = 0
    while 0 <= (place := place + way) < len(words):
        word = words[place]
        if word.kind != "sign":
            continue
        if word.text in down:
            depth += 1
        elif (word.text in up or word.text == ",") and depth == 0:
            return word.start + (1 if way < 0 else 0)
        elif word.text in up:
            depth -= 1
    return None


# The functions that Step Functions adds


def _nothing(*_: Any) -> None:
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


class _Ranges:
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


def _hash(data: Any = None, algorithm: Any = None) -> Any:
    if data is None:
        return None
    name = _ALGORITHMS.get(algorithm) if isinstance(algorithm, str) else None
    if name is None:
        raise HostError(f"{algorithm} is no algorithm; use one of {', '.join(_ALGORITHMS)}")
    text = data if isinstance(data, str) else compact(data)
    return hashlib.new(name, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


class _Parses:
    """``$parse``. Counts what is read in a run."""

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
            return parse(text)
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


def _drawing(random: Callable[[], float]) -> Callable[..., float]:
    def draw(seed: Any = None) -> float:
        return random() if seed is None else stream(_whole(seed, "The seed"), "$random").random()

    return draw


def _uuid(random: Callable[[], float]) -> str:
    bits = "".join(f"{int(random() * 0x10000):04x}" for _ in range(8))
    variant = "89ab"[int(bits[16], 16) % 4]
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-{variant}{bits[17:20]}-{bits[20:]}"


_HOST_ERRORS = (HostError, UnicodeError, OverflowError, ValueError, TypeError, RecursionError, MemoryError)
_DRAWING = frozenset({"$random", "$uuid"})
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "partition": _partition,
    "range": _range_of,
    "hash": _hash,
    "pad": _pad,
}
