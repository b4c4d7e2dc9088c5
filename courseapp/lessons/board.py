"""The recap board: every prediction of the course as a tile, with what this learner made of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from courseapp.lessons.content import Course, LabContent
from courseapp.lessons.models import PredictionAnswer

TileState = Literal["untried", "skipped", "right", "missed"]


@dataclass(frozen=True, slots=True)
class Tile:
    lab: LabContent
    prediction: str
    asks: str
    state: TileState


@dataclass(frozen=True, slots=True)
class Board:
    """The tiles in the order of the course, and how many there are of each state."""

    tiles: tuple[Tile, ...]

    @property
    def groups(self) -> tuple[tuple[Tile, ...], tuple[Tile, ...]]:
        """What was answered or passed over, surprises first; and what was not."""
        place = {"missed": 0, "right": 1, "skipped": 2}
        answered = sorted((tile for tile in self.tiles if tile.state in place), key=lambda tile: place[tile.state])
        return tuple(answered), tuple(tile for tile in self.tiles if tile.state not in place)

    @property
    def counts(self) -> Counter[TileState]:
        return Counter(tile.state for tile in self.tiles)

    @property
    def tried(self) -> int:
        return sum(tile.state in ("right", "missed") for tile in self.tiles)

    @property
    def again(self) -> tuple[LabContent, ...]:
        """The labs to look at again: those with a prediction that was missed, each once."""
        return tuple({tile.lab.slug: tile.lab for tile in self.tiles if tile.state == "missed"}.values())


def board_of(course: Course, answers: Mapping[tuple[str, str], PredictionAnswer]) -> Board:
    return Board(
        tuple(
            Tile(lab, each["id"], each["asks"], _state(answers.get((lab.slug, each["id"]))))
            for lab in course.labs
            for each in lab.lab["predictions"]
        )
    )


def _state(answer: PredictionAnswer | None) -> TileState:
    if answer is None:
        return "untried"
    if answer.right is None:
        return "skipped"
    return "right" if answer.right else "missed"
