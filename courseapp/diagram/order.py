"""Who stands above whom in a column. Second pass of the layout of an architecture.

Needs:  a rank for each place.
Leaves: columns of items, top down; an edge that passes a column has an item of its own there, so that room is kept for
it and it never runs through a node. Items of one frame stand together. Order is the document's, unless a weighted
order (barycentre method, Sugiyama et al., 1981) crosses fewer edges.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Item:
    """A place, or where edge ``passing`` passes. ``band`` is the frame's number; items are sorted by it first."""

    key: str
    rank: int
    band: int
    passing: int = -1


Chain = tuple[str, ...]  # the keys of the items that an edge visits
Columns = list[list[Item]]


def ordered(items: Sequence[Item], chains: Sequence[Chain]) -> Columns:
    """Columns by rank; items of equal band in the best order that was found."""
    columns: Columns = [[] for _ in range(1 + max((item.rank for item in items), default=-1))]
    for item in items:
        columns[item.rank].append(item)
    for column in columns:
        column.sort(key=lambda item: item.band)
    pieces = [pair for chain in chains for pair in itertools.pairwise(chain)]
    best, fewest = [list(column) for column in columns], _crossings(columns, pieces)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        _sweep(columns, pieces, backwards=bool(sweep % 2))
        crossings = _crossings(columns, pieces)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    return best


def _sweep(columns: Columns, pieces: Sequence[tuple[str, str]], backwards: bool) -> None:
    before: dict[str, list[str]] = {}
    for source, target in pieces:
        near, far = (target, source) if not backwards else (source, target)
        before.setdefault(near, []).append(far)
    for column in reversed(columns) if backwards else columns:
        place = _positions(columns)
        own = {item.key: position for position, item in enumerate(column)}

        def weight(
            item: Item, place: Mapping[str, float] = place, own: Mapping[str, int] = own
        ) -> tuple[int, float, int]:
            near = [place[key] for key in before.get(item.key, ())]
            middle = sum(near) / len(near) if near else place[item.key]
            return item.band, middle, own[item.key]

        column.sort(key=weight)


def _positions(columns: Columns) -> dict[str, float]:
    return {item.key: (place + 0.5) / len(column) for column in columns for place, item in enumerate(column)}


def _crossings(columns: Columns, pieces: Sequence[tuple[str, str]]) -> int:
    place = {item.key: (item.rank, at) for column in columns for at, item in enumerate(column)}
    between: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for source, target in pieces:
        (here, start), (there, end) = place[source], place[target]
        between.setdefault((here, there), []).append((start, end))
    crossings = 0
    for ends in between.values():
        above: list[int] = []  # where those end that start above, sorted: each that ends below crosses
        for _, end in sorted(ends):
            crossings += len(above) - bisect_right(above, end)
            insort(above, end)
    return crossings
