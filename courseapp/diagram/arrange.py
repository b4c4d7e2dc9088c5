"""From columns of items to places on the page. Third pass of the layout of an architecture.

Everything here is said in two directions: *along* the flow (to the right; downward in a narrow picture) and *across*
it. A picture is turned at the very end, by ``Turned``.

Needs:  columns of items in order, the size of each place along and across, the chains of items that edges visit.
Leaves: the start of each item across, the span of each column along, and the span of each band (frame) across.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from courseapp.diagram.geometry import Box, Point, snap
from courseapp.diagram.order import Chain, Columns, Item
from courseapp.diagram.spread import spread

Span = tuple[float, float]
Run = tuple[list[Item], float, float]  # items that are placed on their own, and their bounds


@dataclass(frozen=True, slots=True)
class Measures:
    """Distances of one way of drawing, in pixels."""

    margin: float  # around the whole; frames and edges that lead back need it
    gap: float  # between items of a column
    passing: float  # room of an edge that passes a column
    bend: float  # of the part of a gap between columns where edges bend
    frame_before: float  # room of a frame's title, across
    frame_after: float
    frame_gap: float
    grid: int
    sweeps: int  # of moving items towards what they are linked with; a narrow picture centres its rows


WIDE = Measures(margin=16, gap=16, passing=16, bend=48, frame_before=32, frame_after=16, frame_gap=16, grid=8, sweeps=6)
NARROW = Measures(margin=3, gap=8, passing=10, bend=32, frame_before=0, frame_after=0, frame_gap=0, grid=1, sweeps=0)
FLAT = replace(WIDE, margin=8, gap=8, frame_gap=8)
TIGHTER = (WIDE, replace(WIDE, bend=40), replace(WIDE, margin=8, bend=28))
LOWER = (FLAT, replace(FLAT, bend=40), replace(FLAT, bend=28))


@dataclass(frozen=True, slots=True)
class Turned:
    """Turns along and across into x and y."""

    down: bool

    def point(self, along: float, across: float) -> Point:
        return (across, along) if self.down else (along, across)

    def box(self, along: float, across: float, long: float, wide: float) -> Box:
        return Box(across, along, wide, long) if self.down else Box(along, across, long, wide)

    def along(self, box: Box) -> Span:
        return (box.y, box.bottom) if self.down else (box.x, box.right)

    def across(self, box: Box) -> Span:
        return (box.x, box.right) if self.down else (box.y, box.bottom)


@dataclass(frozen=True, slots=True)
class Extent:
    """Room of a place: ``long`` along, ``wide`` across; its edges leave ``port`` across from its start."""

    long: float
    wide: float
    port: float


@dataclass(slots=True)
class Arrangement:
    starts: dict[str, float]
    bands: dict[int, Span]
    high: float


def arrange(
    columns: Columns,
    extents: Mapping[str, Extent],
    chains: Sequence[Chain],
    framed: frozenset[int],
    free: frozenset[int],
    measures: Measures,
    room: float = 0.0,
    insets: Mapping[int, float] | None = None,
) -> Arrangement:
    """Place every item across.

    ``framed`` are the bands with a frame, ``free`` the columns that no frame touches. ``room`` is the least height of
    the whole; ``insets`` are kept free on both sides of a column.
    """
    bands = _bands(columns, extents, framed, free, measures, room)
    high = max([end + (measures.frame_after if band in framed else 0) for band, (_, end) in bands.items()] or [0.0])
    tallest = max((_stack(column, extents, measures) for column in columns), default=0.0)
    lift = max(0.0, tallest - high) / 2
    bands = {band: (start + lift, end + lift) for band, (start, end) in bands.items()}
    high = max(high, tallest, room)
    near = _neighbours(chains, {item.key: item.band for column in columns for item in column})
    runs = [_runs(column, bands, free, high, (insets or {}).get(rank, 0.0)) for rank, column in enumerate(columns)]
    starts = _centred(runs, extents, measures)
    for sweep in range(measures.sweeps):
        for parts in runs if sweep % 2 == 0 else reversed(runs):
            for items, low, top in parts:
                wishes = [_wish(item, starts, extents, near) for item in items]
                sizes = [extents[item.key].wide for item in items]
                found = spread(wishes, sizes, measures.gap, low, top)
                starts.update(zip((item.key for item in items), found, strict=True))
    grid = measures.grid
    return Arrangement({key: float(round(start / grid) * grid) for key, start in starts.items()}, bands, high)


def _stack(items: Sequence[Item], extents: Mapping[str, Extent], measures: Measures) -> float:
    return sum(extents[item.key].wide for item in items) + measures.gap * max(0, len(items) - 1)


def _bands(
    columns: Columns,
    extents: Mapping[str, Extent],
    framed: frozenset[int],
    free: frozenset[int],
    measures: Measures,
    room: float,
) -> dict[int, Span]:
    """The span of each band: as high as its highest part of any column."""
    high: dict[int, float] = {}
    for rank, column in enumerate(columns):
        if rank in free and framed:
            continue
        for band in {item.band for item in column}:
            stack = _stack([item for item in column if item.band == band], extents, measures)
            high[band] = max(high.get(band, room), stack)
    spans: dict[int, Span] = {}
    at = 0.0
    for band in sorted(high):
        before = measures.frame_before if band in framed else 0
        spans[band] = (at + before, at + before + snap(high[band], measures.grid))
        at = spans[band][1] + (measures.frame_after if band in framed else 0) + measures.frame_gap
    return spans


def _runs(
    column: Sequence[Item], bands: Mapping[int, Span], free: frozenset[int], high: float, inset: float
) -> list[Run]:
    """The parts of a column that are placed on their own, with their bounds."""
    if not column:
        return []
    if column[0].rank in free or not bands or inset:
        return [(list(column), inset, high - inset)]
    parts: dict[int, list[Item]] = {}
    for item in column:
        parts.setdefault(item.band, []).append(item)
    return [(items, *bands[band]) for band, items in parts.items()]


def _neighbours(chains: Sequence[Chain], bands: Mapping[str, int]) -> dict[str, list[str]]:
    """What each item is linked with: within its own band, if it is linked with anything there."""
    near: dict[str, list[str]] = {}
    for chain in chains:
        for a, b in itertools.pairwise(chain):
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
    own = {key: [other for other in others if bands[other] == bands[key]] for key, others in near.items()}
    return {key: own[key] or others for key, others in near.items()}


def _centred(runs: Sequence[Sequence[Run]], extents: Mapping[str, Extent], measures: Measures) -> dict[str, float]:
    starts: dict[str, float] = {}
    for parts in runs:
        for items, low, top in parts:
            at = low + max(0.0, (top - low - _stack(items, extents, measures)) / 2)
            for item in items:
                starts[item.key] = at
                at += extents[item.key].wide + measures.gap
    return starts


def _wish(
    item: Item,
    starts: Mapping[str, float],
    extents: Mapping[str, Extent],
    near: Mapping[str, Sequence[str]],
) -> float:
    """Where an item would like to start: its port level with the mean of its neighbours' ports."""
    others = near.get(item.key)
    if not others:
        return starts[item.key]
    mean = sum(starts[other] + extents[other].port for other in others) / len(others)
    return mean - extents[item.key].port


# --- Widths in a narrow picture ---


def shared(least: Sequence[float], most: Sequence[float], room: float) -> list[float]:
    """Widths between ``least`` and ``most`` that share ``room`` evenly."""
    widths = list(least)
    open_ = [index for index in range(len(widths)) if most[index] > widths[index]]
    left = room - sum(widths)
    while open_ and left > 0.5:
        step = left / len(open_)
        for index in list(open_):
            more = min(step, most[index] - widths[index])
            widths[index] += more
            left -= more
            if most[index] - widths[index] < 0.5:
                open_.remove(index)
    return [float(int(each)) for each in widths]
