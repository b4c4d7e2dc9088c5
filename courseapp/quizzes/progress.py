"""What other parts of the course ask about a visitor's scenarios.

standing_of(visitor).best      # {"ruth": 78}: the best attempt of each scenario that was tried to its end
standing_of(visitor).complete  # every scenario was tried to its end once
standing_of(visitor).passed    # and each with at least 70 points
forget(visitor)                # erase this visitor's attempts
"""

from dataclasses import dataclass

from courseapp.quizzes.attempts import best_of, finished
from courseapp.quizzes.grading import PASSED
from courseapp.quizzes.loader import scenarios
from courseapp.quizzes.models import Attempt


@dataclass(frozen=True, slots=True)
class Standing:
    """`best` has whole points of 0 to 100 for each scenario that was tried to its end, in the order of the course."""

    best: dict[str, int]

    @property
    def complete(self) -> bool:
        return all(each.slug in self.best for each in scenarios())

    @property
    def passed(self) -> bool:
        return self.complete and all(points >= PASSED for points in self.best.values())


def standing_of(visitor: str | None) -> Standing:
    """Where this visitor stands with all scenarios; one query, none for somebody unknown."""
    attempts = finished(visitor) if visitor else ()
    found = {each.slug: best_of(attempts, each.slug) for each in scenarios()}
    return Standing({slug: attempt.points for slug, attempt in found.items() if attempt is not None})


def best_scores(visitor: str | None) -> dict[str, int]:
    """Points (0 to 100) of this visitor's best attempt at each scenario that was tried to its end."""
    return standing_of(visitor).best


def forget(visitor: str) -> None:
    """Erase all attempts of this visitor."""
    Attempt.objects.filter(visitor=visitor).delete()
