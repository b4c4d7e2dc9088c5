"""How far a visitor has come: read from the rows in two queries, told per stop and per lab."""

from dataclasses import dataclass
from typing import Literal

from courseapp.lessons.content import Course, LabContent, Stop, course
from courseapp.lessons.models import LabVisit, PredictionAnswer
from courseapp.quizzes.loader import scenarios
from courseapp.quizzes.progress import best_scores

State = Literal["done", "now", "ahead"]


@dataclass(frozen=True, slots=True)
class StopProgress:
    """A stop with how much of it is done; `now` is the stop to go on with."""

    stop: Stop
    state: State
    done: int
    total: int

    @property
    def begun(self) -> bool:
        return 0 < self.done < self.total


@dataclass(frozen=True, slots=True)
class Progress:
    """All stops in order, the labs done and begun, and the answers given: `{(lab, prediction id): answer}`."""

    stops: tuple[StopProgress, ...]
    done: frozenset[str]
    begun: frozenset[str]
    answers: dict[tuple[str, str], PredictionAnswer]
    best: dict[str, int]  # scenario → points of the best attempt, of those tried to their end

    @property
    def any(self) -> bool:
        return bool(self.done or self.begun or self.answers) or any(stop.done for stop in self.stops)

    @property
    def current(self) -> StopProgress:
        """The stop to go on with; the last one when all are done."""
        return next((stop for stop in self.stops if stop.state == "now"), self.stops[-1])

    def state_of(self, lab: LabContent) -> State:
        return "done" if lab.slug in self.done else "now" if lab.slug in self.begun else "ahead"


def progress_of(visitor: str | None) -> Progress:
    """What is stored for this visitor; nothing at all for somebody unknown."""
    visits = list(LabVisit.objects.filter(visitor=visitor)) if visitor else []
    answers = PredictionAnswer.objects.filter(visitor=visitor).order_by("created") if visitor else ()
    best = best_scores(visitor) if visitor else {}
    done = frozenset(visit.lab for visit in visits if visit.done)
    latest = max(visits, key=lambda visit: visit.touched, default=None)
    return Progress(
        stops=_stops(course(), done, latest.lab if latest else None, frozenset(best)),
        done=done,
        begun=frozenset(visit.lab for visit in visits) - done,
        answers={(answer.lab, answer.prediction): answer for answer in answers},
        best=best,
    )


def _stops(course: Course, done: frozenset[str], latest: str | None, tried: frozenset[str]) -> tuple[StopProgress, ...]:
    """The stop to go on with is the one last worked on, or else the first that is not done."""
    tests = [each.slug for each in scenarios()]
    counts = []
    for stop in course.stops:
        slugs = [lab.slug for lab in stop.labs] or tests
        counts.append((stop, sum(slug in done or slug in tried for slug in slugs), len(slugs)))
    open_stops = [stop for stop, count, total in counts if count < total]
    last_worked_on = next((stop for stop in open_stops if any(lab.slug == latest for lab in stop.labs)), None)
    now = last_worked_on or next(iter(open_stops), None)
    return tuple(
        StopProgress(stop, "done" if count >= total else "now" if stop is now else "ahead", count, total)
        for stop, count, total in counts
    )
