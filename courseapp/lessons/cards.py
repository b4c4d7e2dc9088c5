"""What a page shows of a lab's predictions: open ones without a word of the key, locked ones beside their outcome.

Nothing that an open card holds tells which answer is right: it has the question, the options' text and the unit, and
that is all a template can write. Only an answer that was locked in brings figures and reasons with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from courseapp.lessons.content import LabContent
from courseapp.lessons.markdown import Html, inline
from courseapp.lessons.models import PredictionAnswer
from courseapp.lessons.predictions import Figure, Grade, grade, read_answer, right_answer

OptionState = Literal["right", "wrong", "missed", "other"]


@dataclass(frozen=True, slots=True)
class OpenOption:
    place: int
    says: str


@dataclass(frozen=True, slots=True)
class GradedOption:
    """An option after the lock; `state` is right and chosen, chosen but not right, right but not chosen, or other."""

    says: str
    state: OptionState
    why: Html

    @property
    def yours(self) -> bool:
        return self.state in ("right", "wrong")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`right` is None for a prediction that was skipped; `also_explains` is the reason of the right number."""

    given: str
    right: bool | None
    found: Figure | None
    counter: Figure | None
    explains: Html | None
    also_explains: Html | None
    options: tuple[GradedOption, ...]


@dataclass(frozen=True, slots=True)
class ActAsked:
    """The act of the lab that a question is about, counted from 0."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Card:
    id: str
    asks: str
    kind: str
    unit: str
    options: tuple[OpenOption, ...]
    outcome: Outcome | None
    act: ActAsked | None
    typed: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Cards:
    """A lab's predictions: those asked before the first run, and the short ones asked along the way."""

    first: tuple[Card, ...]
    also: tuple[Card, ...]

    @property
    def settled(self) -> bool:
        """Every first prediction is locked in, so that the explanation may be read."""
        return all(card.outcome for card in self.first)


def cards_of(
    lab: LabContent, answers: Mapping[tuple[str, str], PredictionAnswer], refused: Mapping[str, tuple[str, str]] = {}
) -> Cards:
    """The cards of a lab with a visitor's answers. `refused` holds what was typed and why it is no answer, per id."""
    made = {
        each["id"]: _card(lab, each, answers.get((lab.slug, each["id"])), *refused.get(each["id"], ("", "")))
        for each in lab.lab["predictions"]
    }
    also = {each["id"] for each in lab.lab["predictions"] if each.get("also")}
    return Cards(
        first=tuple(card for card in made.values() if card.id not in also),
        also=tuple(card for card in made.values() if card.id in also),
    )


def _card(
    lab: LabContent, prediction: Mapping[str, Any], answer: PredictionAnswer | None, typed: str, error: str
) -> Card:
    options = tuple(OpenOption(place, option["says"]) for place, option in enumerate(prediction.get("options", [])))
    return Card(
        id=prediction["id"],
        asks=prediction["asks"],
        kind=prediction["kind"],
        unit=prediction.get("unit") or "",
        options=options,
        outcome=_outcome(lab, prediction, answer) if answer else None,
        act=_act_asked(lab, prediction),
        typed=typed,
        error=error,
    )


def _act_asked(lab: LabContent, prediction: Mapping[str, Any]) -> ActAsked | None:
    """The act in which just that is changed which the question changes."""
    acts = enumerate(lab.lab.get("acts", ())) if "variant" in prediction else ()
    return next((ActAsked(at, act["title"]) for at, act in acts if act["variant"] == prediction["variant"]), None)


def _outcome(lab: LabContent, prediction: Mapping[str, Any], answer: PredictionAnswer) -> Outcome:
    chosen = read_answer(lab, prediction, answer.given) if answer.given and prediction["kind"] == "choice" else None
    result = graded(lab, prediction, answer.given)
    options = tuple(
        GradedOption(option["says"], _state(option["right"], place == chosen), inline(option["explains"]))
        for place, option in enumerate(prediction.get("options", []))
    )
    why_right = inline(prediction["explains"]) if prediction["kind"] == "number" else None
    if result is None:
        return Outcome("", None, right_answer(lab, prediction), None, why_right, None, options)
    explains = result.explains if prediction["kind"] == "number" else None
    return Outcome(
        given=result.given,
        right=result.right,
        found=result.found,
        counter=result.counter,
        explains=explains,
        also_explains=why_right if why_right != explains else None,
        options=options,
    )


def graded(lab: LabContent, prediction: Mapping[str, Any], given: str) -> Grade | None:
    """The grade of what was typed or chosen; None for a skipped prediction. Raises NotAnAnswer."""
    return grade(lab, prediction, read_answer(lab, prediction, given)) if given else None


def _state(right: bool, chosen: bool) -> OptionState:
    if chosen:
        return "right" if right else "wrong"
    return "missed" if right else "other"
