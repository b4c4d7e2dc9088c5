"""How a scenario is graded. Pure: answers go in, points come out, and the same answers always give the same bytes.

A scenario has parts, each a question with options. Every option has a *credit*, from nothing to full; every try has a
*factor*, so that the first counts most. A pick that is right ends its part. A pick that is not is shut, and the other
options stay open until the last try that counts; then the part ends too. What a part earns is its best try:

    credit x factor x the part's weight

so an option that half fits is never made worth less by going on from it. Weights are points of the whole scenario of
100, of which these parts are a share (30 + 25 = 55, while the parts that are proved by running are not asked): the
total is scaled to 100 and rounded once, half up, at the very end. Until then everything is whole hundredths. Credits
and factors are whole tenths, so that no hundredth of a point is ever lost on the way.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

FULL: Final = 100  # hundredths: the credit of an option that is right, the factor of a first try
STEP: Final = 10  # hundredths: credits and factors are whole tenths
TRY_FACTORS: Final = (100, 60, 30)  # hundredths; any later try would count nothing, so there is none
MOST_TRIES: Final = len(TRY_FACTORS)
WHOLE: Final = 100  # points of a scenario
PASSED: Final = 70  # points from which a scenario is passed


@dataclass(frozen=True, slots=True)
class PartRubric:
    """What a part counts: its weight in points, and the credit of each option in hundredths."""

    weight: int
    credits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rubric:
    """The rules of one scenario. A change to any of them is a new version: results say under which they were made."""

    version: int
    parts: tuple[PartRubric, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that was locked in: the option picked at one try (from 1) of one part (from 1)."""

    part: int
    number: int
    option: str


@dataclass(frozen=True, slots=True)
class Try:
    """A pick with what it earned. `earned` is in hundredths of a point."""

    option: str
    credit: int
    factor: int
    earned: int


PartState = Literal["ahead", "open", "found", "shown"]


@dataclass(frozen=True, slots=True)
class PartResult:
    """Where a part stands: `ahead` of the learner, `open`, the right option `found`, or `shown` after the last try."""

    state: PartState
    weight: int
    earned: int  # hundredths of a point, at most weight x 100
    tries: tuple[Try, ...]

    @property
    def ended(self) -> bool:
        return self.state in ("found", "shown")


@dataclass(frozen=True, slots=True)
class Result:
    """`points` are whole, 0 to 100, and None until every part has ended. `version` is the rubric's."""

    version: int
    points: int | None
    parts: tuple[PartResult, ...]

    def text(self) -> str:
        """The result as JSON, always the same for the same answers."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


def grade(rubric: Rubric, answers: Iterable[Given]) -> Result:
    """The result of these answers, in whatever order they come.

    Raises ValueError for answers that cannot have been given: an unknown part or option, an option picked twice, a try
    left out, an answer after its part has ended or before the one before it has.
    """
    given: dict[int, list[Given]] = {number: [] for number in range(1, len(rubric.parts) + 1)}
    for answer in answers:
        if answer.part not in given:
            raise ValueError(f"there is no part {answer.part}")
        given[answer.part].append(answer)
    parts: list[PartResult] = []
    for number, part in enumerate(rubric.parts, start=1):
        may_begin = all(before.ended for before in parts)
        parts.append(_part(number, part, sorted(given[number], key=lambda answer: answer.number), may_begin))
    return Result(rubric.version, _points(parts) if all(part.ended for part in parts) else None, tuple(parts))


def _part(number: int, rubric: PartRubric, answers: Sequence[Given], may_begin: bool) -> PartResult:
    if not may_begin:
        if answers:
            raise ValueError(f"part {number} was answered before the part before it had ended")
        return PartResult("ahead", rubric.weight, 0, ())
    tries: list[Try] = []
    state: PartState = "open"
    for expected, answer in enumerate(answers, start=1):
        if state != "open":
            raise ValueError(f"part {number} was answered after it had ended")
        if answer.number != expected:
            raise ValueError(f"part {number} has no try {expected}")
        if answer.option not in rubric.credits:
            raise ValueError(f"part {number} has no option {answer.option!r}")
        if any(answer.option == before.option for before in tries):
            raise ValueError(f"part {number} has {answer.option!r} picked twice")
        credit = rubric.credits[answer.option]
        tries.append(_try(answer.option, credit, TRY_FACTORS[expected - 1], rubric.weight))
        state = "found" if credit == FULL else "shown" if expected == MOST_TRIES else "open"
    return PartResult(state, rubric.weight, max((each.earned for each in tries), default=0), tuple(tries))


def _try(option: str, credit: int, factor: int, weight: int) -> Try:
    return Try(option, credit, factor, credit * factor * weight // FULL)


def _points(parts: Sequence[PartResult]) -> int:
    """The scenario's points: what the parts earned, scaled from their weight to 100, rounded half up."""
    earned = sum(part.earned for part in parts)
    possible = FULL * sum(part.weight for part in parts)
    return (2 * WHOLE * earned + possible) // (2 * possible)


def best(results: Sequence[int]) -> int | None:
    """The place of the attempt that counts: the most points, of equals the earlier. None if there is none.

    An attempt counts as a whole: parts of different attempts are never put together.
    """
    return max(range(len(results)), key=lambda place: (results[place], -place)) if results else None
