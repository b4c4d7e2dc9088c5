"""Predictions: what a learner said beforehand, against what the run gives.

A prediction is ``{"id", "asks", "kind", "answer", …}`` (``docs/formats.md`` 5), a *choice* with ``options`` or a
*number* with a ``unit``, a ``tolerance`` and ``near_misses``. ``answer`` is a check, answered by a run of the lab's
script with the prediction's own ``variant`` if it has one. A wrong answer is never only marked: its *counter-run* is
the document changed so that the belief behind it would be true, and gives a figure to set beside the lab's own.

With the unit ``clock`` an answer is a time of day such as ``10:42:00``, counted like everything else in seconds from
virtual 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

from courseapp.labs.words.money import dollars
from courseapp.lessons import checks
from courseapp.lessons.claims import figure, look
from courseapp.lessons.clock import clock_text, read_clock
from courseapp.lessons.content import LabContent
from courseapp.lessons.markdown import Html, inline
from courseapp.lessons.runs import Observation
from courseapp.lessons.variants import joined

Prediction = Mapping[str, Any]

COUNTED = re.compile(r"\b(call|execution|input|iteration|message|order|output|row|transition)s\b")
EMPTY = Observation((), {}, ())


class NotAnAnswer(ValueError):
    """What was given cannot be an answer to this question; the text says what would be."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a run and how it is shown; ``label`` says which run it is of. ``value`` is None where nothing was
    found."""

    label: str
    value: Any
    shown: str


@dataclass(frozen=True, slots=True)
class Grade:
    """``given`` as it is shown; ``found`` is the figure of the lab's own run (None for a question without one);
    ``belief`` is the wrong belief that the answer points to; ``explains`` says why it is right or wrong; ``counter``
    is the figure of the counter-run."""

    right: bool
    given: str
    found: Figure | None
    belief: str | None
    explains: Html
    counter: Figure | None


def prediction_of(content: LabContent, prediction_id: str) -> Prediction:
    """The lab's prediction of that id. Raises KeyError."""
    for prediction in content.lab["predictions"]:
        if prediction["id"] == prediction_id:
            found: Prediction = prediction
            return found
    raise KeyError(prediction_id)


def right_answer(content: LabContent, prediction: Prediction) -> Figure | None:
    """What the run gives; None for a question that no figure of a run answers."""
    if "answer" not in prediction:
        return None
    return _figure("in this lab", content, prediction, prediction.get("variant"), prediction["answer"])


def read_answer(content: LabContent, prediction: Prediction, text: str) -> int | float:
    """What somebody typed or chose: an option's place from 0, or a number. Raises NotAnAnswer with a sentence."""
    text = text.strip()
    if prediction["kind"] == "choice":
        if not text.isdecimal() or int(text) >= len(prediction["options"]):
            raise NotAnAnswer("Choose one of the answers.")
        return int(text)
    if prediction.get("unit") == "clock":
        seconds = read_clock(content.document["starts_at"], text)
        if seconds is None:
            raise NotAnAnswer(f"The answer is a time of day, such as 10:15:00, not “{text}”.")
        return seconds
    try:
        number = float(re.sub(r"[,\s]", "", text))
    except ValueError:
        number = inf
    if not isfinite(number):
        raise NotAnAnswer(f"The answer is a number, such as 12 or 0.5, not “{text}”.")
    return number


def grade(content: LabContent, prediction: Prediction, given: int | float) -> Grade:
    """Grade an answer as ``read_answer`` gives it. Raises IndexError for an option that does not exist."""
    if prediction["kind"] == "choice":
        return _grade_choice(content, prediction, prediction["options"][int(given)])
    return _grade_number(content, prediction, given)


def _grade_choice(content: LabContent, prediction: Prediction, option: Mapping[str, Any]) -> Grade:
    return Grade(
        right=option["right"],
        given=option["says"],
        found=right_answer(content, prediction),
        belief=option.get("belief"),
        explains=inline(option["explains"]),
        counter=counter_figure(content, prediction, option),
    )


def _grade_number(content: LabContent, prediction: Prediction, given: float) -> Grade:
    found = right_answer(content, prediction)
    right = found is not None and found.value is not None and _close(given, found.value, prediction)
    missed = None if right else near_miss(prediction, given)
    return Grade(
        right=right,
        given=shown(content, prediction, given),
        found=found,
        belief=missed.get("belief") if missed else None,
        explains=inline(missed["says"] if missed else prediction["explains"]),
        counter=counter_figure(content, prediction, missed) if missed else None,
    )


def near_miss(prediction: Prediction, given: float) -> Mapping[str, Any] | None:
    """The near-miss that a wrong number stands for: the closest of those within the tolerance."""
    close = [miss for miss in prediction.get("near_misses", []) if _close(given, miss["value"], prediction)]
    return min(close, key=lambda miss: abs(miss["value"] - given), default=None)


def _close(given: float, value: float, prediction: Prediction) -> bool:
    return abs(given - value) <= float(prediction.get("tolerance", 0)) + 1e-9


def counter_figure(content: LabContent, prediction: Prediction, answer: Mapping[str, Any]) -> Figure | None:
    """The figure of the counter-run of an option or near-miss: its own ``answer`` if it asks one, else the
    prediction's."""
    counter = answer.get("counter")
    if counter is None:
        return None
    asked = counter.get("answer", prediction.get("answer"))
    if asked is None:
        return None
    variant = joined(
        prediction.get("variant"), {name: value for name, value in counter.items() if name not in ("answer", "label")}
    )
    return _figure(counter.get("label", "if that were so"), content, prediction, variant, asked)


def until_seconds(content: LabContent, prediction: Prediction) -> float:
    """How long a prediction's run goes: as it says, else as long as the longest claim of the lab."""
    longest = max((claim.get("until_seconds", 0) for claim in content.lab["claims"]), default=0)
    return float(prediction.get("until_seconds", longest))


def _figure(
    label: str, content: LabContent, prediction: Prediction, variant: Mapping[str, Any] | None, asked: Mapping[str, Any]
) -> Figure:
    if "value" in asked:
        value = checks.find(asked, EMPTY)
    else:
        value = checks.find(asked, look(content, variant, [asked], until_seconds(content, prediction)))
    return Figure(
        label, value, shown(content, {**prediction, "unit": asked.get("unit", prediction.get("unit"))}, value)
    )


def shown(content: LabContent, prediction: Prediction, value: Any) -> str:
    """A value with the prediction's unit: ``18 orders``, ``$0.0002``, ``10:41:57``; a time without a unit in
    seconds."""
    unit = prediction.get("unit")
    if value is None:
        return figure(value)
    if unit == "clock":
        return clock_text(content.document["starts_at"], value)
    if unit == "$":
        return dollars(value)
    if unit is None and "at" in prediction.get("answer", {}):
        unit = "s"
    if unit and value == 1:
        unit = COUNTED.sub(r"\1", unit, count=1)
    return f"{figure(value)} {unit}" if unit else figure(value)
