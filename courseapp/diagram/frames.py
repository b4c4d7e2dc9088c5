"""The last pass: frames around what stands together, and the picture's size with a margin on every side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from courseapp.diagram.geometry import Box, around, snap
from courseapp.diagram.model import Frame, Layout, Placed, Route
from courseapp.diagram.routes import moved
from courseapp.engine.architecture.document import Architecture

PHONE = 358.0  # the width of a narrow picture


def frames(
    architecture: Architecture, groups: Sequence[str], nodes: Mapping[str, Placed], margin: float, narrow: bool
) -> tuple[Frame, ...]:
    """A frame for each group, with room for its title; in a wide picture all are equally wide."""
    boxes = []
    for group in groups:
        place = around(nodes[node.id].box for node in architecture.nodes if node.group == group)
        if narrow:
            boxes.append(Box(margin, place.y - 30, PHONE - 2 * margin, place.height + 38))
        else:
            boxes.append(Box(place.x - 16, place.y - 32, place.width + 32, place.height + 48))
    if boxes and not narrow:
        all_of_them = around(boxes)
        boxes = [Box(all_of_them.x, box.y, all_of_them.width, box.height) for box in boxes]
    return tuple(map(Frame, groups, boxes))


def whole(
    nodes: Mapping[str, Placed],
    drawn: Mapping[str, Route],
    framed: tuple[Frame, ...],
    margin: float,
    narrow: bool,
    room: float = PHONE,
) -> Layout:
    """The picture around all that is in it; what would lie left of the margin or above it is moved in."""
    points = [Box(x, y, 0, 0) for route in drawn.values() for x, y in route.path.points]
    found = around([*(node.box for node in nodes.values()), *(frame.box for frame in framed), *points])
    dx, dy = snap(max(0.0, margin - found.x)), snap(max(0.0, margin - found.y))
    if dx or dy:
        nodes = {
            name: replace(node, box=node.box.moved(dx, dy), body=node.body.moved(dx, dy))
            for name, node in nodes.items()
        }
        drawn = {name: moved(route, dx, dy) for name, route in drawn.items()}
        framed = tuple(replace(frame, box=frame.box.moved(dx, dy)) for frame in framed)
    wide, high = found.right + dx + margin, snap(found.bottom + dy + margin)
    return Layout(max(room, wide) if narrow else snap(wide), high, dict(nodes), dict(drawn), framed, narrow)
