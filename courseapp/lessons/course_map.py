"""The course map: three lines, seven stops. Pure geometry; `templates/lessons/_course_map.html` draws it.

SNS, SQS and Step Functions are lines, and a stop spans the lines it teaches. The part of a line that leads to stops
already done, and to the stop where the learner is now, is drawn in full colour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

LINES = ("sns", "sqs", "sfn")


@dataclass(frozen=True, slots=True)
class MapStop:
    """A stop on the map: `x`, `y`, `width`, `height` of its pill, and where its number stands."""

    number: int
    state: str
    x: float
    y: float
    width: float
    height: float
    text_x: float
    text_y: float


@dataclass(frozen=True, slots=True)
class CourseMap:
    width: float
    height: float
    lines: tuple[tuple[str, str], ...]  # service, path
    finished: tuple[tuple[str, str], ...]  # service, path of the part in full colour
    stops: tuple[MapStop, ...]
    stems: tuple[str, ...]


def _finished_until(line: str, stops: Sequence[tuple[Sequence[str], str]]) -> int | None:
    """The place of the last stop on this line that the full colour reaches; None for no more than a point."""
    reached = [place for place, (services, _) in enumerate(stops) if line in services]
    last: int | None = None
    for place in reached:
        state = stops[place][1]
        if state == "ahead":
            break
        last = place
        if state == "now":
            break
    return last if last else None


def horizontal(stops: Sequence[tuple[Sequence[str], str]]) -> CourseMap:
    """For wide pages. `stops` holds each stop's lines and its state (done, now, ahead), in order."""
    first, step, top, gap, radius = 76.0, 1208 / (len(stops) - 1), 30.0, 28.0, 15.0
    xs = [round(first + step * place) for place in range(len(stops))]
    middle = top + gap
    ys = {line: top + gap * place for place, line in enumerate(LINES)}
    end = xs[-1]

    def path(line: str, until: int) -> str:
        y = ys[line]
        if xs[until] < end or y == middle:
            return f"M{xs[0]} {y:g}H{xs[until]}"
        return f"M{xs[0]} {y:g}H{end - 44}C{end - 22} {y:g} {end - 22} {middle:g} {end} {middle:g}"

    drawn = []
    for place, (services, state) in enumerate(stops):
        used = [ys[line] for line in LINES if line in services]
        if place == len(stops) - 1:
            used = [middle]
        y, bottom = min(used) - radius, max(used) + radius
        drawn.append(
            MapStop(place + 1, state, xs[place] - radius, y, 2 * radius, bottom - y, xs[place], (y + bottom) / 2 + 5)
        )
    return CourseMap(
        width=1360,
        height=118,
        lines=tuple((line, path(line, len(stops) - 1)) for line in LINES),
        finished=_finished(stops, path),
        stops=tuple(drawn),
        stems=tuple(f"M{stop.text_x:g} {stop.text_y - 5:g}V118" for stop in drawn),
    )


def vertical(stops: Sequence[tuple[Sequence[str], str]], row: float = 44.0) -> CourseMap:
    """For narrow pages, beside a list whose rows are `row` high."""
    left, gap, half_width, half_height = 14.0, 20.0, 12.0, 11.0
    xs = {line: left + gap * place for place, line in enumerate(LINES)}
    middle = left + gap
    ys = [row / 2 + row * place for place in range(len(stops))]
    end = ys[-1]

    def path(line: str, until: int) -> str:
        x = xs[line]
        if ys[until] < end or x == middle:
            return f"M{x:g} {ys[0]:g}V{ys[until]:g}"
        return f"M{x:g} {ys[0]:g}V{end - 18:g}C{x:g} {end - 6:g} {middle:g} {end - 12:g} {middle:g} {end:g}"

    drawn = []
    for place, (services, state) in enumerate(stops):
        used = [xs[line] for line in LINES if line in services]
        if place == len(stops) - 1:
            used = [middle]
        x, right, y = min(used) - half_width, max(used) + half_width, ys[place]
        drawn.append(
            MapStop(place + 1, state, x, y - half_height, right - x, 2 * half_height, (x + right) / 2, y + 4.5)
        )
    return CourseMap(
        width=70,
        height=row * len(stops),
        lines=tuple((line, path(line, len(stops) - 1)) for line in LINES),
        finished=_finished(stops, path),
        stops=tuple(drawn),
        stems=(),
    )


def _finished(
    stops: Sequence[tuple[Sequence[str], str]], path: Callable[[str, int], str]
) -> tuple[tuple[str, str], ...]:
    reach = [(line, _finished_until(line, stops)) for line in LINES]
    return tuple((line, path(line, until)) for line, until in reach if until is not None)
