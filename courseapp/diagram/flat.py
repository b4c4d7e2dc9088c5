"""Graph layout of one level: sizes in, positions and right-angled routes out.

The engine behind it is graphlay, pinned exactly and used nowhere else: it is young, and golden tests of the geometry
tell when it draws something else. It is given one level at a time; what lies inside a container is laid out first and
stands for a node of fixed size, so that headers and paddings are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import graphlay

from courseapp.diagram.geometry import Box, Point
from courseapp.diagram.text import width

Direction = Literal["right", "down"]
LABEL_HEIGHT = 16.0
MOST_BALANCED, MOST_ROUTED = 40, 80  # nodes: what it takes grows with the third power of their number
ASIDE, LANE, LANES = 14.0, 6.0, 12  # of an edge that runs beside a list
_DIRECTIONS = {"right": "leftright", "down": "topbottom"}


@dataclass(frozen=True, slots=True)
class Block:
    id: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Arrow:
    source: str
    target: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Flat:
    """``boxes`` by id; ``routes`` and ``labels`` (their middle, or None) in the order of the edges. Starts at 0, 0."""

    width: float
    height: float
    boxes: dict[str, Box]
    routes: tuple[tuple[Point, ...], ...]
    labels: tuple[Point | None, ...]


def layout(nodes: Sequence[Block], edges: Sequence[Arrow], direction: Direction, gap: float = 36.0) -> Flat:
    """Lay one level out. Nodes are at least one, their ids unique; edges join nodes of that level."""
    if len(nodes) > MOST_ROUTED:
        return _listed(nodes, edges, gap)
    place = {node.id: index for index, node in enumerate(nodes)}
    request = {
        "nodes": [
            {"key": node.id, "shape": "box", "size": {"width": node.width, "height": node.height}} for node in nodes
        ],
        "edges": [_edge(place, edge) for edge in edges],
    }
    options = {
        "direction": _DIRECTIONS[direction],
        "effort": "balanced" if len(nodes) <= MOST_BALANCED else "fast",
        "routing": {"style": "orthogonal"},
        "labels": {"reservation": "always", "placement": "candidates"},
        "spacing": {"layer_gap": gap, "node_gap": 16.0, "stub": min(10.0, gap / 3)},
    }
    drawn = graphlay.layout(request, preset="layered", options=options)
    boxes = {node.id: _box(found) for node, found in zip(nodes, drawn.nodes, strict=True)}
    routes = [tuple((float(p["x"]), float(p["y"])) for p in found["points"]) for found in drawn.edges]
    anchors = [found.get("label_anchor") for found in drawn.edges]
    labels = [(float(anchor["x"]), float(anchor["y"])) if anchor else None for anchor in anchors]
    return _from_origin(boxes, routes, labels, edges)


def _listed(nodes: Sequence[Block], edges: Sequence[Arrow], gap: float) -> Flat:
    """Nodes one under another, as they come. An edge to the next one runs straight down, any other beside them all."""
    wide, boxes, top = max(node.width for node in nodes), dict[str, Box](), 0.0
    for node in nodes:
        boxes[node.id] = Box((wide - node.width) / 2, top, node.width, node.height)
        top += node.height + gap
    place = {node.id: index for index, node in enumerate(nodes)}
    routes: list[tuple[Point, ...]] = []
    for number, edge in enumerate(edges):
        source, target = boxes[edge.source], boxes[edge.target]
        if place[edge.target] == place[edge.source] + 1:
            routes.append(((wide / 2, source.bottom), (wide / 2, target.y)))
            continue
        (_, leaves), (_, enters), aside = source.middle, target.middle, wide + ASIDE + LANE * (number % LANES)
        routes.append(((source.right, leaves), (aside, leaves), (aside, enters), (target.right, enters)))
    return _from_origin(boxes, routes, [None] * len(edges), edges)


def _edge(place: dict[str, int], edge: Arrow) -> dict[str, object]:
    asked: dict[str, object] = {"source": place[edge.source], "target": place[edge.target], "weight": 1.0}
    if edge.label:
        asked["label_size"] = {"width": label_width(edge.label), "height": LABEL_HEIGHT}
    return asked


def label_width(label: str) -> float:
    return width(label, 11.5) + 10


def _box(found: dict[str, dict[str, float]]) -> Box:
    size, middle = found["size"], found["center"]
    return Box(middle["x"] - size["width"] / 2, middle["y"] - size["height"] / 2, size["width"], size["height"])


def _from_origin(
    boxes: dict[str, Box],
    routes: Sequence[tuple[Point, ...]],
    labels: Sequence[Point | None],
    edges: Sequence[Arrow],
) -> Flat:
    """Shift everything so that the drawing, its routes and its labels start at 0, 0."""
    xs = [x for route in routes for x, _ in route]
    ys = [y for route in routes for _, y in route]
    for box in boxes.values():
        xs += (box.x, box.right)
        ys += (box.y, box.bottom)
    for label, edge in zip(labels, edges, strict=True):
        if label is not None and edge.label:
            half = label_width(edge.label) / 2
            xs += (label[0] - half, label[0] + half)
            ys += (label[1] - LABEL_HEIGHT / 2, label[1] + LABEL_HEIGHT / 2)
    left, top = min(xs), min(ys)
    return Flat(
        width=max(xs) - left,
        height=max(ys) - top,
        boxes={name: box.moved(-left, -top) for name, box in boxes.items()},
        routes=tuple(tuple((x - left, y - top) for x, y in route) for route in routes),
        labels=tuple(None if label is None else (label[0] - left, label[1] - top) for label in labels),
    )
