"""Attempts in the database: where a visitor stands, locking an answer in, starting again, and the one that counts.

Looking at a scenario stores nothing: until the first answer its attempt exists only as a number and a seed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from courseapp.quizzes.grading import FULL, PASSED, Given, Result, best, grade
from courseapp.quizzes.kinds.choice import Refused, read
from courseapp.quizzes.loader import Option, Scenario
from courseapp.quizzes.models import Answer, Attempt
from courseapp.quizzes.order import fresh_seed

HURRY_ATTEMPTS: Final = 3
HURRY: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Current:
    """The attempt that a visitor is at, or would begin with the next answer: then it is not `stored`."""

    number: int
    seed: int
    result: Result
    stored: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """An attempt that came to its end. `version` is that of the rubric under which it was graded."""

    scenario: str
    number: int
    points: int
    version: int

    @property
    def passed(self) -> bool:
        return self.points >= PASSED


def current(scenario: Scenario, visitor: str | None) -> Current:
    """Where the visitor stands; somebody unknown stands before the first attempt."""
    latest = Attempt.objects.filter(visitor=visitor, scenario=scenario.slug).last() if visitor else None
    if latest is not None and latest.rubric == scenario.version:
        return Current(latest.number, latest.seed, grade(scenario.rubric, _given(latest)), True)
    number, before = (latest.number + 1, latest.seed) if latest else (1, None)
    seed = fresh_seed(scenario.slug, visitor or "", number, scenario.option_ids, before)
    return Current(number, seed, grade(scenario.rubric, ()), False)


def check(scenario: Scenario, at: Current, number: str, part: int, option: str) -> str:
    """The option, if it may be locked in now, in the attempt whose number the form carries. Raises Refused."""
    if number != str(at.number):
        raise Refused(
            f"That answer belongs to another attempt; this is attempt {at.number}. Choose again on this page."
        )
    return read(scenario.parts[part - 1], at.result.parts[part - 1], option)


@transaction.atomic
def lock_in(scenario: Scenario, visitor: str, at: Current, part: int, option: str) -> Current:
    """Store an answer to the attempt that `at` shows, and the result if it was the last. Raises Refused.

    It is checked once more here, under a lock: two windows may have answered at the same time.
    """
    attempt, _ = Attempt.objects.select_for_update().get_or_create(
        visitor=visitor,
        scenario=scenario.slug,
        number=at.number,
        defaults={"seed": at.seed, "rubric": scenario.version},
    )
    before = grade(scenario.rubric, _given(attempt))
    read(scenario.parts[part - 1], before.parts[part - 1], option)
    number = len(before.parts[part - 1].tries) + 1
    Answer.objects.create(attempt=attempt, part=part, option=option, number=number)
    result = grade(scenario.rubric, _given(attempt))
    if result.points is not None:
        attempt.result = result.text()
        attempt.finished = timezone.now()
        attempt.save(update_fields=["result", "finished"])
    return Current(attempt.number, attempt.seed, result, True)


@transaction.atomic
def start_again(scenario: Scenario, visitor: str) -> Current:
    """A new attempt if the present one has come to its end, with the options in another order; else the present one."""
    at = current(scenario, visitor)
    if not at.stored or at.result.points is None:
        return at
    number = at.number + 1
    seed = fresh_seed(scenario.slug, visitor, number, scenario.option_ids, at.seed)
    attempt, _ = Attempt.objects.get_or_create(
        visitor=visitor,
        scenario=scenario.slug,
        number=number,
        defaults={"seed": seed, "rubric": scenario.version},
    )
    return Current(attempt.number, attempt.seed, grade(scenario.rubric, _given(attempt)), True)


def finished(visitor: str) -> tuple[Finished, ...]:
    """Every attempt of this visitor that came to its end, in the order of their numbers."""
    rows = Attempt.objects.filter(visitor=visitor, finished__isnull=False).order_by("scenario", "number")
    return tuple(Finished(row.scenario, row.number, json.loads(row.result)["points"], row.rubric) for row in rows)


def best_of(attempts: Iterable[Finished], slug: str) -> Finished | None:
    """The attempt that counts for a scenario."""
    those: Sequence[Finished] = [each for each in attempts if each.scenario == slug]
    place = best([each.points for each in those])
    return None if place is None else those[place]


def missed(scenario: Scenario, visitor: str) -> Option | None:
    """The wrong option picked last, if the latest three attempts were all made within ten minutes; else None."""
    rows = list(
        Attempt.objects.filter(
            visitor=visitor, scenario=scenario.slug, rubric=scenario.version, finished__isnull=False
        ).order_by("-number")[:HURRY_ATTEMPTS]
    )
    ended = rows[0].finished if rows else None
    if len(rows) < HURRY_ATTEMPTS or ended is None or ended - rows[-1].started > HURRY:
        return None
    for answer in Answer.objects.filter(attempt__in=rows).order_by("-created", "-id"):
        option = scenario.parts[answer.part - 1].option(answer.option)
        if option.credit < FULL:
            return option
    return None


def _given(attempt: Attempt) -> tuple[Given, ...]:
    return tuple(Given(each.part, each.number, each.option) for each in attempt.answers.all())
