"""JSONata: one expression between ``{%`` and ``%}``, behind an adapter, so that the engine can be exchanged.

The engine is jlens, which follows a newer grammar than JSONata 2.0.6, the one that Step Functions uses. What the newer
one adds (``??``, ``?:``), what Step Functions leaves out (``$eval``) and what could keep an engine busy (regular
expressions, ranges, ``$distinct``) is looked for in the expression's words before it is used. An expression is
evaluated against nothing: only ``$states`` and the variables are there. Its clock is the virtual one and its dice are
the machine's, so that a run is the same each time.

Steps, depth and sizes are limited and end in ``States.QueryEvaluationError``. What costs memory is many steps that
each make something large, so an expression may have either: few steps with large values, or (in further runs, if the
steps of the one before were not enough) more steps with smaller ones. An array of new things (``$zip``, ``$spread``)
costs ten times as much as one of things that are there already, so that expressions which make such arrays have
limits of their own. Together a run stays below about 300 MB, whatever the expression. The limit of wall time is only a
backstop, far above what the steps allow: it raises TookTooLong, which is no error of the states language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jlens

from courseapp.engine.kernel import CannotGoOn
from courseapp.engine.states.errors import Invalid
from courseapp.engine.states.functions import uuid4
from courseapp.engine.states.jsonguards import (
    FEW,
    OTHER_LANGUAGES,
    PARSE,
    RANGE,
    applies_in_part,
    bounded,
    makes_arrays,
    refuse,
)
from courseapp.engine.states.jsontext import longest_text
from courseapp.engine.states.jsonwords import Word, words_of
from courseapp.engine.states.keeping import kept
from courseapp.engine.states.queryfunctions import (
    DRAWING,
    FUNCTIONS,
    HOST_ERRORS,
    Few,
    Parses,
    Ranges,
    drawing,
    nothing,
)
from courseapp.engine.states.quotas import PAYLOAD_BYTES


class Limits(NamedTuple):
    """Of one run: steps, elements of an array, bytes of a text (from the second run on also of each that is bound,
    since reading it copies it). Ours, as all of these: AWS publishes none."""

    steps: int
    elements: int
    text_bytes: int


RUNS = (
    Limits(2_400, 10_000, PAYLOAD_BYTES),
    Limits(8_000, 2_500, 60_000),
    Limits(24_000, 1_000, 20_000),
    Limits(60_000, 400, 8_000),
)
MAKING_RUNS = (
    Limits(1_200, 3_000, PAYLOAD_BYTES),
    Limits(3_500, 1_000, 60_000),
    Limits(12_000, 300, 20_000),
    Limits(36_000, 100, 8_000),
)
OUT_OF_STEPS = "U1006"
OUT_OF_SIZE = "U1001"
OUT_OF_TIME = "D1012"
DEPTH = 300
RESULT_BYTES = 4 * PAYLOAD_BYTES
BEYOND = "D1001: A number is beyond a double, and JSONata has no other numbers"
BACKSTOP_SECONDS = 10.0
EXPRESSION_CHARACTERS = 100_000
_BOUND = frozenset({*DRAWING, "$parse"})  # functions that each run is given anew


class TookTooLong(CannotGoOn):
    """An expression was still busy after BACKSTOP_SECONDS: the lab is stopped with this message."""


class QueryFailed(Exception):
    """Why an expression gave no value; the text continues AWS's sentence."""


class _Undefined:
    __slots__ = ()

    def __reduce__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Any = _Undefined()


def is_query(value: Any) -> bool:
    """Whether a text is an expression: exactly from ``{%`` to ``%}``, no blanks outside."""
    return isinstance(value, str) and len(value) >= 4 and value.startswith("{%") and value.endswith("%}")


class Query:
    """A compiled expression. ``text`` is what stands between the marks, without outer blanks."""

    __slots__ = (
        "_engine",
        "_plain",
        "_runs",
        "is_bounded",
        "needs_context",
        "reads_errors",
        "reads_nothing_outside",
        "reads_result",
        "text",
        "uses",
    )

    def __init__(self, text: str, words: list[Word]) -> None:
        self.text = text
        self.uses = frozenset(word.text for word in words if word.kind == "variable")
        self._runs = MAKING_RUNS if makes_arrays(words) else RUNS
        source = bounded(text, words)
        self.is_bounded = source != text
        self._plain = _compiled(text)
        self._engine = _compiled('{"v":' + source + "\n}")
        for name, function in FUNCTIONS.items():
            if f"${name}" in self.uses:
                self._engine.register_function(name, function)
                self._plain.register_function(name, function)
        functions = {word.text[1:]: nothing for word in words if word.called or word.text in _BOUND}
        reads = self._plain.reads(functions)  # it looks closely at each function, so these are few
        self.reads_nothing_outside = not reads.get("input") or applies_in_part(words)  # the engine cannot tell of those
        states = reads["bindings"].get("states", {})
        whole = not isinstance(states, dict)
        self.needs_context = whole or "context" in states
        self.reads_result = not whole and "result" in states
        self.reads_errors = not whole and "errorOutput" in states

    def outside(self) -> dict[str, Any]:
        """The names that it reads and does not set, as far as they are no functions of JSONata or of Step Functions;
        for ``states`` what it reads of it."""
        bindings: dict[str, Any] = self._plain.reads({}).get("bindings", {})
        added = {*FUNCTIONS, *(name[1:] for name in _BOUND)}
        return {name: inner for name, inner in bindings.items() if name not in added}

    def value(
        self, names: Mapping[str, Any], now_ms: int, random: Callable[[], float], tire: Callable[[int], None]
    ) -> Any:
        """The value, UNDEFINED for none. ``names`` holds ``states`` and the variables; ``now_ms`` is wall time of the
        virtual clock; ``tire`` hears what a run may cost. Raises QueryFailed, TookTooLong."""
        names = {name[1:]: names[name[1:]] for name in self.uses if name[1:] in names}
        seed = int(random() * 2**32) if "$shuffle" in self.uses else None
        for allowed, following in zip(self._runs, (*self._runs[1:], None), strict=True):
            bound = self._bound(names, random)
            tire(1 + allowed.steps // (2 * RUNS[0].steps))
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
                goes_on = following is not None and longest_text(names) <= following.text_bytes
                if error.code != OUT_OF_STEPS or not goes_on:
                    says = f"{error.code}: {error}{self._beyond(error.code, allowed)}"
                    raise QueryFailed(f"threw an error during evaluation. {says}") from None
            except HOST_ERRORS as failure:
                why = BEYOND if "OverflowError" in str(failure) else failure
                raise QueryFailed(f"threw an error during evaluation. {why}") from None
        return UNDEFINED

    def _beyond(self, code: str | None, allowed: Limits) -> str:
        """Why a size was too large that would not have been in a shorter expression."""
        place = self._runs.index(allowed)
        if code != OUT_OF_SIZE or place == 0:
            return ""
        return f" (this small, since the expression takes more than {self._runs[place - 1].steps:,} steps)"

    def _bound(self, names: Mapping[str, Any], random: Callable[[], float]) -> dict[str, Any]:
        """The names, and the functions that draw or count, as far as the expression uses them."""
        bound: dict[str, Any] = {}
        if self.uses & DRAWING:
            bound = {"random": drawing(random), "uuid": lambda: uuid4(random)}
        if self.is_bounded:
            bound |= {RANGE: Ranges().of, FEW: Few().of}
        if "$parse" in self.uses:
            bound[PARSE] = Parses().of
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
        typed = _compiled(f"$type({bounded(self.text, words_of(self.text))}\n)")
        for name, function in FUNCTIONS.items():
            typed.register_function(name, function)
        return bool(self._run(typed, bound, now_ms, seed, allowed) == "function")


def _compiled(source: str) -> Any:
    try:
        return jlens.Expression(source)
    except jlens.JlensError as error:
        raise Invalid(f"{error.code}: {error}") from None
    except (UnicodeError, ValueError, RecursionError) as error:
        raise Invalid(f"The expression cannot be read: {error}") from None


@kept
def compile_query(field: str) -> Query:
    """The expression in a field. Raises Invalid with a sentence for what does not parse or must not be used."""
    text = field[2:-2].strip()
    if not text:
        raise Invalid("The expression between {% and %} is empty.")
    if len(text) > EXPRESSION_CHARACTERS:
        raise Invalid(f"The expression has more than {EXPRESSION_CHARACTERS} characters.")
    words = words_of(text)
    for word in words:
        refuse(word)
    try:
        query = Query(text, words)
    except Invalid as invalid:
        hint = next((says for sign, says in OTHER_LANGUAGES.items() if sign in text), "")
        raise Invalid(f"{invalid}.{hint}") from None
    if not query.reads_nothing_outside:
        raise Invalid(
            "There is no default document: $, $$ and bare names have nothing to stand for at the top of an expression. "
            "Use $states.input, $states.context or a variable."
        )
    return query
