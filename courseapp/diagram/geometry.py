"""Points, boxes and paths: whole pixels of the picture's own coordinates, y downward."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

Point = tuple[float, float]

BEND_SAMPLES = 10  # straight pieces that stand for one curve where a token travels along it
CORNER = 8.0  # radius of the corners of a right-angled route


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2

    def moved(self, dx: float, dy: float) -> Box:
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def grown(self, by: float) -> Box:
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def holds(self, point: Point) -> bool:
        return self.x <= point[0] <= self.right and self.y <= point[1] <= self.bottom


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box around ``boxes`` (at least one)."""
    every = list(boxes)
    x, y = min(box.x for box in every), min(box.y for box in every)
    return Box(x, y, max(box.right for box in every) - x, max(box.bottom for box in every) - y)


@dataclass(frozen=True, slots=True)
class Path:
    """A drawn line: ``d`` for SVG, ``points`` for whatever travels along it."""

    d: str
    points: tuple[Point, ...]


class Pen:
    """Draws a path and keeps the polyline that follows it."""

    def __init__(self, start: Point) -> None:
        self._words = [f"M{number(start[0])} {number(start[1])}"]
        self._points = [start]

    @property
    def at(self) -> Point:
        return self._points[-1]

    def straight(self, to: Point) -> Pen:
        if to != self.at:
            self._words.append(f"L{number(to[0])} {number(to[1])}")
            self._points.append(to)
        return self

    def bend(self, to: Point, across: bool) -> Pen:
        """An S that leaves and arrives horizontally (``across``) or vertically."""
        (x0, y0), (x1, y1) = self.at, to
        if (across and y0 == y1) or (not across and x0 == x1):
            return self.straight(to)
        first = (x0 + (x1 - x0) * 0.55, y0) if across else (x0, y0 + (y1 - y0) * 0.55)
        second = (x1 - (x1 - x0) * 0.55, y1) if across else (x1, y1 - (y1 - y0) * 0.55)
        self._words.append("C" + " ".join(f"{number(x)} {number(y)}" for x, y in (first, second, to)))
        self._points.extend(
            _cubic((x0, y0), first, second, to, step / BEND_SAMPLES) for step in range(1, BEND_SAMPLES + 1)
        )
        return self

    def corner(self, by: Point, to: Point) -> Pen:
        self._words.append(f"Q{number(by[0])} {number(by[1])} {number(to[0])} {number(to[1])}")
        (x0, y0), (x1, y1) = self.at, to
        self._points.append(((x0 + 2 * by[0] + x1) / 4, (y0 + 2 * by[1] + y1) / 4))
        self._points.append(to)
        return self

    def path(self) -> Path:
        return Path("".join(self._words), tuple(self._points))


@lru_cache(maxsize=4096)
def rounded(points: tuple[Point, ...]) -> Path:
    """A right-angled route with its corners rounded."""
    pen = Pen(points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(CORNER, _length(before, corner) / 2, _length(corner, after) / 2)
        if radius < 1:
            pen.straight(corner)
            continue
        pen.straight(_towards(corner, before, radius))
        pen.corner(corner, _towards(corner, after, radius))
    return pen.straight(points[-1]).path()


@lru_cache(maxsize=65536)
def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    rounded_value = round(value, 1)
    return str(int(rounded_value)) if rounded_value == int(rounded_value) else str(rounded_value)


def snap(value: float, grid: int = 8) -> float:
    """The next multiple of ``grid`` from ``value`` upward."""
    return float(-(-value // grid) * grid)


def _cubic(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    u = 1 - t
    first, second, third, fourth = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
    return (
        a[0] * first + b[0] * second + c[0] * third + d[0] * fourth,
        a[1] * first + b[1] * second + c[1] * third + d[1] * fourth,
    )


def _length(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(start: Point, end: Point, distance: float) -> Point:
    whole = _length(start, end)
    return start[0] + (end[0] - start[0]) * distance / whole, start[1] + (end[1] - start[1]) * distance / whole
