"""The small picture of a scenario: who sends, the box where the choice goes, and who stands behind it.

Coordinates are units of a drawing that is 400 wide; boxes keep to its three columns.
"""

from dataclasses import dataclass
from typing import Any, Final

from courseapp.quizzes.loader import Scenario

WIDTH: Final = 400
BOX: Final = 44  # height of a box
GAP: Final = 10
SENDER: Final = (0.5, 122)  # left edge and width
CHOICE: Final = (150, 100)
RECEIVER: Final = (272, 127.5)
CHOICE_HEIGHT: Final = 64
MARGIN: Final = 4


@dataclass(frozen=True, slots=True)
class Figure:
    """A box with its glyph and one or two lines of text."""

    glyph: str
    name: str
    note: str
    state: str
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Sketch:
    width: int
    height: float
    token: str
    sender: Figure
    choice: Figure
    receivers: tuple[Figure, ...]
    edges: tuple[tuple[str, str], ...]  # path and state
    says: str


def sketch(scenario: Scenario, chosen: str = "") -> Sketch:
    """The picture. `chosen` is the service that fits, once that may be known: it stands where the choice goes."""
    given = scenario.sketch
    height = max(len(given["to"]) * (BOX + GAP) - GAP, CHOICE_HEIGHT) + 2 * MARGIN
    middle = height / 2
    top = middle - (len(given["to"]) * (BOX + GAP) - GAP) / 2
    sender = _figure(given["from"], *SENDER, middle - BOX / 2)
    first, _, second = (chosen or "Your choice").partition(" ")
    choice = Figure(
        "", first, second, "chosen" if chosen else "", CHOICE[0], middle - CHOICE_HEIGHT / 2, CHOICE[1], CHOICE_HEIGHT
    )
    receivers = tuple(_figure(each, *RECEIVER, top + place * (BOX + GAP)) for place, each in enumerate(given["to"]))
    names = ", ".join(f"{each.name} ({each.note})" if each.note else each.name for each in receivers)
    return Sketch(
        WIDTH,
        height,
        given["token"],
        sender,
        choice,
        receivers,
        ((f"M{sender.x + sender.width} {middle}H{CHOICE[0]}", ""), *(_edge(middle, each) for each in receivers)),
        f"{sender.name}, then {chosen or 'the service of your choice'}, then {names}.",
    )


def _figure(given: dict[str, Any], left: float, width: float, top: float) -> Figure:
    return Figure(given["glyph"], given["name"], given.get("note", ""), given.get("state", ""), left, top, width, BOX)


def _edge(middle: float, to: Figure) -> tuple[str, str]:
    start, end = CHOICE[0] + CHOICE[1], to.x
    bend = (start + end) / 2
    return f"M{start} {middle}C{bend} {middle} {bend} {to.middle} {end} {to.middle}", to.state
